namespace Bitmask.Imap.Protocol;

/// <summary>The end of a line that announces a literal: <c>{123}</c>, or <c>{123+}</c> without waiting (RFC 7888 §4).</summary>
/// <param name="Octets">Announced length; absurdly long numbers read as an absurdly large one.</param>
/// <param name="NonSynchronizing">The client does not wait for a continuation.</param>
/// <param name="Length">Octets of the announcement itself.</param>
internal readonly record struct LiteralSuffix(long Octets, bool NonSynchronizing, int Length)
{
    /// <summary>Reads the announcement that ends <paramref name="line"/>; false when there is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out LiteralSuffix literal)
    {
        literal = default;
        if (line is not [.., (byte)'}'])
        {
            return false;
        }

        var open = line.LastIndexOf((byte)'{');
        if (open < 0)
        {
            return false;
        }

        var inner = line[(open + 1)..^1];
        var plus = inner is [.., (byte)'+'];
        var digits = plus ? inner[..^1] : inner;
        if (digits.IsEmpty || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return false;
        }

        digits = digits.TrimStart((byte)'0');
        var octets = 0L;
        foreach (var digit in digits)
        {
            octets = digits.Length > 18 ? int.MaxValue * 1000L : (octets * 10) + (digit - '0');
        }

        literal = new LiteralSuffix(octets, plus, line.Length - open);
        return true;
    }
}
