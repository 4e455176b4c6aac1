using System.Globalization;

namespace Bitmask.Soledad;

/// <summary>
/// Reads index expressions: <c>expr = field | op "(" expr { "," expr } ")"</c>, <c>field</c> a dotted path. Names of operations are
/// case-sensitive; white space around a term does not matter, inside it is part of a member's name.
/// </summary>
internal ref struct IndexExpressionParser
{
    /// <summary>Longest expression, in characters.</summary>
    public const int MaxLength = 1024;

    private const int MaxDepth = 16;
    private const int MaxWidth = 256;

    private readonly ReadOnlySpan<char> _text;
    private int _at;
    private int _depth;

    private IndexExpressionParser(ReadOnlySpan<char> text) => _text = text;

    /// <summary>Reads one expression.</summary>
    /// <exception cref="IndexDefinitionException">It is none.</exception>
    public static IndexExpression Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength)
        {
            throw new IndexDefinitionException($"An index expression has at most {MaxLength} characters, not {text.Length}.");
        }

        if (!DocumentJson.IsUnicode(text))
        {
            throw new IndexDefinitionException("An index expression has half of a surrogate pair.");
        }

        var parser = new IndexExpressionParser(text);
        var expression = parser.ReadExpression();
        return parser._at == text.Length ? expression : throw parser.Unexpected("the end");
    }

    /// <summary>White space as u1db parts words: Unicode's, and the four separators of ASCII.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    private IndexExpression ReadExpression()
    {
        if (++_depth > MaxDepth)
        {
            throw new IndexDefinitionException($"Index expressions are nested at most {MaxDepth} deep.");
        }

        var term = ReadTerm();
        var expression = Take('(') ? ReadOperation(term) : ReadField(term);
        _depth--;
        return expression;
    }

    private IndexExpression ReadOperation(string name)
    {
        IndexExpression answer = name switch
        {
            "lower" => new IndexExpression.Lower(ReadExpression()),
            "bool" => new IndexExpression.Bool(ReadExpression()),
            "split_words" => new IndexExpression.SplitWords(ReadExpression()),
            "is_null" => new IndexExpression.IsNull(ReadExpression()),
            "combine" => ReadCombine(),
            "number" => ReadNumber(),
            "" => throw Unexpected("a name"),
            _ => throw new IndexDefinitionException($"There is no operation {name} of index expressions."),
        };
        Expect(')');
        SkipSpace();
        return answer;
    }

    private IndexExpression.Combine ReadCombine()
    {
        List<IndexExpression> inner = [ReadExpression()];
        while (Take(','))
        {
            inner.Add(ReadExpression());
        }

        return new IndexExpression.Combine(inner);
    }

    private IndexExpression.Number ReadNumber()
    {
        var inner = ReadExpression();
        Expect(',');
        var width = ReadTerm();
        return int.TryParse(width, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) && parsed <= MaxWidth
            ? new IndexExpression.Number(inner, parsed)
            : throw new IndexDefinitionException($"The width of a number is 0 to {MaxWidth}, not \"{width}\".");
    }

    private IndexExpression.Field ReadField(string term)
    {
        if (term.Length == 0)
        {
            throw Unexpected("a member's name");
        }

        return term[^1] == '.'
            ? throw new IndexDefinitionException($"The path {term} ends with a dot.")
            : new IndexExpression.Field(term.Split('.'));
    }

    private string ReadTerm()
    {
        var rest = _text[_at..];
        var length = rest.IndexOfAny('(', ')', ',');
        length = length < 0 ? rest.Length : length;
        _at += length;
        var (start, end) = (0, length);
        while (start < end && IsSpace(rest[start]))
        {
            start++;
        }

        while (end > start && IsSpace(rest[end - 1]))
        {
            end--;
        }

        return rest[start..end].ToString();
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && IsSpace(_text[_at]))
        {
            _at++;
        }
    }

    private bool Take(char token)
    {
        if (_at < _text.Length && _text[_at] == token)
        {
            _at++;
            return true;
        }

        return false;
    }

    private void Expect(char token)
    {
        if (!Take(token))
        {
            throw Unexpected(token.ToString());
        }
    }

    private readonly IndexDefinitionException Unexpected(string expected)
        => new($"At character {_at} of the index expression {_text} there must be {expected}.");
}
