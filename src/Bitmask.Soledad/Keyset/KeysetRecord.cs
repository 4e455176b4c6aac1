using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using Bitmask.Primitives;
using Bitmask.Protocol.Keys;

namespace Bitmask.Soledad;

/// <summary>
/// Between a <see cref="Keyset"/> and the <see cref="KeyRecord"/> that the provider keeps (security.md A2). The root R is 32 random
/// octets; slots hold R, the body holds the keyset under a key of R. All of it is symmetric, so nobody without R can make a record.
/// </summary>
public static class KeysetRecord
{
    /// <summary>Octets of the root.</summary>
    public const int RootOctets = 32;

    private const int NonceOctets = 12;
    private const int TagOctets = 16;

    /// <summary>Makes a slot that the passphrase opens.</summary>
    /// <param name="root">The root.</param>
    /// <param name="master">What the passphrase yields.</param>
    /// <param name="user">The account.</param>
    /// <param name="serial">Serial of the record that the slot first stands in; it names the slot, so that an old and a new one can stand side by side.</param>
    public static KeySlot SealRoot(SecretBytes root, MasterKey master, UserId user, long serial = 1)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(master);
        return KeySlot.Seal(master.WrapKey, user, SlotName(KeySlot.Passphrase, serial), KeySlot.Passphrase, master.Profile.Name, master.Salt.Span, root.Span);
    }

    /// <summary>Makes a slot that the recovery code opens (security.md B7). The code is as strong as a key, so it needs no salt and no slow derivation.</summary>
    public static KeySlot SealRoot(SecretBytes root, RecoveryKeys recovery, UserId user, long serial)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(recovery);
        return KeySlot.Seal(recovery.WrapKey, user, SlotName(KeySlot.RecoveryCode, serial), KeySlot.RecoveryCode, RecoveryKeys.Profile, [], root.Span);
    }

    /// <summary>Makes a record with the given slots.</summary>
    public static KeyRecord Seal(Keyset keyset, SecretBytes root, UserId user, IReadOnlyList<KeySlot> slots)
    {
        ArgumentNullException.ThrowIfNull(keyset);
        ArgumentNullException.ThrowIfNull(root);
        var plaintext = KeysetText.Write(keyset);
        var nonce = RandomNumberGenerator.GetBytes(NonceOctets);
        var body = new byte[plaintext.Length + TagOctets];
        using (var aes = Cipher(root))
        {
            aes.Encrypt(nonce, plaintext, body.AsSpan(0, plaintext.Length), body.AsSpan(plaintext.Length), KeyRecord.BodyAssociatedData(user, keyset.Serial));
        }

        CryptographicOperations.ZeroMemory(plaintext);
        return new KeyRecord
        {
            Uuid = user.Value,
            Serial = keyset.Serial,
            Slots = slots,
            Nonce = Base64Url.EncodeToString(nonce),
            Body = Base64Url.EncodeToString(body),
        };
    }

    /// <summary>Gets the root out of the slot that the passphrase opens.</summary>
    /// <exception cref="WrongPassphraseException">No slot opens.</exception>
    /// <exception cref="SoledadException">The record is malformed (<see cref="SoledadCodes.KeyRecordDamaged"/>).</exception>
    public static SecretBytes OpenRoot(KeyRecord record, UserId user, MasterKey master)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(master);
        return OpenSlot(record, user, KeySlot.Passphrase, master.WrapKey)?.Root
            ?? throw new WrongPassphraseException("The passphrase does not open the account's key record at the provider.");
    }

    /// <summary>Gets the root out of a slot of a type.</summary>
    /// <returns>The root, which the caller disposes, and the slot; null when no slot opens.</returns>
    /// <exception cref="SoledadException">The record is malformed (<see cref="SoledadCodes.KeyRecordDamaged"/>).</exception>
    public static (SecretBytes Root, KeySlot Slot)? OpenSlot(KeyRecord record, UserId user, string type, SecretBytes wrapKey)
    {
        ArgumentNullException.ThrowIfNull(record);
        try
        {
            foreach (var slot in record.Slots.Where(s => s.Type == type))
            {
                if (slot.Open(wrapKey, user) is { } root)
                {
                    return root.Length == RootOctets ? (root, slot) : throw Damaged("the root has a wrong length");
                }
            }
        }
        catch (KeysProtocolException e)
        {
            throw Damaged("a slot is malformed", e);
        }

        return null;
    }

    /// <summary>Opens the body.</summary>
    /// <param name="record">The record as fetched.</param>
    /// <param name="user">The account it must be of.</param>
    /// <param name="root">The root.</param>
    /// <param name="knownSerial">The highest serial this device has seen; 0 on a new device.</param>
    /// <exception cref="SoledadException"><see cref="SoledadCodes.KeyRecordRollback"/> for a lower serial, <see cref="SoledadCodes.KeyRecordDamaged"/> for the rest.</exception>
    public static Keyset Open(KeyRecord record, UserId user, SecretBytes root, long knownSerial)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(root);
        if (record.Uuid != user.Value)
        {
            throw Damaged("it is the record of another account");
        }

        if (record.Serial < knownSerial)
        {
            throw new SoledadException(
                SoledadCodes.KeyRecordRollback,
                $"The provider sent key record {record.Serial}, but this device has seen {knownSerial}. Nothing was changed; ask the provider what happened.");
        }

        var body = SealedText.Decode(record.Body);
        var nonce = SealedText.Decode(record.Nonce);
        if (body is not { Length: > TagOctets } || nonce is not { Length: NonceOctets })
        {
            throw Damaged("its body is malformed");
        }

        var plaintext = new byte[body.Length - TagOctets];
        try
        {
            using var aes = Cipher(root);
            aes.Decrypt(nonce, body.AsSpan(0, plaintext.Length), body.AsSpan(plaintext.Length), plaintext, KeyRecord.BodyAssociatedData(user, record.Serial));
            var keyset = KeysetText.Read(plaintext);
            return keyset.Serial == record.Serial ? keyset : throw Damaged("its serials differ");
        }
        catch (AuthenticationTagMismatchException)
        {
            throw Damaged("its body is not authentic, or belongs to another root");
        }
        catch (FormatException e)
        {
            throw Damaged("its content is not what this program knows", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    private static string SlotName(string type, long serial) => serial == 1 ? type : string.Create(CultureInfo.InvariantCulture, $"{type}-{serial}");

    private static AesGcm Cipher(SecretBytes root)
    {
        Span<byte> key = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, root.Span, key, salt: default, info: "keyset"u8);
        var aes = new AesGcm(key, TagOctets);
        CryptographicOperations.ZeroMemory(key);
        return aes;
    }

    private static SoledadException Damaged(string why, Exception? inner = null)
        => new(SoledadCodes.KeyRecordDamaged, $"The account's key record can not be opened: {why}. Nothing was changed, no keys were made.", inner: inner);
}
