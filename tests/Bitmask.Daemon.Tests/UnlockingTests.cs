using Bitmask.Bonafide;
using Bitmask.Daemon.Accounts;
using Bitmask.Daemon.Settings;
using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Daemon;
using Bitmask.Protocol.Keys;
using Bitmask.Testing.Tls;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Daemon.Tests;

/// <summary>An account that is on this device, without a network.</summary>
public sealed class UnlockingTests : IDisposable
{
    private const string Passphrase = "correct horse battery";

    private static readonly EmailAddress Alice = EmailAddress.Parse("alice@red.test");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly DaemonPaths _paths;
    private readonly AccountRegistry _accounts;
    private readonly UserAccess _users;

    public UnlockingTests()
    {
        _paths = DaemonPaths.FromEnvironment(name => name == "BITMASK_HOME" ? _folder.FullName : null);
        _accounts = new AccountRegistry(new AccountDirectory(_paths));

        // Nothing answers at this proxy: offline.
        _users = new UserAccess(_accounts, _paths, new DaemonSettings { Proxy = "http://127.0.0.1:1" }, _clock, NullLoggerFactory.Instance);
    }

    [Fact]
    public async Task Unlock_TokenFileCanNotBeWritten_StaysLocked()
    {
        await MakeAliceAsync();
        Directory.CreateDirectory(_paths.Runtime);
        await File.WriteAllTextAsync(_paths.TokenFiles, "in the way");

        await Assert.ThrowsAnyAsync<IOException>(() => _users.AuthenticateAsync(Alice, Passphrase, default));

        Assert.Null(_accounts.Find(Alice));
        File.Delete(_paths.TokenFiles);
        Assert.False((await _users.AuthenticateAsync(Alice, Passphrase, default)).Online);
        Assert.NotNull(_accounts.Find(Alice)!.Mail.Find("INBOX"));
        await _users.LockAllAsync();
    }

    [Fact]
    public async Task LockAll_TakesTheTokenFilesAway()
    {
        await MakeAliceAsync();
        await _users.AuthenticateAsync(Alice, Passphrase, default);
        Assert.Single(Directory.GetFiles(_paths.TokenFiles));

        await _users.LockAllAsync();

        Assert.Null(_accounts.Find(Alice));
        Assert.Empty(Directory.GetFiles(_paths.TokenFiles));
    }

    public void Dispose()
    {
        _users.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task MakeAliceAsync()
    {
        using var authority = TestAuthority.Create("red.test", _clock.GetUtcNow());
        var info = new ProviderInfo { Domain = "red.test", ApiUri = "https://api.red.test:4430", CaCertUri = "https://red.test/ca.crt", CaCertFingerprint = "" };
        using var signedUp = new SignedUp(UserId.Parse(new string('a', 32)), MasterKey.Derive(Passphrase, KdfProfile.NewSalt(), KdfProfile.A1));
        await AccountBirth.MakeAsync(_accounts.Directory, Alice, signedUp, ProviderPin.Restore("red.test", info, authority.Certificate), _clock, default);
    }
}
