using System.Security.Cryptography;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Passphrases;
using Bitmask.OpenPgp.Symmetric;

namespace Bitmask.OpenPgp.Encrypt;

/// <summary>Writes the session key for who knows a passphrase (RFC 9580 §5.3).</summary>
internal static class PassphrasePacket
{
    public const int MdcVersion = 4;
    public const int AeadVersion = 6;

    /// <summary>Version 4 before integrity protected data of version 1, version 6 before that of version 2.</summary>
    public static void Write(OctetWriter message, ReadOnlySpan<byte> passphrase, bool useArgon2, AeadAlgorithm? mode, ReadOnlySpan<byte> sessionKey)
    {
        var stringToKey = useArgon2 ? StringToKey.NewArgon2() : StringToKey.NewIterated();
        using var key = stringToKey.Derive(passphrase, Ciphers.KeyOctets(Cipher.Aes256), new StringToKeyBudget());
        using var specifier = new OctetWriter(32);
        stringToKey.Write(specifier);
        using var body = new OctetWriter(128);
        if (mode is { } aead)
        {
            WriteAead(body, specifier.Written, key.Span, aead, sessionKey);
        }
        else
        {
            WriteMdc(body, specifier.Written, key.Span, sessionKey);
        }

        message.Packet(PacketTag.SymmetricKeyEncryptedSessionKey, body.Written);
    }

    /// <summary>The key that encrypts the session key, out of what the passphrase became (RFC 9580 §5.3.2).</summary>
    public static byte[] DeriveKey(ReadOnlySpan<byte> derived, Cipher cipher, ReadOnlySpan<byte> associated)
    {
        var key = new byte[Ciphers.KeyOctets(cipher)];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, derived, key, [], associated);
        return key;
    }

    private static void WriteMdc(OctetWriter body, ReadOnlySpan<byte> specifier, ReadOnlySpan<byte> key, ReadOnlySpan<byte> sessionKey)
    {
        using var cipher = BlockCipher.Create(Cipher.Aes256, key);
        using var cfb = new CfbEncryptor(cipher, new byte[cipher.BlockOctets]);
        Span<byte> encrypted = [(byte)Cipher.Aes256, .. sessionKey];
        cfb.Encrypt(encrypted, encrypted);
        body.Octet(MdcVersion).Octet((int)Cipher.Aes256).Octets(specifier).Octets(encrypted);
    }

    private static void WriteAead(OctetWriter body, ReadOnlySpan<byte> specifier, ReadOnlySpan<byte> derived, AeadAlgorithm mode, ReadOnlySpan<byte> sessionKey)
    {
        byte[] associated = [0xC0 | (int)PacketTag.SymmetricKeyEncryptedSessionKey, AeadVersion, (byte)Cipher.Aes256, (byte)mode];
        var key = DeriveKey(derived, Cipher.Aes256, associated);
        using var aead = AeadCipher.Create(Cipher.Aes256, mode, key);
        CryptographicOperations.ZeroMemory(key);
        var nonce = RandomNumberGenerator.GetBytes(AeadCipher.NonceOctets(mode));
        Span<byte> encrypted = stackalloc byte[sessionKey.Length];
        Span<byte> tag = stackalloc byte[AeadCipher.TagOctets];
        aead.Seal(nonce, associated, sessionKey, encrypted, tag);
        body.Octet(AeadVersion).Octet(3 + specifier.Length + nonce.Length).Octet((int)Cipher.Aes256).Octet((int)mode)
            .Octet(specifier.Length).Octets(specifier).Octets(nonce).Octets(encrypted).Octets(tag);
    }
}
