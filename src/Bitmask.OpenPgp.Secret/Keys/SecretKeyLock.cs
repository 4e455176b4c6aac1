using System.Security.Cryptography;
using Bitmask.OpenPgp.Encrypt;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Passphrases;
using Bitmask.OpenPgp.Symmetric;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Secret.Keys;

/// <summary>Secret numbers behind a passphrase: everything in a secret key packet that follows its public part (RFC 9580 §3.7.2, §5.5.3).</summary>
internal static class SecretKeyLock
{
    private const int ShaOctets = 20;

    /// <summary>The usage octet: how the numbers are protected.</summary>
    private enum Usage
    {
        Open = 0,
        Aead = 253,
        Sha1 = 254,
        Checksum = 255,
    }

    /// <summary>Takes the numbers out; null when they are not in this file, as gpg writes for keys on cards and for a primary key kept elsewhere.</summary>
    /// <param name="tag">Of the packet; modern locks cover it.</param>
    /// <param name="key">The public part.</param>
    /// <param name="secret">What follows it.</param>
    /// <param name="passphrase">UTF-8; null = none is at hand.</param>
    /// <param name="budget">What all passphrases of the file may cost together.</param>
    /// <exception cref="OpenPgpFormatException">Damaged, locked without a passphrase at hand, or locked in a way that is not read.</exception>
    /// <exception cref="WrongPassphraseException">The passphrase does not fit.</exception>
    public static SecretBytes? Open(PacketTag tag, PublicKeyPacket key, ReadOnlySpan<byte> secret, SecretBytes? passphrase, StringToKeyBudget budget)
    {
        var reader = new OctetReader(secret);
        var usage = (Usage)reader.Octet();
        return usage switch
        {
            Usage.Open => OpenPlain(key, reader.Rest),
            Usage.Aead or Usage.Sha1 => OpenLocked(tag, key, usage, ref reader, passphrase, budget),
            Usage.Checksum when key.Version != 6 => OpenLocked(tag, key, usage, ref reader, passphrase, budget),
            _ => throw new OpenPgpFormatException("The secret key is locked in a way that is not safe any more."),
        };
    }

    /// <summary>Writes the numbers without a lock.</summary>
    public static void WriteOpen(OctetWriter body, PublicKeyPacket key, ReadOnlySpan<byte> numbers)
    {
        body.Octet((int)Usage.Open).Octets(numbers);
        if (key.Version < 6)
        {
            body.UInt16(SessionKeyPacket.Checksum(numbers));
        }
    }

    /// <summary>Says that the numbers are not here, in gpg's words.</summary>
    public static void WriteMissing(OctetWriter body)
    {
        body.Octet((int)Usage.Checksum).Octet(0);
        new StringToKey.NotHere(1).Write(body);
    }

    /// <summary>Writes the numbers locked: in version 6 as the standard wants it, in version 4 so that every program opens it.</summary>
    public static void WriteLocked(OctetWriter body, PacketTag tag, PublicKeyPacket key, ReadOnlySpan<byte> numbers, ReadOnlySpan<byte> passphrase)
    {
        if (key.Version == 6)
        {
            WriteAead(body, tag, key, numbers, passphrase);
        }
        else
        {
            WriteCfb(body, numbers, passphrase);
        }
    }

    private static SecretBytes OpenPlain(PublicKeyPacket key, ReadOnlySpan<byte> numbers)
    {
        if (key.Version == 6)
        {
            return new SecretBytes(numbers);
        }

        return numbers.Length >= 2 && SessionKeyPacket.Checksum(numbers[..^2]) == ((numbers[^2] << 8) | numbers[^1])
            ? new SecretBytes(numbers[..^2])
            : throw new OpenPgpFormatException("The secret key is damaged.");
    }

    private static SecretBytes? OpenLocked(
        PacketTag tag, PublicKeyPacket key, Usage usage, ref OctetReader reader, SecretBytes? passphrase, StringToKeyBudget budget)
    {
        var fieldOctets = key.Version == 6 ? reader.Octet() : 0;
        var fieldsBegin = reader.Position;
        var cipher = (Cipher)reader.Octet();
        var aead = usage == Usage.Aead ? (AeadAlgorithm)reader.Octet() : 0;
        var specifierOctets = key.Version == 6 ? reader.Octet() : 0;
        var specifierBegin = reader.Position;
        var stringToKey = StringToKey.Read(ref reader);
        if (stringToKey is StringToKey.NotHere)
        {
            return null;
        }

        if (key.Version == 6 && reader.Position - specifierBegin != specifierOctets)
        {
            throw new OpenPgpFormatException("The lock of the secret key is not whole.");
        }

        // Argon2 without proof against changes is forbidden (RFC 9580 §3.7.2.1).
        var isPossible = usage == Usage.Aead ? AeadCipher.IsSupported(cipher, aead) : Ciphers.KeyOctets(cipher) > 0 && stringToKey is not StringToKey.Argon2;
        if (!isPossible)
        {
            throw new OpenPgpFormatException("The secret key is locked in a way that is not supported.");
        }

        var start = reader.Take(usage == Usage.Aead ? AeadCipher.NonceOctets(aead) : Ciphers.BlockOctets(cipher));
        if (key.Version == 6 && reader.Position - fieldsBegin != fieldOctets)
        {
            throw new OpenPgpFormatException("The lock of the secret key is not whole.");
        }

        if (passphrase is null)
        {
            throw new OpenPgpFormatException("The secret key is locked with a passphrase.");
        }

        using var derived = stringToKey.Derive(passphrase.Span, Ciphers.KeyOctets(cipher), budget);
        return usage == Usage.Aead ? OpenAead(tag, key, cipher, aead, derived, start, reader.Rest) : OpenCfb(usage, cipher, derived, start, reader.Rest);
    }

