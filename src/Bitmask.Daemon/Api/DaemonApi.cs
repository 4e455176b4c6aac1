using Bitmask.Daemon.Accounts;
using Bitmask.Daemon.Doors;
using Bitmask.Daemon.Tokens;
using Bitmask.Primitives;
using Bitmask.Protocol.Daemon;
using Microsoft.AspNetCore.Routing;

namespace Bitmask.Daemon.Api;

/// <summary>The daemon's API: what bitmaskctl asks. Thin: each call finds its account and hands on.</summary>
internal sealed class DaemonApi(AccountRegistry accounts, UserAccess users, Func<IReadOnlyList<Door>> doors, Action stop)
{
    private static readonly string Version = typeof(DaemonApi).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>Everything, for the control socket.</summary>
    public void MapAll(WebApplication app)
    {
        MapWithoutPassphrases(app);
        app.MapPost("/v1/users", (Credentials credentials, CancellationToken cancellationToken) => users.CreateAsync(Address(credentials.Address), credentials.Passphrase, cancellationToken));
        app.MapPost("/v1/users/{address}/auth", (string address, Credentials credentials, CancellationToken cancellationToken) =>
            users.AuthenticateAsync(Address(address), credentials.Passphrase, cancellationToken));
        app.MapPost("/v1/stop", StopAsync);
        app.MapPost("/v1/mail/{address}/check", (string address) => Session(address).CheckMailAsync());
        app.MapPost("/v1/mail/{address}/reindex", (string address, CancellationToken cancellationToken) => Session(address).ReindexMailAsync(cancellationToken));
        MapChanges(app.MapGroup("/v1/users/{address}"));
    }

    /// <summary>Changes of what an account is opened with: by the control socket only (security.md C3).</summary>
    private void MapChanges(RouteGroupBuilder user)
    {
        user.MapPost("passphrase", (string address, AccountSecrets secrets, CancellationToken cancellationToken) =>
            users.ChangePassphraseAsync(Address(address), secrets.Passphrase, secrets.NewPassphrase, secrets.NewKeys, cancellationToken));
        user.MapPost("kit", (string address, AccountSecrets secrets, CancellationToken cancellationToken) =>
            users.ChangeAsync(Address(address), (changes, token) => changes.MakeKitAsync(secrets.Passphrase, token), cancellationToken));
        user.MapPost("test-kit", (string address, AccountSecrets secrets, CancellationToken cancellationToken) => users.TestKitAsync(Address(address), secrets.Code, secrets.CaSha256, cancellationToken));
        user.MapPost("recover", (string address, AccountSecrets secrets, CancellationToken cancellationToken) =>
            users.RecoverAsync(Address(address), secrets.Code, secrets.Passphrase, secrets.CaSha256, cancellationToken));
        user.MapPost("epoch", (string address, CancellationToken cancellationToken) =>
            users.ChangeAsync(Address(address), (changes, token) => changes.RotateEpochAsync(token), cancellationToken));
        user.MapGet("devices", (string address) => Session(address).Changes.Devices());
        user.MapPost("devices/{device}/name", (string address, string device, AccountSecrets secrets, CancellationToken cancellationToken) =>
            users.ChangeAsync(Address(address), (changes, token) => changes.RenameDeviceAsync(device, secrets.Name, token), cancellationToken));
        user.MapPost("devices/{device}/remove", (string address, string device, AccountSecrets secrets, CancellationToken cancellationToken) =>
            users.ChangeAsync(Address(address), (changes, token) => changes.RemoveDeviceAsync(device, secrets.Passphrase, token), cancellationToken));
    }

    /// <summary>What the HTTP door offers, too.</summary>
    public void MapWithoutPassphrases(WebApplication app)
    {
        app.Use(ApiErrors.AnswerAsync);
        app.MapGet("/v1/version", () => new DaemonVersion(Version));
        app.MapGet("/v1/status", Status);
        app.MapGet("/v1/users", Users);
        app.MapPost("/v1/users/{address}/logout", LogoutAsync);
        app.MapGet("/v1/mail/{address}", (string address, CancellationToken cancellationToken) => Session(address).MailStatusAsync(cancellationToken));
        app.MapGet("/v1/mail/{address}/security", (string address, string message) => Session(address).MessageSecurity(message));
        app.MapPost("/v1/mail/{address}/token", async (string address, string? client, CancellationToken cancellationToken) =>
        {
            var session = Session(address);
            var name = client ?? ClientTokens.DefaultClient;
            return new MailToken(session.Address.Address, name, await session.Tokens.GetOrCreateAsync(name, cancellationToken));
        });
        MapOutbox(app.MapGroup("/v1/mail/{address}"));
        app.MapPost("/v1/store/{address}/check", (string address, bool? repair, CancellationToken cancellationToken) => Session(address).CheckStoreAsync(repair == true, cancellationToken));
        app.MapFallback(Task (HttpContext _) => throw new DaemonException("unknown-call", "There is no such call here.", "Is the program of another version than the daemon?"));
        MapKeys(app.MapGroup("/v1/keys/{account}"));
    }

