using System.Security.Cryptography;
using Bitmask.OpenPgp.Encrypt;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Passphrases;
using Bitmask.OpenPgp.Symmetric;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Secret.Decrypt;

/// <summary>The packet with a session key for who knows a passphrase (RFC 9580 §5.3).</summary>
internal sealed class PassphraseEnvelope
{
    private readonly int _version;
    private readonly Cipher _cipher;
    private readonly AeadAlgorithm _mode;
    private readonly StringToKey _stringToKey;
    private readonly byte[] _nonce;
    private readonly byte[] _encrypted;

    private PassphraseEnvelope(int version, Cipher cipher, AeadAlgorithm mode, StringToKey stringToKey, byte[] nonce, byte[] encrypted)
    {
        (_version, _cipher, _mode, _stringToKey, _nonce, _encrypted) = (version, cipher, mode, stringToKey, nonce, encrypted);
    }

    /// <summary>Whether it belongs before integrity protected data of version 2.</summary>
    public bool IsAead => _version == PassphrasePacket.AeadVersion;

    /// <summary>Null when the packet is of a kind that is not known here.</summary>
    public static PassphraseEnvelope? TryRead(byte[] body)
    {
        try
        {
            var reader = new OctetReader(body);
            return reader.Octet() switch
            {
                PassphrasePacket.MdcVersion => ReadMdc(ref reader),
                PassphrasePacket.AeadVersion => ReadAead(ref reader),
                _ => null,
            };
        }
        catch (OpenPgpFormatException)
        {
            return null;
        }
    }

    /// <summary>
    /// Null when the passphrase is a wrong one. In version 4 nothing proves the right one, so that a wrong one may pass; the data that does not
    /// verify then tells.
    /// </summary>
    public SessionKey? TryOpen(ReadOnlySpan<byte> passphrase, StringToKeyBudget budget)
    {
        using var derived = _stringToKey.Derive(passphrase, Ciphers.KeyOctets(_cipher), budget);
        return IsAead ? OpenAead(derived.Span) : OpenMdc(derived.Span);
    }

    private static PassphraseEnvelope? ReadMdc(ref OctetReader reader)
    {
        var cipher = (Cipher)reader.Octet();
        var stringToKey = StringToKey.Read(ref reader);
        return Ciphers.KeyOctets(cipher) == 0 ? null : new PassphraseEnvelope(PassphrasePacket.MdcVersion, cipher, default, stringToKey, [], reader.Rest.ToArray());
    }

    private static PassphraseEnvelope? ReadAead(ref OctetReader reader)
    {
        var head = new OctetReader(reader.Take(reader.Octet()));
        var (cipher, mode) = ((Cipher)head.Octet(), (AeadAlgorithm)head.Octet());
        var specifier = new OctetReader(head.Take(head.Octet()));
        var stringToKey = StringToKey.Read(ref specifier);
        return AeadCipher.IsSupported(cipher, mode) && head.Remaining == AeadCipher.NonceOctets(mode) && reader.Remaining > AeadCipher.TagOctets
            ? new PassphraseEnvelope(PassphrasePacket.AeadVersion, cipher, mode, stringToKey, head.Rest.ToArray(), reader.Rest.ToArray())
            : null;
    }

    // Without an encrypted session key, the passphrase's key is the session key.
    private SessionKey? OpenMdc(ReadOnlySpan<byte> derived)
    {
        if (_encrypted.Length == 0)
        {
            return new SessionKey(_cipher, new SecretBytes(derived));
        }

        using var block = BlockCipher.Create(_cipher, derived);
        using var cfb = new CfbDecryptor(block, new byte[block.BlockOctets]);
        var plain = new byte[_encrypted.Length];
        cfb.Decrypt(_encrypted, plain);
        var cipher = (Cipher)plain[0];
        var key = Ciphers.KeyOctets(cipher) == plain.Length - 1 ? new SessionKey(cipher, new SecretBytes(plain.AsSpan(1))) : null;
        CryptographicOperations.ZeroMemory(plain);
        return key;
    }

    private SessionKey? OpenAead(ReadOnlySpan<byte> derived)
    {
        byte[] associated = [0xC0 | (int)PacketTag.SymmetricKeyEncryptedSessionKey, (byte)_version, (byte)_cipher, (byte)_mode];
        var key = PassphrasePacket.DeriveKey(derived, _cipher, associated);
        using var aead = AeadCipher.Create(_cipher, _mode, key);
        CryptographicOperations.ZeroMemory(key);
        var octets = _encrypted.Length - AeadCipher.TagOctets;
        using var plain = new SecretBytes(octets);
        return aead.TryOpen(_nonce, associated, _encrypted.AsSpan(0, octets), _encrypted.AsSpan(octets), plain.Span) ? new SessionKey(null, plain.Clone()) : null;
    }
}
