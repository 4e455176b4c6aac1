using System.Text;

namespace Bitmask.Mail;

/// <summary>
/// Reads address lists (RFC 5322 §3.4, the obsolete forms of §4.4 too) into envelope addresses. It never fails: what is no address
/// becomes one without a host, so that a reader still sees what stood there.
/// </summary>
internal ref struct AddressList
{
    private const int MaxAddresses = 20_000;

    private static readonly System.Buffers.SearchValues<char> AtomEnds = System.Buffers.SearchValues.Create(" \t\r\n()<>[]:;@\\,\"");

    private readonly ReadOnlySpan<char> _text;
    private readonly List<EnvelopeAddress> _addresses;
    private readonly StringBuilder _words = new();
    private readonly StringBuilder _local = new();
    private int _position;
    private bool _spaced;
    private bool _any;
    private bool _inGroup;
    private string? _comment;

    private AddressList(ReadOnlySpan<char> text, List<EnvelopeAddress> addresses)
    {
        _text = text;
        _addresses = addresses;
    }

    /// <summary>The addresses of a field's value, in order.</summary>
    public static List<EnvelopeAddress> Parse(string text)
    {
        var addresses = new List<EnvelopeAddress>();
        new AddressList(text, addresses).Run();
        return addresses;
    }

    private void Run()
    {
        while (_position < _text.Length && _addresses.Count < MaxAddresses)
        {
            Step(_text[_position]);
        }

        EndAddress();
        EndGroup();
    }

    private void Step(char c)
    {
        switch (c)
        {
            case ' ' or '\t' or '\r' or '\n':
                _spaced = true;
                _position++;
                break;
            case '(':
                _comment = Comment();
                break;
            case '"':
                AddWord(Quoted());
                break;
            case ',':
                _position++;
                EndAddress();
                break;
            case ';':
                _position++;
                EndAddress();
                EndGroup();
                break;
            case ':' when !_inGroup && _any:
                _position++;
                _inGroup = true;
                _addresses.Add(new EnvelopeAddress(null, Take(), null));
                break;
            case '<':
                AngleAddress();
                break;
            case '@' when _any:
                BareAddress();
                break;
            case '[':
                AddWord(Literal());
                break;
            case '>' or ')' or ']' or ':' or '@' or '\\':
                _position++;
                break;
            default:
                AddWord(Atom());
                break;
        }
    }

    private void AngleAddress()
    {
        var name = _any ? Take() : null;
        _position++;
        var end = _text[_position..].IndexOf('>');
        var inner = end < 0 ? _text[_position..] : _text.Slice(_position, end);
        _position = end < 0 ? _text.Length : _position + end + 1;
        inner = (inner.Contains('(') ? WithoutComments(inner) : inner).Trim();

        // A source route (RFC 5322 §4.4) leads nowhere any more; it is shown, that is all.
        string? route = null;
        if (inner is ['@', ..] && inner.IndexOf(':') is >= 0 and var colon)
        {
            route = inner[..colon].Trim().ToString();
            inner = inner[(colon + 1)..];
        }

        var at = inner.LastIndexOf('@');
        var local = at < 0 ? inner : inner[..at];
        var host = at < 0 ? "" : inner[(at + 1)..].Trim().ToString();
        SkipTrailing();
        _addresses.Add(new EnvelopeAddress(name ?? _comment, Unquote(local.Trim()), host, route));
        _comment = null;
    }

    /// <summary>Takes comments out (RFC 5322 §3.2.2), which may nest; a parenthesis in quotes is none.</summary>
    private static string WithoutComments(ReadOnlySpan<char> text)
    {
        var kept = new StringBuilder(text.Length);
        var (depth, quoted) = (0, false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            quoted ^= c == '"' && depth == 0;
            depth += quoted ? 0 : c == '(' ? 1 : c == ')' && depth > 0 ? -1 : 0;
            if (c == '\\' && i + 1 < text.Length)
            {
                i++;
                kept.Append(depth == 0 ? text.Slice(i - 1, 2) : []);
            }
            else if (depth == 0 && (quoted || c != ')'))
            {
                kept.Append(c);
            }
        }

        return kept.ToString();
    }

    private void BareAddress()
    {
        var local = _local.ToString();
        Take();
        _position++;
        var host = new StringBuilder();
        while (_position < _text.Length && _text[_position] is not (',' or ';' or '<' or ':'))
        {
            switch (_text[_position])
            {
                case '(':
                    _comment = Comment();
                    break;
                case ' ' or '\t' or '>' or '"':
                    _position++;
                    break;
                case '[':
                    host.Append(Literal());
                    break;
                default:
                    host.Append(_text[_position++]);
                    break;
            }
        }

        _addresses.Add(new EnvelopeAddress(_comment, local, host.ToString()));
        _comment = null;
    }

    private void SkipTrailing()
    {
        while (_position < _text.Length && _text[_position] is ' ' or '\t' or '(')
        {
            if (_text[_position] == '(')
            {
                _comment = Comment();
            }
            else
            {
                _position++;
            }
        }
    }

    private void EndAddress()
    {
        if (_any)
        {
            _addresses.Add(new EnvelopeAddress(_comment, Take(), ""));
        }

        _comment = null;
        _spaced = false;
    }

    private void EndGroup()
    {
        if (_inGroup)
        {
            _addresses.Add(new EnvelopeAddress(null, null, null));
        }

        _inGroup = false;
    }

    private void AddWord(ReadOnlySpan<char> word)
    {
        if (_any && _spaced)
        {
            _words.Append(' ');
        }

        _words.Append(word);
        _local.Append(word);
        (_any, _spaced) = (true, false);
    }

    private string Take()
    {
        var words = _words.ToString();
        _words.Clear();
        _local.Clear();
        (_any, _spaced) = (false, false);
        return words;
    }

    private ReadOnlySpan<char> Atom()
    {
        var rest = _text[_position..];
        var end = rest.IndexOfAny(AtomEnds);
        var atom = end < 0 ? rest : rest[..end];
        _position += atom.Length;
        return atom;
    }

    private ReadOnlySpan<char> Literal()
    {
        var rest = _text[_position..];
        var end = rest.IndexOf(']');
        var literal = end < 0 ? rest : rest[..(end + 1)];
        _position += literal.Length;
        return literal;
    }

    private string Quoted()
    {
        var value = new StringBuilder();
        for (_position++; _position < _text.Length && _text[_position] != '"'; _position++)
        {
            if (_text[_position] == '\\' && _position + 1 < _text.Length)
            {
                _position++;
            }

            value.Append(_text[_position]);
        }

        _position = Math.Min(_position + 1, _text.Length);
        return value.ToString();
    }

    private string Comment()
    {
        var value = new StringBuilder();
        var depth = 1;
        for (_position++; _position < _text.Length; _position++)
        {
            var c = _text[_position];
            if (c == '\\' && _position + 1 < _text.Length)
            {
                c = _text[++_position];
            }
            else if (c == '(')
            {
                depth++;
            }
            else if (c == ')' && --depth == 0)
            {
                break;
            }

            value.Append(c);
        }

        _position = Math.Min(_position + 1, _text.Length);
        return value.ToString().Trim();
    }

    private static string Unquote(ReadOnlySpan<char> local)
        => local is ['"', .., '"'] && local.Length >= 2
            ? local[1..^1].ToString().Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal)
            : local.ToString();
}
