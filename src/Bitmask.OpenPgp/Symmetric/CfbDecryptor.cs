using System.Diagnostics;
using System.Security.Cryptography;
using Bitmask.OpenPgp.Packets;

namespace Bitmask.OpenPgp.Symmetric;

/// <summary>
/// Decrypts a run of octets, given in pieces, in cipher feedback mode (RFC 9580 §12.9). Each block is masked with the encryption of the
/// block before it, and those are all known, so whole runs go to the cipher at once.
/// </summary>
internal sealed class CfbDecryptor(BlockCipher cipher, ReadOnlySpan<byte> start) : IDisposable
{
    private readonly byte[] _before = start.ToArray();
    private readonly PooledOctets _mask = new(BlockCipher.BatchOctets);
    private bool _hasEnded;

    /// <summary>Any length; but after a piece that does not end with a whole block there is no other. The spans must not overlap.</summary>
    public void Decrypt(ReadOnlySpan<byte> cipherText, Span<byte> plain)
    {
        Debug.Assert(!_hasEnded, "The last piece was the end.");
        var block = cipher.BlockOctets;
        _hasEnded = cipherText.Length % block != 0;
        while (!cipherText.IsEmpty)
        {
            var run = cipherText[..Math.Min(cipherText.Length, BlockCipher.BatchOctets)];
            var mask = _mask.Span[..((run.Length + block - 1) / block * block)];
            cipher.Encrypt(_before, mask[..block]);
            if (mask.Length > block)
            {
                cipher.Encrypt(run[..(mask.Length - block)], mask[block..]);
            }

            if (run.Length == mask.Length)
            {
                run[^block..].CopyTo(_before);
            }

            Octets.Xor(run, mask, plain);
            cipherText = cipherText[run.Length..];
            plain = plain[run.Length..];
        }
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_before);
        _mask.Dispose();
    }
}
