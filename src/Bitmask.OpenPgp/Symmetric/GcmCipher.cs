using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace Bitmask.OpenPgp.Symmetric;

/// <summary>AES in Galois/counter mode (SP 800-38D) by the platform.</summary>
internal sealed class GcmCipher(ReadOnlySpan<byte> key) : AeadCipher
{
    private readonly AesGcm _gcm = new(key, TagOctets);

    public override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plain, Span<byte> cipherText, Span<byte> tag)
        => _gcm.Encrypt(nonce, plain, cipherText[..plain.Length], tag, associated);

    public override bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> cipherText, ReadOnlySpan<byte> tag, Span<byte> plain)
    {
        try
        {
            _gcm.Decrypt(nonce, cipherText, tag, plain[..cipherText.Length], associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public override void Dispose() => _gcm.Dispose();
}

/// <summary>The other ciphers in that mode.</summary>
internal sealed class ManagedGcmCipher(Cipher cipher, ReadOnlySpan<byte> key) : AeadCipher
{
    private readonly KeyParameter _key = new(key);

    public override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plain, Span<byte> cipherText, Span<byte> tag)
    {
        var sealedOctets = Run(forEncryption: true, nonce, associated, plain.ToArray());
        sealedOctets.AsSpan(0, plain.Length).CopyTo(cipherText);
        sealedOctets.AsSpan(plain.Length).CopyTo(tag);
    }

    public override bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> cipherText, ReadOnlySpan<byte> tag, Span<byte> plain)
    {
        try
        {
            var opened = Run(forEncryption: false, nonce, associated, [.. cipherText, .. tag]);
            opened.CopyTo(plain);
            CryptographicOperations.ZeroMemory(opened);
            return true;
        }
        catch (InvalidCipherTextException)
        {
            plain[..cipherText.Length].Clear();
            return false;
        }
    }

    public override void Dispose()
    {
    }

    private byte[] Run(bool forEncryption, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, byte[] input)
    {
        var gcm = new GcmBlockCipher(cipher == Cipher.Twofish ? new TwofishEngine() : new CamelliaEngine());
        gcm.Init(forEncryption, new AeadParameters(_key, 8 * TagOctets, nonce.ToArray(), associated.ToArray()));
        var output = new byte[gcm.GetOutputSize(input.Length)];
        var written = gcm.ProcessBytes(input, 0, input.Length, output, 0);
        gcm.DoFinal(output, written);
        return output;
    }
}
