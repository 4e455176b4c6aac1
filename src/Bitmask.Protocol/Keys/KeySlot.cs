using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Bitmask.Primitives;

namespace Bitmask.Protocol.Keys;

/// <summary>
/// A way to a key: the key, encrypted with AES-256-GCM under a wrap key (security.md A2). Slots are symmetric, so they authenticate themselves: nobody
/// without the wrap key can make one. Used in the key record (for the root R) and in a device's <c>device.keys</c> (for the database key).
/// </summary>
public sealed record KeySlot
{
    /// <summary>A slot opened by the passphrase.</summary>
    public const string Passphrase = "pw";

    /// <summary>A slot opened by the recovery code.</summary>
    public const string RecoveryCode = "rc";

    private const int NonceOctets = 12;
    private const int TagOctets = 16;

    /// <summary>Name of the slot within its record.</summary>
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    /// <summary>What opens it: <see cref="Passphrase"/>, <see cref="RecoveryCode"/>.</summary>
    [JsonPropertyName("type")]
    public required string Type { get; init; }

    /// <summary>Name of the <see cref="KdfProfile"/> that its wrap key is derived by.</summary>
    [JsonPropertyName("profile")]
    public required string Profile { get; init; }

    /// <summary>The salt of that derivation, base64url.</summary>
    [JsonPropertyName("salt")]
    public required string Salt { get; init; }

    /// <summary>12 octets, base64url.</summary>
    [JsonPropertyName("nonce")]
    public required string Nonce { get; init; }

    /// <summary>Ciphertext and tag, base64url.</summary>
    [JsonPropertyName("ct")]
    public required string Ciphertext { get; init; }

    /// <summary>The salt's octets.</summary>
    /// <exception cref="KeysProtocolException">The salt is not base64url or shorter than the floor.</exception>
    public byte[] SaltOctets()
        => KeyRecord.Decode(Salt) is { Length: >= KdfProfile.SaltOctets } salt ? salt : throw new KeysProtocolException("The salt of a key slot is too short.");

    /// <summary>Makes a slot.</summary>
    /// <param name="wrapKey">32 octets.</param>
    /// <param name="user">The account; part of what is authenticated.</param>
    /// <param name="id">Name of the slot.</param>
    /// <param name="type">What opens it.</param>
    /// <param name="profile">How <paramref name="wrapKey"/> was derived.</param>
    /// <param name="salt">With which salt.</param>
    /// <param name="key">The key to keep.</param>
    public static KeySlot Seal(
        SecretBytes wrapKey, UserId user, string id, string type, string profile, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> key)
    {
        ArgumentNullException.ThrowIfNull(wrapKey);
        var nonce = RandomNumberGenerator.GetBytes(NonceOctets);
        var sealedKey = new byte[key.Length + TagOctets];
        using var aes = new AesGcm(wrapKey.Span, TagOctets);
        aes.Encrypt(nonce, key, sealedKey.AsSpan(0, key.Length), sealedKey.AsSpan(key.Length), Associate(user, id, type, profile, salt));
        return new KeySlot
        {
            Id = id,
            Type = type,
            Profile = profile,
            Salt = KeyRecord.Encode(salt),
            Nonce = KeyRecord.Encode(nonce),
            Ciphertext = KeyRecord.Encode(sealedKey),
        };
    }

    /// <summary>Opens the slot; null when the wrap key is not the one, or anything was changed.</summary>
    /// <exception cref="KeysProtocolException">The slot is malformed.</exception>
    public SecretBytes? Open(SecretBytes wrapKey, UserId user)
    {
        ArgumentNullException.ThrowIfNull(wrapKey);
        var (nonce, sealedKey) = (KeyRecord.Decode(Nonce), KeyRecord.Decode(Ciphertext));
        if (nonce.Length != NonceOctets || sealedKey.Length < TagOctets)
        {
            throw new KeysProtocolException("A key slot is malformed.");
        }

        var key = new SecretBytes(sealedKey.Length - TagOctets);
        try
        {
            using var aes = new AesGcm(wrapKey.Span, TagOctets);
            aes.Decrypt(nonce, sealedKey.AsSpan(0, key.Length), sealedKey.AsSpan(key.Length), key.Span, Associate(user, Id, Type, Profile, KeyRecord.Decode(Salt)));
            return key;
        }
        catch (AuthenticationTagMismatchException)
        {
            key.Dispose();
            return null;
        }
    }

    private static byte[] Associate(UserId user, string id, string type, string profile, ReadOnlySpan<byte> salt)
        => new AssociatedData().Add("slot").Add(user.Value).Add(id).Add(type).Add(profile).Add(salt).ToArray();
}
