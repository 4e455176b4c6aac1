using Bitmask.Bonafide;
using Bitmask.Keys;
using Bitmask.Mail;
using Bitmask.Primitives;
using Bitmask.Protocol.Keys;
using Bitmask.Protocol.Outgoing;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Daemon.Accounts;

/// <summary>
/// Puts an account on this device. Keys are made in <see cref="MakeAsync"/> and nowhere else (security.md A3): a provider that shows
/// no key record can not bring a device to make others.
/// </summary>
internal static class AccountBirth
{
    private const string SealedMode = "sealed";

    /// <summary>A new account: makes its keyset and its OpenPGP key, and has all of it on disk when it returns.</summary>
    public static async Task MakeAsync(AccountDirectory directory, EmailAddress address, SignedUp signedUp, ProviderPin pin, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var root = SecretBytes.Random(KeysetRecord.RootOctets);
        using var first = Keyset.Create(pin.CaSha256, clock.GetUtcNow());
        using var store = OpenNew(directory, signedUp.User, signedUp.Master, clock, out var projection);
        using var offline = new HttpClient();
        using var keys = new KeyManager(store, offline, new KeyManagerOptions { Address = address, KeyDirectory = KeyDirectoryOf(address) }, clock);
        var certificate = await keys.CreateOwnKeyAsync((_, _) => Task.CompletedTask, cancellationToken); // uploaded by ProviderSetup, as often as it takes
        using var keyset = first.WithOwnKey(certificate.Fingerprint);
        var record = KeysetRecord.Seal(keyset, root, signedUp.User, [KeysetRecord.SealRoot(root, signedUp.Master, signedUp.User)]);
        using (var mail = new MailAccount(store, projection, new MailAccountOptions { Address = address, DigestKey = keyset.DigestKey, Clock = clock }))
        {
            await mail.CreateStandardMailboxesAsync(cancellationToken);
        }

        // Last, because saved keys are the sign by which an interrupted creation is known as whole.
        await store.WriteAsync(
            transaction =>
            {
                AccountKeys.Save(transaction, root, record);
                ProviderLink.Remember(transaction, pin);
                ProviderSetup.RecordIsToBeMade(transaction);
            },
            cancellationToken);
        Finish(directory, address, signedUp.User);
    }

    /// <summary>An account that exists at its provider: opens the key record there and keeps it here. Makes no keys.</summary>
    /// <exception cref="SoledadException">The record is missing, damaged, or of another account; nothing was written.</exception>
    public static async Task AddAsync(
        AccountDirectory directory, EmailAddress address, SealedLogin login, ProviderPin pin, BonafideClient client, OutgoingHandlers outgoing, TimeProvider clock, CancellationToken cancellationToken)
    {
        var user = login.Session.User;
        if (Resume(directory, address, user, login.Master, clock))
        {
            return;
        }

        var services = await client.ReadServicesAsync(login.Session, cancellationToken);
        using var http = outgoing.CreateClient(ServerTrust.PinnedCa(pin.Ca));
        var record = (await new KeyRecordClient(http, services.Soledad, user, _ => Task.FromResult(login.Session.Token)).FetchAsync(cancellationToken)).Record;
        using var root = OpenRoot(record, user, login.Master);
        using var keyset = KeysetRecord.Open(record, user, root, knownSerial: 0);
        if (keyset.CaSha256 != pin.CaSha256)
        {
            // The keyset is authentic, the certificate we were shown is not the account's: somebody may sit in between.
            throw CaChanged(address);
        }

        using var store = OpenNew(directory, user, login.Master, clock, out _);
        await store.WriteAsync(
            transaction =>
            {
                AccountKeys.Save(transaction, root, record);
                ProviderLink.Remember(transaction, pin);
            },
            cancellationToken);
        Finish(directory, address, user);
    }

    /// <summary>The key directory's address is a convention (nicknym): no service file names it.</summary>
    public static Uri KeyDirectoryOf(EmailAddress address) => new($"https://nicknym.{address.Domain}:6425/");

    public static DaemonException CaChanged(EmailAddress address) => new(
        BonafideErrors.CaChanged, $"The provider {address.Domain} presents another CA certificate than the one this account holds to.", "Ask the provider by another way whether it changed. Nothing was kept.");

    private static SecretBytes OpenRoot(KeyRecord record, UserId user, MasterKey master)
    {
        try
        {
            return KeysetRecord.OpenRoot(record, user, master);
        }
        catch (WrongPassphraseException e)
        {
            // The login has just proven the passphrase, so it is the record that is wrong.
            throw new SoledadException(
                SoledadCodes.KeyRecordDamaged, "The key record at the provider was not made with this passphrase: it is not the account's own. Nothing was kept, no keys were made.", inner: e);
        }
    }

    private static SoledadStore OpenNew(AccountDirectory directory, UserId user, MasterKey master, TimeProvider clock, out MailProjection projection)
    {
        directory.MakeFolder(user);
        using var databaseKey = SecretBytes.Random(DeviceKeys.DatabaseKeyOctets);
        DeviceKeys.Create(directory.DeviceKeys(user), user, databaseKey, master);
        (var store, projection) = AccountStore.Open(directory.Database(user), databaseKey, clock);
        return store;
    }

    /// <summary>
    /// What an interrupted <see cref="MakeAsync"/> or <see cref="AddAsync"/> left behind: whole, it is finished; a part of it holds
    /// nothing that the provider does not have, and goes.
    /// </summary>
    private static bool Resume(AccountDirectory directory, EmailAddress address, UserId user, MasterKey master, TimeProvider clock)
    {
        if (!File.Exists(directory.DeviceKeys(user)))
        {
            return false;
        }

        using var databaseKey = DeviceKeys.Load(directory.DeviceKeys(user)).Open(master);
        using (var store = AccountStore.Open(directory.Database(user), databaseKey, clock).Store)
        {
            if (store.Read(AccountKeys.AreSaved))
            {
                Finish(directory, address, user);
                return true;
            }
        }

        DurableFile.Shred(directory.DeviceKeys(user));
        Directory.Delete(directory.FolderOf(user), recursive: true);
        return false;
    }

    private static void Finish(AccountDirectory directory, EmailAddress address, UserId user)
        => directory.Add(new AccountFile { Address = address.Address, Uuid = user.Value, Mode = SealedMode, Domain = address.Domain });
}
