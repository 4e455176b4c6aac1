using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Bitmask.OpenPgp.Symmetric;

/// <summary>
/// Offset codebook mode (RFC 7253) with tags of 128 bits. The platform has it not, but has blocks by the thousand: offsets are combined
/// with a whole run of blocks before and after one call of the cipher.
/// </summary>
internal sealed class OcbCipher : AeadCipher
{
    private const int Block = 16;

    // L_0 and its doubles: as many as a chunk of 4 MiB needs, and some.
    private readonly Vector128<byte>[] _l = new Vector128<byte>[32];
    private readonly Vector128<byte> _lStar;
    private readonly Vector128<byte> _lDollar;
    private readonly BlockCipher _cipher;
    private readonly byte[] _blocks = new byte[BlockCipher.BatchOctets];
    private readonly Vector128<byte>[] _offsets = new Vector128<byte>[BlockCipher.BatchOctets / Block];

    public OcbCipher(BlockCipher cipher)
    {
        _cipher = cipher;
        _lStar = Encrypted(default);
        _lDollar = Doubled(_lStar);
        _l[0] = Doubled(_lDollar);
        for (var i = 1; i < _l.Length; i++)
        {
            _l[i] = Doubled(_l[i - 1]);
        }
    }

    public override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plain, Span<byte> cipherText, Span<byte> tag)
        => Run(nonce, associated, plain, cipherText, isSealing: true).CopyTo(tag);

    public override bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> cipherText, ReadOnlySpan<byte> tag, Span<byte> plain)
    {
        Span<byte> expected = stackalloc byte[TagOctets];
        Run(nonce, associated, cipherText, plain, isSealing: false).CopyTo(expected);
        if (CryptographicOperations.FixedTimeEquals(expected, tag))
        {
            return true;
        }

        CryptographicOperations.ZeroMemory(plain[..cipherText.Length]);
        return false;
    }

    public override void Dispose()
    {
        Array.Clear(_l);
        Array.Clear(_offsets);
        CryptographicOperations.ZeroMemory(_blocks);
        _cipher.Dispose();
    }

    // Encrypts or decrypts, and returns the tag.
    private Vector128<byte> Run(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> input, Span<byte> output, bool isSealing)
    {
        var (offset, checksum, index) = (FirstOffset(nonce), Vector128<byte>.Zero, 0u);
        while (input.Length >= Block)
        {
            var octets = Math.Min(input.Length, _blocks.Length) & ~(Block - 1);
            var source = MemoryMarshal.Cast<byte, Vector128<byte>>(input[..octets]);
            var target = MemoryMarshal.Cast<byte, Vector128<byte>>(output[..octets]);
            var blocks = MemoryMarshal.Cast<byte, Vector128<byte>>(_blocks.AsSpan(0, octets));
            for (var i = 0; i < source.Length; i++)
            {
                offset ^= _l[BitOperations.TrailingZeroCount(++index)];
                _offsets[i] = offset;
                var block = source[i];
                blocks[i] = block ^ offset;
                checksum ^= isSealing ? block : default;
            }

            var run = _blocks.AsSpan(0, octets);
            if (isSealing)
            {
                _cipher.Encrypt(run, run);
            }
            else
            {
                _cipher.Decrypt(run, run);
            }

            for (var i = 0; i < target.Length; i++)
            {
                var block = blocks[i] ^ _offsets[i];
                target[i] = block;
                checksum ^= isSealing ? default : block;
            }

            input = input[octets..];
            output = output[octets..];
        }

        if (!input.IsEmpty)
        {
            offset ^= _lStar;
            Span<byte> pad = stackalloc byte[Block];
            Encrypted(offset).CopyTo(pad);
            Span<byte> last = stackalloc byte[Block];
            last.Clear();
            input.CopyTo(last);
            Octets.Xor(input, pad, output);
            (isSealing ? last[..input.Length] : output[..input.Length]).CopyTo(last);
            last[input.Length] = 0x80;
            checksum ^= Vector128.Create<byte>(last);
        }

        return Encrypted(checksum ^ offset ^ _lDollar) ^ Hash(associated);
    }

    private Vector128<byte> FirstOffset(ReadOnlySpan<byte> nonce)
    {
        Span<byte> block = stackalloc byte[Block];
        block.Clear();
        nonce.CopyTo(block[(Block - nonce.Length)..]);
        block[Block - nonce.Length - 1] |= 1;
        var bottom = block[15] & 0x3F;
        block[15] &= 0xC0;
        Span<byte> stretch = stackalloc byte[Block + 8];
        _cipher.Encrypt(block, stretch[..Block]);
        Octets.Xor(stretch[..8], stretch.Slice(1, 8), stretch[Block..]);
        var (octets, bits) = (bottom / 8, bottom % 8);
        for (var i = 0; i < Block; i++)
        {
            block[i] = (byte)((stretch[i + octets] << bits) | (bits == 0 ? 0 : stretch[i + octets + 1] >> (8 - bits)));
        }

        return Vector128.Create<byte>(block);
    }

    private Vector128<byte> Hash(ReadOnlySpan<byte> associated)
    {
        var (sum, offset, index) = (Vector128<byte>.Zero, Vector128<byte>.Zero, 0u);
        for (; associated.Length >= Block; associated = associated[Block..])
        {
            offset ^= _l[BitOperations.TrailingZeroCount(++index)];
            sum ^= Encrypted(Vector128.Create<byte>(associated[..Block]) ^ offset);
        }

        if (!associated.IsEmpty)
        {
            Span<byte> last = stackalloc byte[Block];
            last.Clear();
            associated.CopyTo(last);
            last[associated.Length] = 0x80;
            sum ^= Encrypted(Vector128.Create<byte>(last) ^ offset ^ _lStar);
        }

        return sum;
    }

    private Vector128<byte> Encrypted(Vector128<byte> block)
    {
        Span<byte> octets = stackalloc byte[Block];
        block.CopyTo(octets);
        _cipher.Encrypt(octets, octets);
        return Vector128.Create<byte>(octets);
    }

    private static Vector128<byte> Doubled(Vector128<byte> block)
    {
        Span<byte> octets = stackalloc byte[Block];
        Span<byte> doubled = stackalloc byte[Block];
        block.CopyTo(octets);
        Octets.Double(octets, doubled);
        return Vector128.Create<byte>(doubled);
    }
}
