using Bitmask.Bonafide;
using Bitmask.Primitives;
using Bitmask.Protocol.Keys;
using Bitmask.Protocol.Outgoing;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Accounts;

/// <summary>An account opened with its recovery kit: the keys, and a session that is good for a new passphrase and little else (security.md B7).</summary>
internal sealed class RecoveryAccess : IDisposable
{
    private readonly string _login;
    private readonly BonafideClient _client;
    private readonly Session _session;
    private readonly HttpClient _http;
    private readonly KeyRecordClient _records;
    private readonly FetchedKeyRecord _fetched;
    private readonly SecretBytes _root;

    private RecoveryAccess(string login, BonafideClient client, Session session, HttpClient http, KeyRecordClient records, FetchedKeyRecord fetched, SecretBytes root, Keyset keyset)
        => (_login, _client, _session, _http, _records, _fetched, _root, Keyset) = (login, client, session, http, records, fetched, root, keyset);

    /// <summary>The keys that the kit opens.</summary>
    public Keyset Keyset { get; }

    /// <summary>Reads a typed code, or finds it on a page.</summary>
    /// <exception cref="DaemonException">It has a typing error.</exception>
    public static RecoveryCode Read(string text)
        => RecoveryCode.TryParse(text, out var code, out var group)
            ? code!
            : throw new DaemonException(
                "bad-code", group > 0 ? $"Group {group} of the recovery code has a typing error." : "That is no recovery code: it has eight groups of five letters and digits.",
                "Look at the page again; I and L are read as 1, O as 0.");

    /// <summary>Logs in with the code and opens the key record; changes nothing.</summary>
    public static async Task<RecoveryAccess> OpenAsync(EmailAddress address, RecoveryCode code, ProviderPin pin, BonafideClient client, OutgoingHandlers outgoing, CancellationToken cancellationToken)
    {
        using var recovery = RecoveryKeys.Derive(code);
        var login = address.LocalPart.ToLowerInvariant();
        var session = await client.LogInAsync(login, recovery, cancellationToken);
        var services = await client.ReadServicesAsync(session, cancellationToken);
        var http = outgoing.CreateClient(ServerTrust.PinnedCa(pin.Ca));
        SecretBytes? root = null;
        Keyset? keyset = null;
        try
        {
            var records = new KeyRecordClient(http, services.Soledad, session.User, _ => Task.FromResult(session.Token));
            var fetched = await records.FetchAsync(cancellationToken);
            root = KeysetRecord.OpenSlot(fetched.Record, session.User, KeySlot.RecoveryCode, recovery.WrapKey)?.Root ?? throw new SoledadException(
                SoledadCodes.KeyRecordDamaged, "The kit logs in, but the key record that the provider shows was not made for it: it is not the account's latest, or not its own. Nothing was changed.");
            keyset = KeysetRecord.Open(fetched.Record, session.User, root, knownSerial: 0);
            return keyset.CaSha256 == pin.CaSha256
                ? new RecoveryAccess(login, client, session, http, records, fetched, root, keyset)
                : throw AccountBirth.CaChanged(address);
        }
        catch
        {
            keyset?.Dispose();
            root?.Dispose();
            http.Dispose();
            throw;
        }
    }

    /// <summary>Makes this passphrase the account's, and logs in with it. The one that was forgotten loses its slot when the account is opened.</summary>
    public async Task<SealedLogin> SetPassphraseAsync(string passphrase, Action<string> reached, CancellationToken cancellationToken)
    {
        var master = await Task.Run(() => MasterKey.Derive(passphrase, KdfProfile.NewSalt(), KdfProfile.A1), cancellationToken);
        try
        {
            using var next = Keyset.WithNextSerial();
            var record = KeysetRecord.Seal(next, _root, _session.User, [.. _fetched.Record.Slots, KeysetRecord.SealRoot(_root, master, _session.User, next.Serial)]);
            var tag = await _records.ReplaceAsync(record, _fetched.ETag, cancellationToken);
            reached("record has the new passphrase");
            await _client.ChangePassphraseAsync(_session, _login, master, tag, cancellationToken);
            reached("verifier changed");
            await LogOutAsync(cancellationToken);
            return new SealedLogin(await _client.LogInAsync(_login, master, cancellationToken), master);
        }
        catch
        {
            master.Dispose();
            throw;
        }
    }

    public Task LogOutAsync(CancellationToken cancellationToken) => _client.LogOutAsync(_session, cancellationToken);

    public void Dispose()
    {
        Keyset.Dispose();
        _root.Dispose();
        _http.Dispose();
    }
}
