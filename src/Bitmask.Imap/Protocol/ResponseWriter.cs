using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Bitmask.Imap.Protocol;

/// <summary>
/// Writes response productions of RFC 3501 §9 into a buffer. Does no I/O: the session flushes, after <see cref="Commit"/>. Responses are many small
/// words, so room is taken for many of them at a time.
/// </summary>
internal sealed class ResponseWriter(IBufferWriter<byte> output)
{
    private const int MaxQuotedOctets = 1000;
    private const int MaxKnownFlagLists = 4096;
    private const int MaxStackChars = 256;
    private const int RoomOctets = 2048;

    // Messages with equal flags share one set, so a mailbox of any size has a few lists only.
    private readonly Dictionary<IReadOnlySet<string>, byte[]> _flagLists = new(ReferenceEqualityComparer.Instance);

    private Memory<byte> _room;
    private int _used;

    private static ReadOnlySpan<byte> Crlf => "\r\n"u8;

    /// <summary>The client takes UTF-8 in quoted strings and in mailbox names (RFC 6855 §3).</summary>
    public bool IsUtf8 { get; set; }

    /// <summary>Octets written so far.</summary>
    public long Written { get; private set; }

    /// <summary>Octets as they are.</summary>
    public void Raw(ReadOnlySpan<byte> octets)
    {
        Written += octets.Length;
        if (octets.Length <= RoomOctets)
        {
            octets.CopyTo(Room(octets.Length));
            _used += octets.Length;
            return;
        }

        Commit();
        output.Write(octets);
    }

    /// <summary>Hands all that was written to the buffer.</summary>
    public void Commit()
    {
        if (_used > 0)
        {
            output.Advance(_used);
        }

        (_room, _used) = (default, 0);
    }

    /// <summary>ASCII text as it is.</summary>
    public void Raw(string ascii)
    {
        Advance(Encoding.ASCII.GetBytes(ascii, Room(ascii.Length)));
    }

    /// <summary>A number.</summary>
    public void Number(long value)
    {
        value.TryFormat(Room(20), out var written, provider: CultureInfo.InvariantCulture);
        Advance(written);
    }

    /// <summary>fetch-mod-resp (RFC 7162 §7).</summary>
    public void ModSeq(long value)
    {
        Raw("MODSEQ ("u8);
        Number(value);
        Raw(")"u8);
    }

    /// <summary>A line: text and its end.</summary>
    public void Line(string text)
    {
        // Text may carry words of the client or of the store; no line end may hide in it.
        Raw(text.AsSpan().ContainsAnyInRange('\0', '\x1f') ? new string([.. text.Where(static c => !char.IsControl(c))]) : text);
        Raw(Crlf);
    }

    /// <summary>The end of a line.</summary>
    public void EndLine() => Raw(Crlf);

    /// <summary>string: quoted when it is short 7-bit text, else a literal.</summary>
    public void String(ReadOnlySpan<byte> octets)
    {
        if (octets.Length > MaxQuotedOctets || octets.ContainsAny("\0\r\n\x7f"u8)
            || (octets.ContainsAnyInRange((byte)0x80, (byte)0xff) && !(IsUtf8 && Utf8.IsValid(octets))))
        {
            Literal(octets);
            return;
        }

        Raw("\""u8);
        while (octets.IndexOfAny((byte)'"', (byte)'\\') is >= 0 and var special)
        {
            Raw(octets[..special]);
            Raw("\\"u8);
            Raw(octets.Slice(special, 1));
            octets = octets[(special + 1)..];
        }

        Raw(octets);
        Raw("\""u8);
    }

    /// <summary>string, in UTF-8.</summary>
    public void String(string text)
    {
        if (text.Length > MaxStackChars)
        {
            String(Encoding.UTF8.GetBytes(text));
            return;
        }

        Span<byte> octets = stackalloc byte[3 * MaxStackChars];
        String(octets[..Encoding.UTF8.GetBytes(text, octets)]);
    }

    /// <summary>nstring.</summary>
    public void NString(string? text)
    {
        if (text is null)
        {
            Nil();
        }
        else
        {
            String(text);
        }
    }

    /// <summary>NIL.</summary>
    public void Nil() => Raw("NIL"u8);

    /// <summary>astring: an atom when it can be one.</summary>
    public void AString(string text)
    {
        if (text.Length is > 0 and < 256 && text.All(static c => c < 0x80 && Chars.IsAstring((byte)c)) && !text.Equals("NIL", StringComparison.OrdinalIgnoreCase))
        {
            Raw(text);
        }
        else
        {
            String(text);
        }
    }

    /// <summary>A mailbox name in modified UTF-7, or in UTF-8.</summary>
    public void Mailbox(string name)
    {
        var wire = IsUtf8 ? name : MailboxName.Encode(name);
        if (wire == MailboxName.Inbox)
        {
            Raw(wire);
        }
        else
        {
            String(wire);
        }
    }

    /// <summary>The announcement of a literal; the octets follow by <see cref="Raw(ReadOnlySpan{byte})"/>.</summary>
    public void LiteralHeader(long octets)
    {
        Raw("{"u8);
        Number(octets);
        Raw("}\r\n"u8);
    }

    /// <summary>A literal.</summary>
    public void Literal(ReadOnlySpan<byte> octets)
    {
        LiteralHeader(octets.Length);
        Raw(octets);
    }

    /// <summary>Words in parentheses.</summary>
    public void List(IEnumerable<string> atoms)
    {
        Raw("("u8);
        Raw(string.Join(' ', atoms));
        Raw(")"u8);
    }

    /// <summary>flag-list: system flags first, then keywords by name.</summary>
    /// <param name="flags">The flags that are kept.</param>
    /// <param name="isRecent">\Recent, which is the session's.</param>
    public void Flags(IReadOnlySet<string> flags, bool isRecent = false)
    {
        if (!_flagLists.TryGetValue(flags, out var list))
        {
            var words = FlagNames.System.Where(flags.Contains).Concat(flags.Where(static f => !f.StartsWith('\\')).Order(StringComparer.Ordinal));
            list = Encoding.ASCII.GetBytes($"({string.Join(' ', words)})");
            if (_flagLists.Count < MaxKnownFlagLists)
            {
                _flagLists.Add(flags, list);
            }
        }

        if (isRecent)
        {
            Raw(flags.Count > 0 ? "(\\Recent "u8 : "(\\Recent"u8);
            Raw(list.AsSpan(1));
            return;
        }

        Raw(list);
    }

    private Span<byte> Room(int octets)
    {
        if (_room.Length - _used < octets)
        {
            Commit();
            _room = output.GetMemory(Math.Max(octets, RoomOctets));
        }

        return _room.Span[_used..];
    }

    private void Advance(int written)
    {
        _used += written;
        Written += written;
    }
}