    private static SecretBytes OpenAead(
        PacketTag tag, PublicKeyPacket key, Cipher cipher, AeadAlgorithm aead, SecretBytes derived, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> locked)
    {
        if (locked.Length < AeadCipher.TagOctets)
        {
            throw new OpenPgpFormatException("The secret key is not whole.");
        }

        using var mode = CreateAead(tag, key, cipher, aead, derived);
        var numbers = new SecretBytes(locked.Length - AeadCipher.TagOctets);
        if (mode.TryOpen(nonce, Associated(tag, key), locked[..numbers.Length], locked[numbers.Length..], numbers.Span))
        {
            return numbers;
        }

        numbers.Dispose();
        throw new WrongPassphraseException();
    }

    private static SecretBytes OpenCfb(Usage usage, Cipher cipher, SecretBytes derived, ReadOnlySpan<byte> start, ReadOnlySpan<byte> locked)
    {
        var proofOctets = usage == Usage.Sha1 ? ShaOctets : 2;
        if (locked.Length < proofOctets)
        {
            throw new OpenPgpFormatException("The secret key is not whole.");
        }

        using var plain = new SecretBytes(locked.Length);
        using var block = BlockCipher.Create(cipher, derived.Span);
        using var decryptor = new CfbDecryptor(block, start);
        decryptor.Decrypt(locked, plain.Span);
        var numbers = plain.Span[..^proofOctets];
        return CryptographicOperations.FixedTimeEquals(Proof(usage, numbers), plain.Span[^proofOctets..])
            ? new SecretBytes(numbers)
            : throw new WrongPassphraseException();
    }

    private static byte[] Proof(Usage usage, ReadOnlySpan<byte> numbers)
    {
        if (usage == Usage.Sha1)
        {
#pragma warning disable CA5350 // SHA-1 by definition, and encrypted.
            return SHA1.HashData(numbers);
#pragma warning restore CA5350
        }

        var sum = SessionKeyPacket.Checksum(numbers);
        return [(byte)(sum >> 8), (byte)sum];
    }

    private static void WriteAead(OctetWriter body, PacketTag tag, PublicKeyPacket key, ReadOnlySpan<byte> numbers, ReadOnlySpan<byte> passphrase)
    {
        const Cipher Chosen = Cipher.Aes256;
        const AeadAlgorithm Mode = AeadAlgorithm.Ocb;
        var stringToKey = StringToKey.NewArgon2();
        using var specifier = new OctetWriter(32);
        stringToKey.Write(specifier);
        var nonce = RandomNumberGenerator.GetBytes(AeadCipher.NonceOctets(Mode));
        body.Octet((int)Usage.Aead).Octet(3 + specifier.Written.Length + nonce.Length).Octet((int)Chosen).Octet((int)Mode)
            .Octet(specifier.Written.Length).Octets(specifier.Written).Octets(nonce);
        using var derived = stringToKey.Derive(passphrase, Ciphers.KeyOctets(Chosen), new StringToKeyBudget());
        using var mode = CreateAead(tag, key, Chosen, Mode, derived);
        var (locked, proof) = (new byte[numbers.Length], new byte[AeadCipher.TagOctets]);
        mode.Seal(nonce, Associated(tag, key), numbers, locked, proof);
        body.Octets(locked).Octets(proof);
    }

    private static void WriteCfb(OctetWriter body, ReadOnlySpan<byte> numbers, ReadOnlySpan<byte> passphrase)
    {
        const Cipher Chosen = Cipher.Aes256;
        var stringToKey = StringToKey.NewIterated();
        var start = RandomNumberGenerator.GetBytes(Ciphers.BlockOctets(Chosen));
        body.Octet((int)Usage.Sha1).Octet((int)Chosen);
        stringToKey.Write(body);
        body.Octets(start);
        using var derived = stringToKey.Derive(passphrase, Ciphers.KeyOctets(Chosen), new StringToKeyBudget());
        using var plain = new OctetWriter(numbers.Length + ShaOctets);
        plain.Octets(numbers).Octets(Proof(Usage.Sha1, numbers));
        using var block = BlockCipher.Create(Chosen, derived.Span);
        using var encryptor = new CfbEncryptor(block, start);
        var locked = new byte[plain.Written.Length];
        encryptor.Encrypt(plain.Written, locked);
        body.Octets(locked);
    }

    // The key is bound to the packet that it opens (RFC 9580 §3.7.2.1).
    private static AeadCipher CreateAead(PacketTag tag, PublicKeyPacket key, Cipher cipher, AeadAlgorithm aead, SecretBytes derived)
    {
        using var bound = new SecretBytes(Ciphers.KeyOctets(cipher));
        HKDF.DeriveKey(HashAlgorithmName.SHA256, derived.Span, bound.Span, [], [(byte)(0xC0 | (int)tag), (byte)key.Version, (byte)cipher, (byte)aead]);
        return AeadCipher.Create(cipher, aead, bound.Span);
    }

    private static byte[] Associated(PacketTag tag, PublicKeyPacket key) => [(byte)(0xC0 | (int)tag), .. key.Body];
}
