using System.Globalization;

namespace Bitmask.Provider.Blobs;

/// <summary>One range of octets (RFC 9110 §14.1.2). LEAP's servers took the end as exclusive and failed on open ranges; nobody relied on it.</summary>
internal readonly record struct ByteRange(long From, long Octets)
{
    private const string Unit = "bytes=";

    /// <summary>
    /// True when the whole blob is to be sent: no range, or another unit, which RFC 9110 §14.2 has us ignore. A range that can not be read or
    /// satisfied, and several at once, give a null <paramref name="range"/>: 416.
    /// </summary>
    public static bool IsWhole(string? header, long size, out ByteRange? range)
    {
        range = null;
        if (header is null || !header.StartsWith(Unit, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        var text = header.AsSpan(Unit.Length).Trim();
        var dash = text.IndexOf('-');
        if (dash < 0)
        {
            return false;
        }

        var first = text[..dash];
        var last = text[(dash + 1)..];
        if (first.IsEmpty)
        {
            if (TryNumber(last, out var suffix) && suffix > 0 && size > 0)
            {
                var octets = Math.Min(suffix, size);
                range = new ByteRange(size - octets, octets);
            }
        }
        else if (TryNumber(first, out var from) && from < size)
        {
            if (last.IsEmpty)
            {
                range = new ByteRange(from, size - from);
            }
            else if (TryNumber(last, out var to) && to >= from)
            {
                range = new ByteRange(from, Math.Min(to, size - 1) - from + 1);
            }
        }

        return false;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
