using System.Text;

namespace Bitmask.Mail;

/// <summary>Reads the columns that <see cref="HeadCodec"/> and <see cref="OrderTable"/> write. Reads on; what is not there is empty, and the end is then not where it should be.</summary>
internal ref struct PackedReader(ReadOnlySpan<byte> octets)
{
    private ReadOnlySpan<byte> _rest = octets;
    private bool _failed;

    public readonly bool IsAtEnd => _rest.IsEmpty && !_failed;

    public byte Octet()
    {
        if (_rest.IsEmpty)
        {
            _failed = true;
            return 0;
        }

        var octet = _rest[0];
        _rest = _rest[1..];
        return octet;
    }

    public long Number()
    {
        var value = 0L;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var octet = Octet();
            value |= (long)(octet & 0x7f) << shift;
            if (octet < 0x80)
            {
                return value;
            }
        }

        _failed = true;
        return 0;
    }

    /// <summary>A number of things that take an octet each, at least.</summary>
    public int Count()
    {
        var count = Number();
        if (count >= 0 && count <= _rest.Length)
        {
            return (int)count;
        }

        _failed = true;
        return 0;
    }

    public string Text()
    {
        var length = Count();
        var text = length == 0 ? "" : Encoding.UTF8.GetString(_rest[..length]);
        _rest = _rest[length..];
        return text;
    }

    public string? TextOrNull() => Octet() == 0 ? null : Text();
}
