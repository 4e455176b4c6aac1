using Bitmask.Bonafide;
using Bitmask.Primitives;
using Bitmask.Protocol.Daemon;
using Bitmask.Protocol.Keys;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Accounts;

/// <summary>
/// Changes of what an account is opened with: passphrase, recovery kit, document keys, devices. All but the routine change of document keys need the
/// passphrase again (security.md C3), which the provider sees proven. Each is a row of steps of which every one leaves a state that opens; what a crash left half done
/// stands in the slots themselves, and <see cref="SettleAsync"/> ends it.
/// </summary>
internal sealed class AccountChanges(
    SoledadStore store, ProviderLink link, AccountKeyring keyring, HttpClient http, EmailAddress address, string deviceKeysPath, SecretBytes databaseKey, AccountEvents events, TimeProvider clock)
{
    public const string PassphraseChanged = "passphrase-changed";

    private readonly string _login = address.LocalPart.ToLowerInvariant();

    /// <summary>Told after each step; a test ends the work there, as a kill would.</summary>
    public Action<string> Reached { get; set; } = _ => { };

    /// <summary>Another passphrase (security.md B8): both open everything, then the provider's verifier changes, then the old one goes.</summary>
    public async Task ChangePassphraseAsync(string current, string next, CancellationToken cancellationToken)
    {
        using var proof = await ProveAsync(current, cancellationToken);
        using var master = await Task.Run(() => MasterKey.Derive(next, KdfProfile.NewSalt(), KdfProfile.A1), cancellationToken);
        var deviceKeys = DeviceKeys.Load(deviceKeysPath);
        using (var local = await UnlockSecret.TryOpenAsync(deviceKeys, current, cancellationToken))
        {
            if (local is null)
            {
                deviceKeys.Rewrap(databaseKey, proof.Master); // changed on another device before, and this file never heard of it
            }

            deviceKeys.Add(databaseKey, master, local?.Master ?? proof.Master);
        }

        Reached("device has both");
        var client = await RecordsAsync(cancellationToken);
        KeySlot? added = null;
        var tag = await keyring.ChangeAsync(
            client, current,
            (keys, root, there) =>
            {
                added = KeysetRecord.SealRoot(root, master, link.User, keys.Serial + 1);
                return new RecordChange(keys.WithNextSerial(), [.. there.Slots, added]);
            },
            null, cancellationToken);
        Reached("record has both");
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await link.Client.ChangePassphraseAsync(proof.Session, _login, master, tag, cancellationToken);
                break;
            }
            catch (BonafideException other) when (other.Code == BonafideErrors.KeyRecordChanged && attempt < 3)
            {
                // Another device changed something else meanwhile. As long as our slot stands, the verifier may follow.
                var fetched = await keyring.RefreshAsync(client, current, cancellationToken);
                tag = fetched.Record.Slots.Contains(added) ? fetched.ETag : throw new BonafideException(other.Code, other.Message, other.Hint, other);
            }
        }

        Reached("verifier changed");
        await KeepOnlyAsync(client, next, master, cancellationToken);
    }

    /// <summary>
    /// Ends a change of the passphrase that was interrupted: the passphrase that logs in stays. When it is not the one just typed, nothing is taken away, and
    /// the owner is told.
    /// </summary>
    public async Task SettleAsync(string passphrase, CancellationToken cancellationToken)
    {
        if (keyring.Record.Slots.Count(slot => slot.Type == KeySlot.RecoveryCode) > 1)
        {
            events.Add("kit-interrupted", "The making of a recovery kit was interrupted, and the kit before it may not log in any more. Make another one: bitmaskctl user kit");
        }

        if (!DeviceKeys.Load(deviceKeysPath).IsBeingChanged && keyring.Record.Slots.Count(slot => slot.Type == KeySlot.Passphrase) == 1)
        {
            return;
        }

        try
        {
            using var login = await link.Client.LogInAsync(_login, passphrase, cancellationToken);
            await KeepOnlyAsync(await RecordsAsync(cancellationToken), passphrase, login.Master, cancellationToken);
        }
        catch (BonafideException other) when (other.Code == BonafideErrors.BadCredentials)
        {
            TellPassphraseChanged();
        }
    }

    /// <summary>The account is open here, and its owner types what does not open this device's file: the passphrase of today when it logs in and opens the record.</summary>
    /// <exception cref="WrongPassphraseException">It does not.</exception>
    public async Task AdoptPassphraseAsync(string passphrase, CancellationToken cancellationToken)
    {
        SealedLogin login;
        try
        {
            login = await link.Client.LogInAsync(_login, passphrase, cancellationToken);
        }
        catch (BonafideException wrong) when (wrong.Code == BonafideErrors.BadCredentials)
        {
            throw new WrongPassphraseException("The passphrase opens neither this device nor the account.");
        }

        using (login)
        {
            var fetched = await keyring.RefreshAsync(await RecordsAsync(cancellationToken), passphrase, cancellationToken);
            KeysetRecord.OpenRoot(fetched.Record, link.User, login.Master).Dispose();
            DeviceKeys.Load(deviceKeysPath).Rewrap(databaseKey, login.Master);
        }
    }

    public void TellPassphraseChanged() => events.Add(
        PassphraseChanged, $"The account's passphrase is another one than the one this device was unlocked with. Type the newer one once: bitmaskctl user auth {address.Address}");

    /// <summary>A new recovery kit; the one before it ends.</summary>
    public async Task<RecoveryKit> MakeKitAsync(string passphrase, CancellationToken cancellationToken)
    {
        using var proof = await ProveAsync(passphrase, cancellationToken);
        using var code = RecoveryCode.New();
        using var recovery = RecoveryKeys.Derive(code);
        var client = await RecordsAsync(cancellationToken);
        KeySlot? added = null;
        var tag = await keyring.ChangeAsync(
            client, passphrase,
            (keys, root, there) =>
            {
                added = KeysetRecord.SealRoot(root, recovery, link.User, keys.Serial + 1);
                return new RecordChange(keys.WithNextSerial(), [.. there.Slots, added]);
            },
            null, cancellationToken);
        Reached("record has the new kit");
        await link.Client.ChangeRecoveryAsync(proof.Session, _login, recovery, tag, cancellationToken);
        Reached("recovery verifier changed");
        await keyring.ChangeAsync(
            client, passphrase, (keys, _, there) => new RecordChange(keys.WithNextSerial(), [.. there.Slots.Where(slot => slot.Type != KeySlot.RecoveryCode || slot == added)]),
            null, cancellationToken);
        return KitPage.Write(address, code, keyring.Current, clock.GetUtcNow());
    }

    /// <summary>New document keys for what is written from now on. Needs no passphrase: nothing that opens the account changes.</summary>
    public async Task<EpochAnswer> RotateEpochAsync(CancellationToken cancellationToken)
    {
        await keyring.ChangeAsync(
            await RecordsAsync(cancellationToken), null, (keys, _, there) => new RecordChange(keys.WithNewEpoch(clock.GetUtcNow()), there.Slots), null, cancellationToken);

        // One document under the new keys, so that the other devices hear of them.
        await store.WriteAsync(
            transaction =>
            {
                if (DeviceRegistry.Find(transaction, store.DeviceId.ToString()) is { } own)
                {
                    DeviceRegistry.Rename(transaction, own, own.Name);
                }
            },
            cancellationToken);
        return new EpochAnswer(address.Address, (int)keyring.Current.NewestEpoch.Number, keyring.Current.Serial);
    }

    /// <summary>
    /// Removes a device (security.md B2): the provider refuses it from this moment, and what is written from now on it could not read even with the provider's
    /// help. What it has, it has.
    /// </summary>
    public async Task<DeviceRemoved> RemoveDeviceAsync(string idOrName, string passphrase, CancellationToken cancellationToken)
    {
        var device = FindDevice(idOrName);
        if (device.Id == store.DeviceId)
        {
            throw new DaemonException("own-device", "That is this device.", "Remove it from another one.");
        }

        if (store.Read(reader => DeviceRegistry.ShareKey(reader, device.Id, store.DeviceId)))
        {
            throw new DaemonException(
                "own-device", "That is a former name of this device, or a copy of it: both have the same key, and without it this device could not go on.",
                "If there may be a copy, remove it from another device, then add the account here anew.");
        }

        using var proof = await ProveAsync(passphrase, cancellationToken);
        await link.Client.RevokeDeviceAsync(proof.Session, device.Id, cancellationToken);
        Reached("device revoked");
        await RenewRootAsync(proof, passphrase, cancellationToken);
        Reached("root renewed");

        // Last: as long as it stands in the list, its removal is to be repeated.
        await store.WriteAsync(transaction => DeviceRegistry.Delete(transaction, device.Id), cancellationToken);
        return new DeviceRemoved(address.Address, device.Id.ToString(), device.Name);
    }

    public IReadOnlyList<DeviceLine> Devices() => store.Read(reader => DeviceRegistry.List(reader)
        .Select(device => new DeviceLine(device.Id.ToString(), device.Name, device.Created, device.Seen, device.KeyFingerprint, device.Id == store.DeviceId)).ToList());

    public async Task<DeviceLine> RenameDeviceAsync(string idOrName, string name, CancellationToken cancellationToken)
    {
        var device = FindDevice(idOrName);
        await store.WriteAsync(transaction => DeviceRegistry.Rename(transaction, device, name), cancellationToken);
        return Devices().Single(line => line.Id == device.Id.ToString());
    }

    /// <summary>New root, new document keys, no kit: nobody who had the old root has these.</summary>
    public async Task RenewRootAsync(string passphrase, CancellationToken cancellationToken)
    {
        using var proof = await ProveAsync(passphrase, cancellationToken);
        await RenewRootAsync(proof, passphrase, cancellationToken);
    }

    private async Task RenewRootAsync(SealedLogin proof, string passphrase, CancellationToken cancellationToken)
    {
        using var root = SecretBytes.Random(KeysetRecord.RootOctets);
        var tag = await keyring.ChangeAsync(
            await RecordsAsync(cancellationToken), passphrase,
            (keys, _, _) => new RecordChange(keys.WithNewEpoch(clock.GetUtcNow()), [KeysetRecord.SealRoot(root, proof.Master, link.User, keys.Serial + 1)], root),
            null, cancellationToken);
        Reached("record renewed");
        await link.Client.ChangeRecoveryAsync(proof.Session, _login, null, tag, cancellationToken);
    }

    private RegisteredDevice FindDevice(string idOrName) => store.Read(reader => DeviceRegistry.Find(reader, idOrName))
        ?? throw new DaemonException("unknown-device", "No device of the account has this id, or more than one has this name.", "See them with: bitmaskctl devices list");

    /// <summary>A login with the passphrase of this moment: it is the account's, and the session is fresh.</summary>
    private async Task<SealedLogin> ProveAsync(string passphrase, CancellationToken cancellationToken)
    {
        try
        {
            return await link.Client.LogInAsync(_login, passphrase, cancellationToken);
        }
        catch (BonafideException wrong) when (wrong.Code == BonafideErrors.BadCredentials)
        {
            using var local = await UnlockSecret.TryOpenAsync(DeviceKeys.Load(deviceKeysPath), passphrase, cancellationToken);
            throw local is null
                ? new WrongPassphraseException("The passphrase is wrong.")
                : new DaemonException(PassphraseChanged, "This passphrase opens this device, but the account has another one by now.", $"Type the newer one once: bitmaskctl user auth {address.Address}");
        }
    }

    /// <summary>
    /// Takes every other passphrase away. The login stands between fetching the record and replacing it: a verifier that changes later gives the record
    /// another revision, and the replacement fails.
    /// </summary>
    private async Task KeepOnlyAsync(KeyRecordClient client, string passphrase, MasterKey master, CancellationToken cancellationToken)
    {
        await keyring.ChangeAsync(
            client, passphrase,
            (keys, root, there) =>
            {
                var own = KeysetRecord.OpenSlot(there, link.User, KeySlot.Passphrase, master.WrapKey);
                own?.Root.Dispose();
                var kept = own?.Slot ?? KeysetRecord.SealRoot(root, master, link.User, keys.Serial + 1);
                return new RecordChange(keys.WithNextSerial(), [kept, .. there.Slots.Where(slot => slot.Type != KeySlot.Passphrase)]);
            },
            async () => link.Use(await link.Client.LogInAsync(_login, master, cancellationToken)),
            cancellationToken);
        Reached("record has the new");
        DeviceKeys.Load(deviceKeysPath).Rewrap(databaseKey, master);
        Reached("device has the new");
    }

    private async Task<KeyRecordClient> RecordsAsync(CancellationToken cancellationToken)
        => new(http, (await link.ReadServicesAsync(cancellationToken)).Soledad, link.User, link.TokenAsync);
}
