using Bitmask.Primitives;
using Bitmask.Protocol.Keys;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Accounts;

/// <summary>What its owner has typed to unlock an account, and what it opened; held only until the account is open, and where the provider does not know this device yet, until it does.</summary>
internal sealed class UnlockSecret(string passphrase, MasterKey master, SecretBytes databaseKey) : IDisposable
{
    public string Passphrase { get; } = passphrase;

    public MasterKey Master { get; } = master;

    public SecretBytes DatabaseKey { get; } = databaseKey;

    /// <summary>Null: another passphrase.</summary>
    public static Task<UnlockSecret?> TryOpenAsync(DeviceKeys keys, string passphrase, CancellationToken cancellationToken)
        => Task.Run(() => keys.TryUnlock(passphrase) is var (master, databaseKey) ? new UnlockSecret(passphrase, master, databaseKey) : null, cancellationToken);

    public void Dispose()
    {
        Master.Dispose();
        DatabaseKey.Dispose();
    }

    /// <summary>Never the content.</summary>
    public override string ToString() => "(secret)";
}
