using System.Text.Json;
using System.Text.Json.Serialization;
using Bitmask.Primitives;
using Bitmask.Protocol.Keys;
using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>
/// The file <c>device.keys</c> of an account: this device's random database key in a slot that the passphrase opens (security.md A6); in two slots while the
/// passphrase is being changed, so that at no moment neither of the two opens it (B8).
/// The only secret outside the encrypted database. Shredding it makes the database unreadable for ever, so nothing but
/// "account remove" may.
/// </summary>
public sealed class DeviceKeys
{
    /// <summary>Octets of the database key.</summary>
    public const int DatabaseKeyOctets = 32;

    // Not the name of the slot in the key record: the name is authenticated, so neither can stand in for the other.
    private const string SlotId = "device-pw";
    private const int CurrentVersion = 1;
    private const int MaxFileOctets = 64 * 1024;

    private const int MaxSlots = 4;

    private readonly string _path;
    private IReadOnlyList<KeySlot> _slots;

    private DeviceKeys(string path, UserId user, IReadOnlyList<KeySlot> slots)
    {
        (_path, User, _slots) = (path, user, slots);
    }

    /// <summary>The account.</summary>
    public UserId User { get; }

    /// <summary>Whether several passphrases open it: a change of the passphrase was begun and not finished.</summary>
    public bool IsBeingChanged => _slots.Count > 1;

    /// <summary>Makes the file, with mode 0600, durable when this returns.</summary>
    /// <param name="path">Where; must not exist, so that a database key is never lost by accident.</param>
    /// <param name="user">The account.</param>
    /// <param name="databaseKey">The key to keep.</param>
    /// <param name="master">What the passphrase yields.</param>
    /// <exception cref="SoledadException">There is one already (<see cref="SoledadCodes.DeviceKeysExist"/>).</exception>
    public static DeviceKeys Create(string path, UserId user, SecretBytes databaseKey, MasterKey master)
    {
        ArgumentNullException.ThrowIfNull(databaseKey);
        ArgumentNullException.ThrowIfNull(master);
        if (File.Exists(path))
        {
            throw new SoledadException(SoledadCodes.DeviceKeysExist, $"{path} exists; the account is on this device already.");
        }

        var keys = new DeviceKeys(path, user, [Seal(user, SlotId, databaseKey, master)]);
        keys.Save();
        return keys;
    }

    /// <summary>Reads the file.</summary>
    /// <exception cref="SoledadException">It is missing or malformed (<see cref="SoledadCodes.DeviceKeysMissing"/>, <see cref="SoledadCodes.DeviceKeysDamaged"/>).</exception>
    public static DeviceKeys Load(string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists)
        {
            throw new SoledadException(SoledadCodes.DeviceKeysMissing, $"{path} is missing; without it this device's database can not be opened. Restore it, or add the account again.");
        }

        try
        {
            var file = info.Length <= MaxFileOctets ? JsonSerializer.Deserialize(File.ReadAllBytes(path), DeviceKeysJsonContext.Default.DeviceKeysJson) : null;
            if (file is { Version: CurrentVersion, Slots: { } slots } && UserId.TryParse(file.Uuid, out var user)
                && slots.OfType<KeySlot>().Where(slot => slot.Id.StartsWith(SlotId, StringComparison.Ordinal)).Take(MaxSlots).ToList() is { Count: > 0 } own)
            {
                return new DeviceKeys(path, user, own);
            }
        }
        catch (JsonException e)
        {
            throw Damaged(path, e);
        }

