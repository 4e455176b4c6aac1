namespace Bitmask.Fuzz;

/// <summary>Makes hostile octets out of well-formed ones. The same seed gives the same octets, on every machine.</summary>
internal sealed class Mutator(int seed, IReadOnlyList<byte[]> seeds)
{
    private const int MaxOctets = 256 * 1024;

    /// <summary>Octets and numbers that parsers stumble over.</summary>
    private static readonly byte[][] Tokens =
    [
        [0], [0xFF], [0x7F], [0x80], "\r"u8.ToArray(), "\n"u8.ToArray(), "\r\n"u8.ToArray(), "\r\n\r\n"u8.ToArray(), "."u8.ToArray(), "\r\n.\r\n"u8.ToArray(),
        "\""u8.ToArray(), "\\"u8.ToArray(), "("u8.ToArray(), ")"u8.ToArray(), "<"u8.ToArray(), ">"u8.ToArray(), "@"u8.ToArray(), ","u8.ToArray(), ":"u8.ToArray(), ";"u8.ToArray(),
        "{"u8.ToArray(), "}"u8.ToArray(), "["u8.ToArray(), "]"u8.ToArray(), "{5+}\r\n"u8.ToArray(), "="u8.ToArray(), "=?utf-8?q?=FF?="u8.ToArray(), "&"u8.ToArray(), "&-"u8.ToArray(),
        "-1"u8.ToArray(), "0"u8.ToArray(), "1e999"u8.ToArray(), "2147483648"u8.ToArray(), "4294967296"u8.ToArray(), "18446744073709551616"u8.ToArray(), "9999999999999999999999"u8.ToArray(),
        "null"u8.ToArray(), "true"u8.ToArray(), "[]"u8.ToArray(), "{}"u8.ToArray(), "\"\\ud800\""u8.ToArray(), "\\u0000"u8.ToArray(), "\\udfff"u8.ToArray(), [0xC3], [0xED, 0xA0, 0x80], [0xEF, 0xBB, 0xBF],
        [0xFF, 0xFF, 0xFF, 0xFF], [0x7F, 0xFF, 0xFF, 0xFF], [0x80, 0, 0, 0], [0, 0, 0, 0],
    ];

    private readonly Random _random = new(seed);

    /// <summary>One of the seeds with a few faults: lost, doubled, moved or changed octets, foreign ones put in, halves of two joined.</summary>
    public byte[] Next()
    {
        var octets = new List<byte>(Pick(seeds));
        for (var faults = 1 << _random.Next(5); faults > 0; faults--)
        {
            Damage(octets);
        }

        return octets.Count <= MaxOctets ? [.. octets] : [.. octets.Take(MaxOctets)];
    }

    private void Damage(List<byte> octets)
    {
        if (octets.Count == 0)
        {
            octets.AddRange(Pick(Tokens));
            return;
        }

        var at = _random.Next(octets.Count);
        var length = Math.Min(1 << _random.Next(8), octets.Count - at);
        switch (_random.Next(9))
        {
            case 0:
                octets[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1:
                octets[at] = (byte)_random.Next(256);
                break;
            case 2:
                octets.RemoveRange(at, length);
                break;
            case 3:
                octets.InsertRange(at, octets.GetRange(at, length));
                break;
            case 4:
                octets.InsertRange(at, Pick(Tokens));
                break;
            case 5:
                Overwrite(octets, at, Pick(Tokens));
                break;
            case 6:
                octets.RemoveRange(at, octets.Count - at);
                break;
            case 7:
                var other = Pick(seeds);
                octets.RemoveRange(at, octets.Count - at);
                octets.AddRange(other.AsSpan(_random.Next(other.Length + 1)));
                break;
            default:
                var moved = octets.GetRange(at, length);
                octets.RemoveRange(at, length);
                octets.InsertRange(_random.Next(octets.Count + 1), moved);
                break;
        }
    }

    private static void Overwrite(List<byte> octets, int at, byte[] token)
    {
        for (var i = 0; i < token.Length && at + i < octets.Count; i++)
        {
            octets[at + i] = token[i];
        }
    }

    private byte[] Pick(IReadOnlyList<byte[]> list) => list[_random.Next(list.Count)];
}
