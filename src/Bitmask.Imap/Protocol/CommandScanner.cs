using System.Buffers.Text;
using System.Text;

namespace Bitmask.Imap.Protocol;

/// <summary>
/// Reads the arguments of one command from left to right. Each method takes one production of RFC 3501 §9 or throws
/// <see cref="ImapSyntaxException"/>; what several commands share (sets, flags, dates) has a file of its own.
/// </summary>
internal sealed class CommandScanner(RawCommand command, bool utf8 = false)
{
    private const int MaxTagOctets = 256;
    private byte[] _text = command.Text[0];
    private int _index;
    private int _position;

    /// <summary>The next octet of text, 0 at its end.</summary>
    public byte Peek => _position < _text.Length ? _text[_position] : (byte)0;

    /// <summary>Everything was read.</summary>
    public bool AtEnd => _position >= _text.Length && _index == command.Literals.Count;

    /// <summary>Nothing but blanks is left.</summary>
    public bool IsBlankToTheEnd => _index == command.Literals.Count && _text.AsSpan(_position).IndexOfAnyExcept((byte)' ') < 0;

    /// <summary>Every octet could stand in a tag.</summary>
    public static bool IsTag(ReadOnlySpan<byte> text)
    {
        foreach (var c in text)
        {
            if (!Chars.IsTag(c))
            {
                return false;
            }
        }

        return !text.IsEmpty;
    }

    /// <summary>The tag, or null when the command does not even begin with one.</summary>
    public string? Tag()
    {
        var tag = Take(Chars.IsTag);
        return tag.Length is 0 or > MaxTagOctets || Peek != (byte)' ' ? null : Encoding.ASCII.GetString(tag);
    }

    /// <summary>Exactly one space.</summary>
    public void Space()
    {
        if (!TryTake((byte)' '))
        {
            throw new ImapSyntaxException(AtEnd ? "Missing argument" : "Expected a space");
        }
    }

    /// <summary>Nothing may follow.</summary>
    public void End()
    {
        // A blank at the end of a line is a frequent slip of simple clients and means nothing else.
        while (!AtEnd && TryTake((byte)' '))
        {
        }

        if (!AtEnd)
        {
            throw new ImapSyntaxException("Unexpected text at the end of the command");
        }
    }

    /// <summary>Passes over everything that is left.</summary>
    public void SkipAll() => (_index, _text, _position) = (command.Literals.Count, [], 0);

    /// <summary>Takes <paramref name="c"/> if it is next.</summary>
    public bool TryTake(byte c)
    {
        if (Peek != c || _position >= _text.Length)
        {
            return false;
        }

        _position++;
        return true;
    }

    /// <summary>Takes <paramref name="c"/>, which must be next.</summary>
    public void Expect(byte c)
    {
        if (!TryTake(c))
        {
            throw new ImapSyntaxException($"Expected '{(char)c}'");
        }
    }

    /// <summary>Takes <paramref name="word"/>, in any case, if it is next and a word ends there.</summary>
    public bool TryWord(string word)
    {
        var rest = _text.AsSpan(_position);
        if (rest.Length < word.Length || !Ascii.EqualsIgnoreCase(rest[..word.Length], word)
            || (rest.Length > word.Length && char.IsAsciiLetterOrDigit((char)rest[word.Length])))
        {
            return false;
        }

        _position += word.Length;
        return true;
    }

    /// <summary>Whether <paramref name="text"/>, in any case, is next.</summary>
    public bool PeekIs(string text)
    {
        var rest = _text.AsSpan(_position);
        return rest.Length >= text.Length && Ascii.EqualsIgnoreCase(rest[..text.Length], text);
    }

    /// <summary>atom.</summary>
    public string Atom() => Word(Chars.IsAtom, "Expected an atom");

    /// <summary>A keyword of the grammar, in upper case: letters, digits, dots and hyphens.</summary>
    public string Keyword()
        => Word(static c => char.IsAsciiLetterOrDigit((char)c) || c is (byte)'.' or (byte)'-', "Expected a word").ToUpperInvariant();

    /// <summary>base64 of an AUTHENTICATE initial response; <c>=</c> stands for an empty one (RFC 4959 §3).</summary>
    public string Base64Text() => Word(static c => c is > 0x20 and < 0x7f, "Expected base64");

    /// <summary>number.</summary>
    public uint Number()
    {
        var digits = Take(static c => c is >= (byte)'0' and <= (byte)'9');
        return digits.Length is > 0 and < 20 && Utf8Parser.TryParse(digits, out ulong value, out _) && value <= uint.MaxValue
            ? (uint)value
            : throw new ImapSyntaxException("Expected a number");
    }

    /// <summary>number64 and mod-sequence-valzer (RFC 7162 §7): at most 63 bits.</summary>
    public long Number63()
    {
        var digits = Take(static c => c is >= (byte)'0' and <= (byte)'9');
        return digits.Length is > 0 and < 20 && Utf8Parser.TryParse(digits, out ulong value, out _) && value <= long.MaxValue
            ? (long)value
            : throw new ImapSyntaxException("Expected a number");
    }