    private void MapKeys(RouteGroupBuilder keys)
    {
        keys.MapGet("", (string account) => Session(account).ListKeys());
        keys.MapGet("export/{address}", (string account, string address) => Session(account).ExportKey(Address(address)));
        keys.MapPost("export-secret", (string account, AccountSecrets secrets) => Session(account).ExportSecretKey(secrets));
        keys.MapGet("explain/{address}", (string account, string address) => Session(account).ExplainKey(Address(address)));
        keys.MapPost("confirm/{address}", (string account, string address, KeyDecision decision, CancellationToken cancellationToken) =>
            Session(account).ConfirmKeyAsync(Address(address), decision, cancellationToken));
        keys.MapPost("distrust/{address}", (string account, string address, KeyDecision decision, CancellationToken cancellationToken) =>
            Session(account).DistrustKeyAsync(Address(address), decision, cancellationToken));
        keys.MapPost("release/{address}", (string account, string address, KeyDecision decision, CancellationToken cancellationToken) =>
            Session(account).ReleaseFromEncryptionAsync(Address(address), decision, cancellationToken));
        keys.MapPost("import/{address}", (string account, string address, KeyDecision decision, CancellationToken cancellationToken) =>
            Session(account).ImportKeyAsync(Address(address), decision, mayReplace: false, cancellationToken));
        keys.MapPost("replace/{address}", (string account, string address, KeyDecision decision, CancellationToken cancellationToken) =>
            Session(account).ImportKeyAsync(Address(address), decision, mayReplace: true, cancellationToken));
        keys.MapPost("delete/{address}", (string account, string address, KeyDecision _, CancellationToken cancellationToken) => Session(account).DeleteKeyAsync(Address(address), cancellationToken));
        keys.MapPost("rotate/{address}", (string account, string address, KeyDecision _, CancellationToken cancellationToken) => Address(address).Equals(Address(account))
            ? Session(account).RotateOwnKeyAsync(cancellationToken) : throw new DaemonException("not-own-key", "Only the account's own key can be rotated.", null));
        keys.MapPost("refresh/{address}", (string account, string address, KeyDecision _, CancellationToken cancellationToken) => Session(account).RefreshKeyAsync(Address(address), cancellationToken));
    }

    private void MapOutbox(RouteGroupBuilder mail)
    {
        mail.MapGet("preflight", (string address, string[] to, CancellationToken cancellationToken) => Session(address).PreflightAsync(to, cancellationToken));
        mail.MapGet("outbox", (string address) => Session(address).ListOutbox());
        mail.MapPost("outbox/{id}/release", (string address, string id, OutboxRelease release, CancellationToken cancellationToken) => Session(address).ReleaseAsync(id, release, cancellationToken));
        mail.MapPost("outbox/{id}/retry", (string address, string id, CancellationToken cancellationToken) => Session(address).RetryAsync(id, cancellationToken));
        mail.MapPost("outbox/{id}/schedule", (string address, string id, OutboxSchedule schedule, CancellationToken cancellationToken) => Session(address).ScheduleAsync(id, schedule, cancellationToken));
        mail.MapPost("outbox/{id}/cancel", (string address, string id, CancellationToken cancellationToken) => Session(address).WithdrawAsync(id, toDrafts: false, cancellationToken));
        mail.MapPost("outbox/{id}/edit", (string address, string id, CancellationToken cancellationToken) => Session(address).WithdrawAsync(id, toDrafts: true, cancellationToken));
    }

    private DaemonStatus Status() => new()
    {
        Version = Version,
        Pid = Environment.ProcessId,
        Doors = [.. doors().Select(door => door.Status)],
        Accounts = [.. accounts.Directory.List().Select(file => accounts.Find(Address(file.Address))?.Status()
            ?? new AccountStatus { Address = file.Address, Uuid = file.Uuid, Mode = file.Mode, Unlocked = false })],
    };

    private IReadOnlyList<UserLine> Users()
        => [.. accounts.Directory.List().Select(file => new UserLine(file.Address, file.Uuid, file.Mode, accounts.Find(Address(file.Address)) is not null))];

    private async Task<LogoutAnswer> LogoutAsync(string address)
    {
        var parsed = Address(address);
        Known(parsed);
        var waiting = accounts.Find(parsed)?.OutboxCount ?? 0;
        return new LogoutAnswer(parsed.Address, await users.LockAsync(parsed), waiting);
    }

    private async Task<StopAnswer> StopAsync()
    {
        var open = accounts.OpenSessions.Select(session => session.Address).ToList();
        foreach (var address in open)
        {
            await users.LockAsync(address);
        }

        stop();
        return new StopAnswer(open.Count);
    }

    private AccountSession Session(string address)
    {
        var parsed = Address(address);
        Known(parsed);
        return accounts.Find(parsed) ?? throw new DaemonException("locked", $"{parsed.Address} is locked.", $"Unlock it with: bitmaskctl user auth {parsed.Address}");
    }

    private void Known(EmailAddress address)
    {
        if (accounts.Directory.Find(address) is null)
        {
            throw new DaemonException("unknown-user", $"There is no account {address.Address} on this device.", "See the accounts with: bitmaskctl user list");
        }
    }

    private static EmailAddress Address(string text)
        => EmailAddress.TryParse(text, out var address) ? address : throw new DaemonException("bad-address", "That is not a mail address.", "It must read name@domain.");
}
