using System.Security.Cryptography;
using Bitmask.Primitives;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace Bitmask.Soledad.Leap;

/// <summary>
/// The ciphers of LEAP's formats: AES-256-GCM with a 16-octet IV, which the platform's class does not take, and AES-256-CTR, which
/// only very old files use.
/// </summary>
internal static class LeapCipher
{
    public const int IvOctets = 16;
    public const int TagOctets = 16;
    public const int KeyOctets = 32;

    /// <summary>Ciphertext followed by the tag.</summary>
    public static byte[] EncryptGcm(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plaintext)
        => Run(encrypt: true, key, iv, associated, plaintext);

    /// <summary>The plaintext, or null when the tag does not fit.</summary>
    public static byte[]? DecryptGcm(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> ciphertextAndTag)
    {
        if (ciphertextAndTag.Length < TagOctets)
        {
            return null;
        }

        try
        {
            return Run(encrypt: false, key, iv, associated, ciphertextAndTag);
        }
        catch (InvalidCipherTextException)
        {
            return null;
        }
    }

    /// <summary>Counter mode, the same in both directions; authenticates nothing.</summary>
    public static byte[] Ctr(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> data)
    {
        var cipher = new BufferedBlockCipher(new SicBlockCipher(AesUtilities.CreateEngine()));
        cipher.Init(true, new ParametersWithIV(new KeyParameter(key), iv));
        var output = new byte[cipher.GetOutputSize(data.Length)];
        cipher.DoFinal(data, output);
        return output;
    }

    /// <summary>scrypt with the fixed costs of LEAP: N = 16384, r = 8, p = 1, 32 octets.</summary>
    public static SecretBytes Scrypt(byte[] secret, byte[] salt)
    {
        var key = Org.BouncyCastle.Crypto.Generators.SCrypt.Generate(secret, salt, 16384, 8, 1, KeyOctets);
        var result = new SecretBytes(key);
        CryptographicOperations.ZeroMemory(key);
        return result;
    }

    private static byte[] Run(bool encrypt, ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> input)
    {
        var gcm = new GcmBlockCipher(AesUtilities.CreateEngine());
        gcm.Init(encrypt, new AeadParameters(new KeyParameter(key), TagOctets * 8, iv.ToArray(), associated.ToArray()));
        var output = new byte[gcm.GetOutputSize(input.Length)];
        var written = gcm.ProcessBytes(input, output);
        gcm.DoFinal(output.AsSpan(written));
        return output;
    }
}