        throw Damaged(path);
    }

    /// <summary>Derives the passphrase's keys and opens the file with them. Takes about half a second for each slot; works without a network.</summary>
    /// <returns>The passphrase's keys and the database key; the caller disposes both. Null when the passphrase is another one; the file stays as it is.</returns>
    /// <exception cref="SoledadException">The file is malformed, or asks for a derivation that this program does not do (<see cref="SoledadCodes.DeviceKeysDamaged"/>).</exception>
    public (MasterKey Master, SecretBytes DatabaseKey)? TryUnlock(string passphrase)
    {
        foreach (var slot in _slots)
        {
            var master = Derive(passphrase, slot);
            try
            {
                if (TryOpen(master) is { } key)
                {
                    return (master, key);
                }
            }
            catch
            {
                master.Dispose();
                throw;
            }

            master.Dispose();
        }

        return null;
    }

    /// <summary>Derives the passphrase's keys with the salt and profile of the newest slot.</summary>
    /// <exception cref="SoledadException">The file asks for a derivation that this program does not do (<see cref="SoledadCodes.DeviceKeysDamaged"/>).</exception>
    public MasterKey Derive(string passphrase) => Derive(passphrase, _slots[^1]);

    /// <summary>The database key; the caller disposes it.</summary>
    /// <exception cref="WrongPassphraseException">The passphrase is another one. The file stays as it is.</exception>
    /// <exception cref="SoledadException">The file is malformed (<see cref="SoledadCodes.DeviceKeysDamaged"/>).</exception>
    public SecretBytes Open(MasterKey master)
    {
        ArgumentNullException.ThrowIfNull(master);
        return TryOpen(master) ?? throw new WrongPassphraseException("Wrong passphrase.");
    }

    /// <summary>Lets another passphrase open the file, too: the first step of a change. The newest two are kept.</summary>
    public void Add(SecretBytes databaseKey, MasterKey master, MasterKey current)
    {
        ArgumentNullException.ThrowIfNull(master);
        ArgumentNullException.ThrowIfNull(current);
        var kept = _slots.First(slot => slot.Open(current.WrapKey, User) is { } key && Dispose(key));
        Replace([kept, Seal(User, kept.Id == SlotId ? SlotId + "-2" : SlotId, databaseKey, master)]);
    }

    /// <summary>Puts the same database key under this passphrase alone; the old file is in place until the new one is durable.</summary>
    public void Rewrap(SecretBytes databaseKey, MasterKey master) => Replace([Seal(User, SlotId, databaseKey, master)]);

    private static bool Dispose(SecretBytes key)
    {
        key.Dispose();
        return true;
    }

    private static KeySlot Seal(UserId user, string id, SecretBytes databaseKey, MasterKey master)
    {
        ArgumentNullException.ThrowIfNull(databaseKey);
        ArgumentNullException.ThrowIfNull(master);
        return databaseKey.Length == DatabaseKeyOctets
            ? KeySlot.Seal(master.WrapKey, user, id, KeySlot.Passphrase, master.Profile.Name, master.Salt.Span, databaseKey.Span)
            : throw new ArgumentException("The database key has 32 octets.", nameof(databaseKey));
    }

    private MasterKey Derive(string passphrase, KeySlot slot)
    {
        try
        {
            return MasterKey.Derive(passphrase, slot.SaltOctets(), KdfProfile.Find(slot.Profile));
        }
        catch (KeysProtocolException e)
        {
            throw Damaged(_path, e);
        }
    }

    private SecretBytes? TryOpen(MasterKey master)
    {
        try
        {
            foreach (var slot in _slots)
            {
                if (slot.Open(master.WrapKey, User) is { } key)
                {
                    return key.Length == DatabaseKeyOctets ? key : throw Damaged(_path);
                }
            }

            return null;
        }
        catch (KeysProtocolException e)
        {
            throw Damaged(_path, e);
        }
    }

    private void Replace(IReadOnlyList<KeySlot> slots)
    {
        var before = _slots;
        _slots = slots;
        try
        {
            Save();
        }
        catch (IOException)
        {
            _slots = before;
            throw;
        }
    }

    private void Save()
        => DurableFile.WriteAllBytes(_path, JsonSerializer.SerializeToUtf8Bytes(
            new DeviceKeysJson { Version = CurrentVersion, Uuid = User.Value, Slots = [.. _slots] }, DeviceKeysJsonContext.Default.DeviceKeysJson));

    private static SoledadException Damaged(string path, Exception? inner = null)
        => new(SoledadCodes.DeviceKeysDamaged, $"{path} is damaged or of a newer program. It was left as it is; restore it from a backup, or add the account again.", inner: inner);
}

internal sealed class DeviceKeysJson
{
    public int Version { get; set; }

    public string? Uuid { get; set; }

    public KeySlot?[]? Slots { get; set; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, AllowDuplicateProperties = false, WriteIndented = true)]
[JsonSerializable(typeof(DeviceKeysJson))]
internal sealed partial class DeviceKeysJsonContext : JsonSerializerContext;
