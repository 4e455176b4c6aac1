using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Bitmask.OpenPgp.Symmetric;

/// <summary>EAX mode (RFC 9580 §5.13.3): counter mode, authenticated by three CMACs over nonce, associated data and ciphertext.</summary>
internal sealed class EaxCipher : AeadCipher
{
    private const int Block = 16;

    private readonly BlockCipher _cipher;
    private readonly byte[] _whole = new byte[Block];
    private readonly byte[] _partial = new byte[Block];
    private readonly byte[] _counters = new byte[BlockCipher.BatchOctets];

    public EaxCipher(BlockCipher cipher)
    {
        _cipher = cipher;
        Span<byte> zero = stackalloc byte[Block];
        zero.Clear();
        _cipher.Encrypt(zero, zero);
        Octets.Double(zero, _whole);
        Octets.Double(_whole, _partial);
    }

    public override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plain, Span<byte> cipherText, Span<byte> tag)
    {
        Span<byte> start = stackalloc byte[Block];
        Mac(0, nonce, start);
        Count(start, plain, cipherText);
        Tag(start, associated, cipherText[..plain.Length], tag);
    }

    public override bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> cipherText, ReadOnlySpan<byte> tag, Span<byte> plain)
    {
        Span<byte> start = stackalloc byte[Block];
        Span<byte> expected = stackalloc byte[TagOctets];
        Mac(0, nonce, start);
        Tag(start, associated, cipherText, expected);
        if (!CryptographicOperations.FixedTimeEquals(expected, tag))
        {
            plain[..cipherText.Length].Clear();
            return false;
        }

        Count(start, cipherText, plain);
        return true;
    }

    public override void Dispose()
    {
        CryptographicOperations.ZeroMemory(_whole);
        CryptographicOperations.ZeroMemory(_partial);
        CryptographicOperations.ZeroMemory(_counters);
        _cipher.Dispose();
    }

    private void Tag(ReadOnlySpan<byte> start, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> cipherText, Span<byte> tag)
    {
        Span<byte> mac = stackalloc byte[Block];
        start.CopyTo(tag);
        Mac(1, associated, mac);
        Octets.Xor(mac, tag, tag);
        Mac(2, cipherText, mac);
        Octets.Xor(mac, tag, tag);
    }

    // CMAC (SP 800-38B) of a block that says what is authenticated, and the octets.
    private void Mac(byte what, ReadOnlySpan<byte> octets, Span<byte> mac)
    {
        Span<byte> last = stackalloc byte[Block];
        last.Clear();
        mac.Clear();
        if (octets.IsEmpty)
        {
            last[Block - 1] = what;
            Octets.Xor(_whole, last, last);
            _cipher.Chain(last, mac);
            return;
        }

        last[Block - 1] = what;
        _cipher.Chain(last, mac);
        // The last block, whole or not, is masked, so that none is another's beginning.
        var before = (octets.Length - 1) / Block * Block;
        _cipher.Chain(octets[..before], mac);
        var rest = octets[before..];
        last.Clear();
        rest.CopyTo(last);
        if (rest.Length < Block)
        {
            last[rest.Length] = 0x80;
        }

        Octets.Xor(rest.Length < Block ? _partial : _whole, last, last);
        _cipher.Chain(last, mac);
    }

    private void Count(ReadOnlySpan<byte> start, ReadOnlySpan<byte> input, Span<byte> output)
    {
        var counter = BinaryPrimitives.ReadUInt128BigEndian(start);
        while (!input.IsEmpty)
        {
            var run = input[..Math.Min(input.Length, _counters.Length)];
            var counters = _counters.AsSpan(0, (run.Length + Block - 1) & ~(Block - 1));
            for (var at = 0; at < counters.Length; at += Block)
            {
                BinaryPrimitives.WriteUInt128BigEndian(counters[at..], counter++);
            }

            _cipher.Encrypt(counters, counters);
            Octets.Xor(run, counters, output);
            input = input[run.Length..];
            output = output[run.Length..];
        }
    }
}
