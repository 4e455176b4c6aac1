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
    /// <param name="paths">The daemon's folders.</param>
    /// <param name="address">The account.</param>
    /// <param name="passphrase">Its passphrase.</param>
    /// <param name="task">What is to be done about faults.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DaemonException">A daemon runs, there is no such account, or too much is lost for a salvage: then nothing was changed.</exception>
    /// <exception cref="WrongPassphraseException">The passphrase opens nothing.</exception>
    public static async Task<StoreChecked> CheckOfflineAsync(DaemonPaths paths, EmailAddress address, string passphrase, StoreTask task, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var alone = SingleInstance.Take(paths);
        var directory = new AccountDirectory(paths);
        var file = directory.Find(address) ?? throw new DaemonException("unknown-account", $"{address.Address} is not on this device.", "See the folders in: " + paths.Accounts);
        var user = UserId.Parse(file.Uuid);
        using var secret = await UnlockSecret.TryOpenAsync(DeviceKeys.Load(directory.DeviceKeys(user)), passphrase, cancellationToken) ?? throw new WrongPassphraseException("Wrong passphrase.");
        var salvage = new AccountSalvage(directory, user, address, secret.DatabaseKey, clock);
        salvage.FinishPending();
        var salvaged = task == StoreTask.Salvage ? await salvage.RunAsync(cancellationToken) : null;
        try
        {
            if (File.Exists(directory.Blobs(user)))
            {
                using var blobs = Database.OpenEncrypted(directory.Blobs(user), secret.DatabaseKey);
                if (blobs.CheckIntegrity() is { Count: > 0 } damage)
                {
                    return new StoreChecked(address.Address, [.. damage.Select(static fault => "blobs.db: " + fault)], null, salvaged);
                }
            }

            var (store, projection) = AccountStore.Open(directory.Database(user), secret.DatabaseKey, clock);
            using (store)
            {
                // Of a damaged file not even what it is needs to be readable.
                if (store.Database.CheckIntegrity() is { Count: > 0 } damage)
                {
                    return new StoreChecked(address.Address, damage, null, salvaged);
                }

                using var keyset = AccountKeys.Open(store, user);
                using var mail = new MailAccount(store, projection, new MailAccountOptions { Address = address, DigestKey = keyset.DigestKey, Clock = clock });
                return (await CheckAsync(address, store, mail, task == StoreTask.Repair, cancellationToken)) with { Salvaged = salvaged };
            }
        }
        catch (DatabaseException damaged) when (damaged is DatabaseDamagedException or WrongDatabaseKeyException)
        {
            // The key came out of device.keys with the right passphrase, so it is the file that is wrong.
            return new StoreChecked(address.Address, [damaged.Message], null, salvaged);
        }
    }
}

/// <summary>What an offline check does about what it finds.</summary>
internal enum StoreTask
{
    /// <summary>Only tells it.</summary>
    Check,

    /// <summary>Makes anew what follows from the documents.</summary>
    Repair,

    /// <summary>Brings what can be read of damaged files into new ones.</summary>
    Salvage,
}
