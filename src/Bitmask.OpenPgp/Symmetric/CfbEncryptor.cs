using System.Diagnostics;
using System.Security.Cryptography;

namespace Bitmask.OpenPgp.Symmetric;

/// <summary>Encrypts a run of octets, given in pieces, in cipher feedback mode (RFC 9580 §12.9).</summary>
internal sealed class CfbEncryptor(BlockCipher cipher, ReadOnlySpan<byte> start) : IDisposable
{
    private readonly byte[] _before = start.ToArray();
    private bool _hasEnded;

    /// <summary>Any length; but after a piece that does not end with a whole block there is no other. Both spans may be the same one.</summary>
    public void Encrypt(ReadOnlySpan<byte> plain, Span<byte> cipherText)
    {
        Debug.Assert(!_hasEnded, "The last piece was the end.");
        var block = cipher.BlockOctets;
        var whole = plain.Length - (plain.Length % block);
        if (whole > 0)
        {
            cipher.EncryptCfb(plain[..whole], _before, cipherText[..whole]);
            cipherText.Slice(whole - block, block).CopyTo(_before);
        }

        if (whole < plain.Length)
        {
            cipher.Encrypt(_before, _before);
            Octets.Xor(plain[whole..], _before, cipherText[whole..]);
            _hasEnded = true;
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_before);
}
