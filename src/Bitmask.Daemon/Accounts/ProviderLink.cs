using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Bitmask.Bonafide;
using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Outgoing;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Accounts;

/// <summary>
/// An account's line to its provider: the pinned CA, where the services are, and a session that renews itself by the device's key, so that
/// neither passphrase nor login secret stays in memory (security.md B2).
/// </summary>
internal sealed class ProviderLink : IDisposable
{
    private const string InfoSetting = "provider.info";
    private const string CaSetting = "provider.ca";
    private const string ServicesSetting = "provider.services";

    private readonly SoledadStore _store;
    private readonly DeviceCertificateKey _deviceKey;
    private readonly UserId _user;
    private readonly SemaphoreSlim _renewing = new(1, 1);
    private Session? _session;
    private ProviderServices? _services;

    private ProviderLink(SoledadStore store, DeviceCertificateKey deviceKey, UserId user, ProviderPin pin, OutgoingHandlers outgoing)
    {
        _store = store;
        _deviceKey = deviceKey;
        _user = user;
        Pin = pin;
        Outgoing = outgoing;
        Client = new BonafideClient(pin, outgoing.For);
    }

    /// <summary>The account.</summary>
    public UserId User => _user;

    public ProviderPin Pin { get; }

    public OutgoingHandlers Outgoing { get; }

    public BonafideClient Client { get; }

    /// <summary>Keeps what is known of the provider inside the account's encrypted database.</summary>
    public static void Remember(StoreTransaction transaction, ProviderPin pin)
    {
        transaction.SetSetting(InfoSetting, Encoding.UTF8.GetString(pin.Info.ToBytes()));
        transaction.SetSetting(CaSetting, pin.CaPem);
    }

    public static ProviderLink Open(SoledadStore store, DeviceCertificateKey deviceKey, UserId user, string domain, OutgoingHandlers outgoing)
    {
        var (info, ca) = store.Read(reader => (reader.GetSetting(InfoSetting), reader.GetSetting(CaSetting)));
        var pin = ProviderPin.Restore(
            domain,
            ProviderInfo.Parse(Encoding.UTF8.GetBytes(info ?? throw Incomplete())),
            X509Certificate2.CreateFromPem(ca ?? throw Incomplete()));
        return new ProviderLink(store, deviceKey, user, pin, outgoing);

        static DaemonException Incomplete()
            => new("account-incomplete", "The account's database does not say which provider it belongs to.", "Restore the account's folder from a backup.");
    }

    /// <summary>Uses a session that was opened with the passphrase.</summary>
    public void Use(Session session) => _session = session;

    /// <summary>The session; a new one when there is none or the provider ended it.</summary>
    public async Task<Session> SessionAsync(CancellationToken cancellationToken)
    {
        if (_session is { } current)
        {
            return current;
        }

        await _renewing.WaitAsync(cancellationToken);
        try
        {
            return _session ??= await Client.LogInByDeviceAsync(_user, _store.DeviceId, _deviceKey.Key, cancellationToken);
        }
        finally
        {
            _renewing.Release();
        }
    }

    /// <summary>The provider refused a token: the next call opens another session, unless that has happened already.</summary>
    public void Forget(string token)
    {
        if (_session is { } session && session.Token == token)
        {
            Interlocked.CompareExchange(ref _session, null, session);
        }
    }

    /// <summary>A client for what needs the token: it gives up a token that is refused. The caller disposes it.</summary>
    public HttpClient CreateClient() => OutgoingHttp.CreateClient(Outgoing.Options, new SessionHandler(Outgoing.For(ServerTrust.PinnedCa(Pin.Ca)), this));

    /// <summary>Where the services were when the provider was last asked; null before the first time.</summary>
    public ProviderServices? KnownServices
        => _services ??= RememberedServices()?.Split(' ') is [var soledad, .. { Length: > 0 } hosts]
            ? new ProviderServices(new Uri(soledad), [.. hosts.Chunk(2).Select(host => new SubmissionHost(host[0], int.Parse(host[1], CultureInfo.InvariantCulture)))])
            : null;

    /// <summary>Asks where the services are, and remembers it for times without a network.</summary>
    public async Task<ProviderServices> ReadServicesAsync(CancellationToken cancellationToken)
    {
        var services = await WithSessionAsync(Client.ReadServicesAsync, cancellationToken);
        var text = string.Join(' ', services.Submission.Select(host => string.Create(CultureInfo.InvariantCulture, $"{host.Name} {host.Port}")).Prepend(services.Soledad.ToString()));
        if (text != RememberedServices())
        {
            await _store.WriteAsync(transaction => transaction.SetSetting(ServicesSetting, text), cancellationToken);
        }

        return _services = services;
    }

    /// <summary>Soledad's address, then name and port of each submission host.</summary>
    private string? RememberedServices() => _store.Read(reader => reader.GetSetting(ServicesSetting));

    /// <summary>A token that is valid now, for Soledad's clients.</summary>
    public async Task<string> TokenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await SessionAsync(cancellationToken)).Token;
        }
        catch (BonafideException failure)
        {
            throw new SoledadException(failure.Code, failure.Message, failure.IsTransient, failure);
        }
    }

    /// <summary>Runs a call with a session, and once more with a new one when the old one has ended.</summary>
    public async Task<T> WithSessionAsync<T>(Func<Session, CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        var session = await SessionAsync(cancellationToken);
        try
        {
            return await call(session, cancellationToken);
        }
        catch (BonafideException ended) when (ended.Code == BonafideErrors.SessionExpired)
        {
            Forget(session.Token);
            return await call(await SessionAsync(cancellationToken), cancellationToken);
        }
    }

    public void Dispose()
    {
        Client.Dispose();
        _renewing.Dispose();
    }
}