    /// <summary>nz-number.</summary>
    public uint NonZeroNumber() => Number() is var n and not 0 ? n : throw new ImapSyntaxException("A number here must not be zero");

    /// <summary>append-data: a literal, a literal8 (RFC 3516 §4.4), or one of those as UTF8 (~{n}) (RFC 6855 §4). Only a literal8 may hold a NUL.</summary>
    public ReadOnlyMemory<byte> MessageData()
    {
        var isUtf8 = TryWord("UTF8");
        if (isUtf8)
        {
            Space();
            Expect((byte)'(');
        }

        var isBinary = TryTake((byte)'~');
        var message = Literal();
        if (isUtf8)
        {
            Expect((byte)')');
        }

        return isBinary || !message.Span.Contains((byte)0) ? message : throw new ImapSyntaxException("A literal can not hold a NUL; a literal8 can (RFC 9051 section 4.3.1)");
    }

    /// <summary>A literal must be next.</summary>
    public ReadOnlyMemory<byte> Literal()
        => TryLiteral() ?? throw new ImapSyntaxException("Expected a literal");

    /// <summary>string: quoted or literal.</summary>
    public ReadOnlyMemory<byte> String()
        => Peek == (byte)'"' ? Quoted() : TryLiteral() ?? throw new ImapSyntaxException("Expected a string");

    /// <summary>astring.</summary>
    public ReadOnlyMemory<byte> AString() => StringOr(Chars.IsAstring);

    /// <summary>astring, read as UTF-8.</summary>
    public string AStringText() => Text(AString());

    /// <summary>mailbox: an astring in modified UTF-7, or in UTF-8 for clients that said so, INBOX in any case.</summary>
    public string Mailbox()
    {
        var name = Text(AString());
        return MailboxName.Decode(name.Length > 1 && name[^1] == MailboxName.Separator ? name[..^1] : name, utf8);
    }

    /// <summary>list-mailbox: a name with wildcards, in modified UTF-7.</summary>
    public string ListMailbox() => MailboxName.Decode(Text(StringOr(Chars.IsList)), utf8);

    /// <summary>Octets as text; octets that are no UTF-8 read as Latin 1, so that nothing is lost.</summary>
    public static string Text(ReadOnlyMemory<byte> octets)
    {
        try
        {
            return StrictUtf8.GetString(octets.Span);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(octets.Span);
        }
    }

    /// <summary>The words of a parenthesized list, at least one unless <paramref name="mayBeEmpty"/>.</summary>
    public List<T> List<T>(Func<CommandScanner, T> item, bool mayBeEmpty = false)
    {
        Expect((byte)'(');
        var items = new List<T>();
        if (mayBeEmpty && TryTake((byte)')'))
        {
            return items;
        }

        do
        {
            items.Add(item(this));
        }
        while (TryTake((byte)' '));
        Expect((byte)')');
        return items;
    }

    /// <summary>Octets as long as <paramref name="accept"/> takes them.</summary>
    public ReadOnlySpan<byte> Take(Func<byte, bool> accept)
    {
        var start = _position;
        while (_position < _text.Length && accept(_text[_position]))
        {
            _position++;
        }

        return _text.AsSpan(start, _position - start);
    }

    private static UTF8Encoding StrictUtf8 { get; } = new(false, throwOnInvalidBytes: true);

    private ReadOnlyMemory<byte> StringOr(Func<byte, bool> accept)
    {
        if (Peek == (byte)'"')
        {
            return Quoted();
        }

        if (TryLiteral() is { } literal)
        {
            return literal;
        }

        var start = _position;
        return Take(accept).IsEmpty
            ? throw new ImapSyntaxException(AtEnd ? "Missing argument" : "Expected a string")
            : _text.AsMemory(start, _position - start);
    }

    private string Word(Func<byte, bool> accept, string error)
        => Take(accept) is { IsEmpty: false } word ? Encoding.ASCII.GetString(word) : throw new ImapSyntaxException(error);

    private ReadOnlyMemory<byte>? TryLiteral()
    {
        if (Peek != (byte)'{' || _index >= command.Literals.Count
            || !LiteralSuffix.TryRead(_text, out var suffix) || _position + suffix.Length != _text.Length)
        {
            return null;
        }

        var literal = command.Literals[_index++];
        _text = command.Text[_index];
        _position = 0;
        return literal;
    }

    private byte[] Quoted()
    {
        Expect((byte)'"');
        var result = new List<byte>();
        while (_position < _text.Length)
        {
            var c = _text[_position++];
            switch (c)
            {
                case (byte)'"':
                    return [.. result];
                case (byte)'\\' when Peek is (byte)'"' or (byte)'\\':
                    result.Add(_text[_position++]);
                    break;
                case 0 or (byte)'\r' or (byte)'\\':
                    throw new ImapSyntaxException("Character not allowed in a quoted string");
                default:
                    result.Add(c);
                    break;
            }
        }

        throw new ImapSyntaxException("Quoted string without end");
    }
}
