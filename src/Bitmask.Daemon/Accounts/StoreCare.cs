using Bitmask.Mail;
using Bitmask.Primitives;
using Bitmask.Protocol.Daemon;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Daemon.Accounts;

/// <summary>Looking after an account's database: in a daemon that runs, or without one.</summary>
internal static class StoreCare
{
    /// <summary>Compares what follows from the documents with them, and makes it anew if asked to and if anything is wrong. Documents are never touched.</summary>
    public static async Task<StoreChecked> CheckAsync(EmailAddress address, SoledadStore store, MailAccount mail, bool repair, CancellationToken cancellationToken)
    {
        var faults = await Task.Run(Faults, cancellationToken);
        if (!repair || faults.Count == 0)
        {
            return new StoreChecked(address.Address, faults, null);
        }

        await StoreCheck.RepairAsync(store, cancellationToken);
        await mail.ReindexAsync(cancellationToken);
        return new StoreChecked(address.Address, await Task.Run(Faults, cancellationToken), faults.Count);

        IReadOnlyList<string> Faults()
        {
            var faults = StoreCheck.Compare(store);
            return faults.Count > 0 && store.Database.CheckIntegrity().Count > 0 ? faults : [.. faults, .. mail.Check()];
        }
    }

    /// <summary>
    /// The same without a daemon, for a database that none can open any more: takes the daemon's own lock, so that nobody else has it open (security.md B5), and the account's. Damage is
    /// an answer here, not a failure.
    /// </summary>
    /// <exception cref="DaemonException">A daemon runs, or there is no such account.</exception>
    /// <exception cref="WrongPassphraseException">The passphrase opens nothing.</exception>
    public static async Task<StoreChecked> CheckOfflineAsync(DaemonPaths paths, EmailAddress address, string passphrase, bool repair, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var alone = SingleInstance.Take(paths);
        var directory = new AccountDirectory(paths);
        var file = directory.Find(address) ?? throw new DaemonException("unknown-account", $"{address.Address} is not on this device.", "See the folders in: " + paths.Accounts);
        var user = UserId.Parse(file.Uuid);
        using var secret = await UnlockSecret.TryOpenAsync(DeviceKeys.Load(directory.DeviceKeys(user)), passphrase, cancellationToken) ?? throw new WrongPassphraseException("Wrong passphrase.");
        try
        {
            var (store, projection) = AccountStore.Open(directory.Database(user), secret.DatabaseKey, clock);
            using (store)
            {
                // Of a damaged file not even what it is needs to be readable.
                if (store.Database.CheckIntegrity() is { Count: > 0 } damage)
                {
                    return new StoreChecked(address.Address, damage, null);
                }

                using var keyset = AccountKeys.Open(store, user);
                using var mail = new MailAccount(store, projection, new MailAccountOptions { Address = address, DigestKey = keyset.DigestKey, Clock = clock });
                return await CheckAsync(address, store, mail, repair, cancellationToken);
            }
        }
        catch (DatabaseException damaged) when (damaged is DatabaseDamagedException or WrongDatabaseKeyException)
        {
            // The key came out of device.keys with the right passphrase, so it is the file that is wrong.
            return new StoreChecked(address.Address, [damaged.Message], null);
        }
    }
}
