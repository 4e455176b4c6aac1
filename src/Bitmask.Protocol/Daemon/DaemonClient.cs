using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bitmask.Primitives;

namespace Bitmask.Protocol.Daemon;

/// <summary>
/// Talks to a daemon over its control socket. Says nothing before the kernel has confirmed that the other end is the same user: a
/// stranger who squats the socket must not get a passphrase (security.md C3).
/// </summary>
public sealed class DaemonClient : IDisposable
{
    /// <summary>Longest path of a Unix socket, in octets: sun_path of struct sockaddr_un, without the closing zero.</summary>
    public const int MaxSocketPath = 107;

    private static readonly DaemonApiJson Json = DaemonApiJson.Default;

    private readonly HttpClient _http;

    /// <summary>Makes a client; connects at the first call.</summary>
    /// <param name="socketPath">The control socket.</param>
    /// <param name="timeout">Longest wait for one answer. Creating an account takes some seconds.</param>
    public DaemonClient(string socketPath, TimeSpan timeout)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancellationToken) =>
            {
                if (System.Text.Encoding.UTF8.GetByteCount(socketPath) > MaxSocketPath)
                {
                    throw new DaemonClientException(new DaemonError("bad-home", $"The path of the control socket is longer than the {MaxSocketPath} octets that the system allows: {socketPath}", "Set BITMASK_HOME to a folder with a shorter path."));
                }

                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken).ConfigureAwait(false);
                    return PeerCredentials.UserOf(socket) == UnixProcess.EffectiveUserId
                        ? new NetworkStream(socket, ownsSocket: true)
                        : throw new DaemonClientException(new DaemonError("foreign-daemon", $"The program behind {socketPath} runs as another user; nothing was sent to it.", "Find out who made that socket."));
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        _http = new HttpClient(handler) { BaseAddress = new Uri("http://localhost/"), Timeout = timeout };
    }

    /// <summary>The daemon's version.</summary>
    public Task<DaemonVersion> VersionAsync(CancellationToken cancellationToken = default) => GetAsync("v1/version", Json.DaemonVersion, cancellationToken);

    /// <summary>The daemon's doors and accounts.</summary>
    public Task<DaemonStatus> StatusAsync(CancellationToken cancellationToken = default) => GetAsync("v1/status", Json.DaemonStatus, cancellationToken);

    /// <summary>Locks all accounts and ends the daemon.</summary>
    public Task<StopAnswer> StopAsync(CancellationToken cancellationToken = default) => PostAsync("v1/stop", null, Json.StopAnswer, cancellationToken);

    /// <summary>Makes an account at its provider and on this device.</summary>
    public Task<UserAnswer> CreateUserAsync(Credentials credentials, CancellationToken cancellationToken = default)
        => PostAsync("v1/users", credentials, Json.UserAnswer, cancellationToken);

    /// <summary>Unlocks an account, or adds an existing one to this device.</summary>
    public Task<UserAnswer> AuthenticateAsync(Credentials credentials, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        return PostAsync($"v1/users/{Escape(credentials.Address)}/auth", credentials, Json.UserAnswer, cancellationToken);
    }

    /// <summary>Locks an account.</summary>
    public Task<LogoutAnswer> LogoutAsync(string address, CancellationToken cancellationToken = default)
        => PostAsync($"v1/users/{Escape(address)}/logout", null, Json.LogoutAnswer, cancellationToken);

    /// <summary>The accounts on this device.</summary>
    public Task<IReadOnlyList<UserLine>> UsersAsync(CancellationToken cancellationToken = default) => GetAsync("v1/users", Json.IReadOnlyListUserLine, cancellationToken);

    /// <summary>What is in, and on its way in and out.</summary>
    public Task<MailStatus> MailStatusAsync(string address, CancellationToken cancellationToken = default)
        => GetAsync($"v1/mail/{Escape(address)}", Json.MailStatus, cancellationToken);

    /// <summary>The password for a mail program; made at first use.</summary>
    public Task<MailToken> MailTokenAsync(string address, string? client, CancellationToken cancellationToken = default)
        => PostAsync($"v1/mail/{Escape(address)}/token" + (client is null ? "" : "?client=" + Escape(client)), null, Json.MailToken, cancellationToken);

    /// <summary>What was found about a mail when it was filed.</summary>
    public Task<MessageSecurity> MessageSecurityAsync(string address, string messageId, CancellationToken cancellationToken = default)
        => GetAsync($"v1/mail/{Escape(address)}/security?message={Escape(messageId)}", Json.MessageSecurity, cancellationToken);

    /// <summary>The mails that have not left to everybody.</summary>
    public Task<IReadOnlyList<OutboxLine>> OutboxAsync(string address, CancellationToken cancellationToken = default)
        => GetAsync($"v1/mail/{Escape(address)}/outbox", Json.IReadOnlyListOutboxLine, cancellationToken);

    /// <summary>What would happen to a mail to these recipients.</summary>
    public Task<IReadOnlyList<PreflightLine>> PreflightAsync(string address, IReadOnlyList<string> recipients, CancellationToken cancellationToken = default)
        => GetAsync($"v1/mail/{Escape(address)}/preflight?{string.Join('&', (recipients ?? []).Select(recipient => "to=" + Escape(recipient)))}", Json.IReadOnlyListPreflightLine, cancellationToken);

    /// <summary>Decides for a recipient who is held.</summary>
    public Task<OutboxAnswer> ReleaseOutgoingAsync(string address, string mail, OutboxRelease release, CancellationToken cancellationToken = default)
        => SendAsync(OutboxAct(address, mail, "release", JsonContent.Create(release, Json.OutboxRelease)), Json.OutboxAnswer, cancellationToken);

    /// <summary>Tries a mail again now.</summary>
    public Task<OutboxAnswer> RetryOutgoingAsync(string address, string mail, CancellationToken cancellationToken = default)
        => SendAsync(OutboxAct(address, mail, "retry", null), Json.OutboxAnswer, cancellationToken);

    /// <summary>Puts a mail off to a time.</summary>
    public Task<OutboxAnswer> ScheduleOutgoingAsync(string address, string mail, OutboxSchedule schedule, CancellationToken cancellationToken = default)
        => SendAsync(OutboxAct(address, mail, "schedule", JsonContent.Create(schedule, Json.OutboxSchedule)), Json.OutboxAnswer, cancellationToken);

    /// <summary>Takes a mail back that has not left.</summary>
    public Task<OutboxAnswer> WithdrawOutgoingAsync(string address, string mail, bool toDrafts, CancellationToken cancellationToken = default)
        => SendAsync(OutboxAct(address, mail, toDrafts ? "edit" : "cancel", null), Json.OutboxAnswer, cancellationToken);

    /// <summary>Compares what is shown of an account's mail with the documents it follows from.</summary>
    public Task<MailCheckAnswer> CheckMailAsync(string address, CancellationToken cancellationToken = default)
        => PostAsync($"v1/mail/{Escape(address)}/check", null, Json.MailCheckAnswer, cancellationToken);

    /// <summary>Derives it anew.</summary>
    public Task<MailReindexAnswer> ReindexMailAsync(string address, CancellationToken cancellationToken = default)
        => PostAsync($"v1/mail/{Escape(address)}/reindex", null, Json.MailReindexAnswer, cancellationToken);

    /// <summary>Another passphrase, and with <see cref="AccountSecrets.NewKeys"/> other keys for all that comes.</summary>
    public Task<PassphraseChanged> ChangePassphraseAsync(string address, AccountSecrets secrets, CancellationToken cancellationToken = default)
        => ChangeAsync(address, "passphrase", secrets, Json.PassphraseChanged, cancellationToken);

    /// <summary>A new recovery kit; the one before ends.</summary>
    public Task<RecoveryKit> MakeKitAsync(string address, AccountSecrets secrets, CancellationToken cancellationToken = default)
        => ChangeAsync(address, "kit", secrets, Json.RecoveryKit, cancellationToken);

    /// <summary>Whether a recovery code opens the account.</summary>
    public Task<KitTest> TestKitAsync(string address, AccountSecrets secrets, CancellationToken cancellationToken = default)
        => ChangeAsync(address, "test-kit", secrets, Json.KitTest, cancellationToken);

    /// <summary>Adds an account to this device with its recovery code and a new passphrase.</summary>
    public Task<UserAnswer> RecoverAsync(string address, AccountSecrets secrets, CancellationToken cancellationToken = default)
        => ChangeAsync(address, "recover", secrets, Json.UserAnswer, cancellationToken);

    /// <summary>New document keys for what is written from now on.</summary>
    public Task<EpochAnswer> RotateEpochAsync(string address, CancellationToken cancellationToken = default)
        => ChangeAsync(address, "epoch", null, Json.EpochAnswer, cancellationToken);

    /// <summary>The account's devices.</summary>
    public Task<IReadOnlyList<DeviceLine>> DevicesAsync(string address, CancellationToken cancellationToken = default)
        => GetAsync($"v1/users/{Escape(address)}/devices", Json.IReadOnlyListDeviceLine, cancellationToken);

    /// <summary>Gives a device another name.</summary>
    public Task<DeviceLine> NameDeviceAsync(string address, string device, string name, CancellationToken cancellationToken = default)
        => ChangeAsync(address, $"devices/{Escape(device)}/name", new AccountSecrets { Name = name }, Json.DeviceLine, cancellationToken);

    /// <summary>Removes a device.</summary>
    public Task<DeviceRemoved> RemoveDeviceAsync(string address, string device, AccountSecrets secrets, CancellationToken cancellationToken = default)
        => ChangeAsync(address, $"devices/{Escape(device)}/remove", secrets, Json.DeviceRemoved, cancellationToken);

    /// <summary>Looks through an account's store, and makes anew what follows from its documents if asked to.</summary>
    public Task<StoreChecked> CheckStoreAsync(string address, bool repair, CancellationToken cancellationToken = default)
        => PostAsync($"v1/store/{Escape(address)}/check" + (repair ? "?repair=true" : ""), null, Json.StoreChecked, cancellationToken);

    /// <summary>The keys an account knows.</summary>
    public Task<IReadOnlyList<KeyLine>> KeysAsync(string account, CancellationToken cancellationToken = default)
        => GetAsync($"v1/keys/{Escape(account)}", Json.IReadOnlyListKeyLine, cancellationToken);

    /// <summary>The public key of an address.</summary>
    public Task<KeyExport> ExportKeyAsync(string account, string address, CancellationToken cancellationToken = default)
        => GetAsync($"v1/keys/{Escape(account)}/export/{Escape(address)}", Json.KeyExport, cancellationToken);

    /// <summary>The account's own key with its secret half, in ASCII armor, locked with <see cref="AccountSecrets.NewPassphrase"/>.</summary>
    public Task<KeyExport> ExportSecretKeyAsync(string account, AccountSecrets secrets, CancellationToken cancellationToken = default)
        => PostSecretsAsync($"v1/keys/{Escape(account)}/export-secret", secrets, Json.KeyExport, cancellationToken);

    /// <summary>Why an address has the key it has.</summary>
    public Task<KeyExplained> ExplainKeyAsync(string account, string address, CancellationToken cancellationToken = default)
        => GetAsync($"v1/keys/{Escape(account)}/explain/{Escape(address)}", Json.KeyExplained, cancellationToken);

    /// <summary>What the user decides about a key.</summary>
    /// <param name="account">The account.</param>
    /// <param name="act"><c>confirm</c>, <c>distrust</c>, <c>release</c>, <c>import</c>, <c>replace</c>, <c>delete</c>, <c>refresh</c> or, of the own key, <c>rotate</c>.</param>
    /// <param name="address">Whose key.</param>
    /// <param name="decision">What the act needs.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<KeyExplained> DecideKeyAsync(string account, string act, string address, KeyDecision decision, CancellationToken cancellationToken = default) => SendAsync(
        new HttpRequestMessage(HttpMethod.Post, $"v1/keys/{Escape(account)}/{act}/{Escape(address)}") { Content = JsonContent.Create(decision, Json.KeyDecision) }, Json.KeyExplained, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage OutboxAct(string address, string mail, string act, HttpContent? body)
        => new(HttpMethod.Post, $"v1/mail/{Escape(address)}/outbox/{Escape(mail)}/{act}") { Content = body };

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        => SendAsync(new HttpRequestMessage(HttpMethod.Get, path), type, cancellationToken);

    private Task<T> PostAsync<T>(string path, Credentials? body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        => SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = body is null ? null : JsonContent.Create(body, Json.Credentials) }, type, cancellationToken);

    private Task<T> ChangeAsync<T>(string address, string what, AccountSecrets? body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        => PostSecretsAsync($"v1/users/{Escape(address)}/{what}", body, type, cancellationToken);

    private Task<T> PostSecretsAsync<T>(string path, AccountSecrets? body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        => SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = body is null ? null : JsonContent.Create(body, Json.AccountSecrets) }, type, cancellationToken);

    private async Task<T> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            using (request)
            using (var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false))
            {
                if (response.IsSuccessStatusCode)
                {
                    return await response.Content.ReadFromJsonAsync(type, cancellationToken).ConfigureAwait(false) ?? throw Unexpected(null);
                }

                var error = await response.Content.ReadFromJsonAsync(Json.DaemonError, cancellationToken).ConfigureAwait(false);
                throw new DaemonClientException(error ?? new DaemonError("unexpected", $"The daemon answered {(int)response.StatusCode}.", null));
            }
        }
        catch (HttpRequestException e) when (e.InnerException is DaemonClientException refused)
        {
            throw refused;
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException)
        {
            throw new DaemonClientException(new DaemonError(DaemonClientException.NotRunning, "The daemon is not running.", "Any other command starts it."), e);
        }
        catch (HttpRequestException e)
        {
            throw Unexpected(e);
        }
        catch (JsonException e)
        {
            throw Unexpected(e);
        }
        catch (TaskCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DaemonClientException(new DaemonError("timeout", "The daemon did not answer in time.", "See its log, then try again."), e);
        }
    }

    private static DaemonClientException Unexpected(Exception? inner)
        => new(new DaemonError("unexpected", "The daemon's answer could not be understood: is it of another version?", "Stop it with: bitmaskctl stop"), inner);
}
