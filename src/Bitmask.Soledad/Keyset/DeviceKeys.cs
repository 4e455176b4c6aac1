using System.Text.Json;
using System.Text.Json.Serialization;
using Bitmask.Primitives;
using Bitmask.Protocol.Keys;
using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>
/// The file <c>device.keys</c> of an account: this device's random database key in a slot that the passphrase opens (security.md A6).
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

    private readonly string _path;
    private KeySlot _slot;

    private DeviceKeys(string path, UserId user, KeySlot slot)
    {
        (_path, User, _slot) = (path, user, slot);
    }

    /// <summary>The account.</summary>
    public UserId User { get; }

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

        var keys = new DeviceKeys(path, user, Seal(user, databaseKey, master));
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
            if (file is { Version: CurrentVersion, Slots: { } slots } && UserId.TryParse(file.Uuid, out var user) && Array.Find(slots, s => s?.Id == SlotId) is { } slot)
            {
                return new DeviceKeys(path, user, slot);
            }
        }
        catch (JsonException e)
        {
            throw Damaged(path, e);
        }

        throw Damaged(path);
    }

    /// <summary>Derives the passphrase's keys with this file's salt and profile. Takes about half a second; works without a network.</summary>
    /// <exception cref="SoledadException">The file asks for a derivation that this program does not do (<see cref="SoledadCodes.DeviceKeysDamaged"/>).</exception>
    public MasterKey Derive(string passphrase)
    {
        try
        {
            return MasterKey.Derive(passphrase, _slot.SaltOctets(), KdfProfile.Find(_slot.Profile));
        }
        catch (KeysProtocolException e)
        {
            throw Damaged(_path, e);
        }
    }

    /// <summary>The database key; the caller disposes it.</summary>
    /// <exception cref="WrongPassphraseException">The passphrase is another one. The file stays as it is.</exception>
    /// <exception cref="SoledadException">The file is malformed (<see cref="SoledadCodes.DeviceKeysDamaged"/>).</exception>
    public SecretBytes Open(MasterKey master)
    {
        ArgumentNullException.ThrowIfNull(master);
        try
        {
            var key = _slot.Open(master.WrapKey, User) ?? throw new WrongPassphraseException("Wrong passphrase.");
            return key.Length == DatabaseKeyOctets ? key : throw Damaged(_path);
        }
        catch (KeysProtocolException e)
        {
            throw Damaged(_path, e);
        }
    }

    /// <summary>Puts the same database key under another passphrase; the old file is in place until the new one is durable.</summary>
    public void Rewrap(SecretBytes databaseKey, MasterKey master)
    {
        ArgumentNullException.ThrowIfNull(databaseKey);
        ArgumentNullException.ThrowIfNull(master);
        var before = _slot;
        _slot = Seal(User, databaseKey, master);
        try
        {
            Save();
        }
        catch (IOException)
        {
            _slot = before;
            throw;
        }
    }

    private static KeySlot Seal(UserId user, SecretBytes databaseKey, MasterKey master)
        => databaseKey.Length == DatabaseKeyOctets
            ? KeySlot.Seal(master.WrapKey, user, SlotId, KeySlot.Passphrase, master.Profile.Name, master.Salt.Span, databaseKey.Span)
            : throw new ArgumentException("The database key has 32 octets.", nameof(databaseKey));

    private void Save()
        => DurableFile.WriteAllBytes(_path, JsonSerializer.SerializeToUtf8Bytes(
            new DeviceKeysJson { Version = CurrentVersion, Uuid = User.Value, Slots = [_slot] }, DeviceKeysJsonContext.Default.DeviceKeysJson));

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
