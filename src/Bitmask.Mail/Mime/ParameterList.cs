using System.Text;

namespace Bitmask.Mail;

/// <summary>Reads <c>value; name=value; …</c> (RFC 2045 §5.1, RFC 2183 §2) as written: RFC 2231 and RFC 2047 forms stay as they are.</summary>
internal static class ParameterList
{
    private const int MaxParameters = 200;

    /// <summary>The leading token in lower case, and the parameters after it.</summary>
    public static (string Value, IReadOnlyList<MimeParameter> Parameters) Parse(string text)
    {
        var position = 0;
        var value = Token(text, ref position, ";").Trim().ToLowerInvariant();
        var parameters = new List<MimeParameter>();
        while (position < text.Length && parameters.Count < MaxParameters)
        {
            position++; // the semicolon
            var name = Token(text, ref position, "=;").Trim().ToLowerInvariant();
            if (position >= text.Length || text[position] != '=')
            {
                continue;
            }

            position++;
            var parameter = Value(text, ref position);
            if (name.Length > 0)
            {
                parameters.Add(new MimeParameter(name, parameter));
            }
        }

        return (value, parameters);
    }

    private static string Value(string text, ref int position)
    {
        SkipSpaceAndComments(text, ref position);
        if (position >= text.Length || text[position] != '"')
        {
            return Token(text, ref position, ";").Trim();
        }

        var value = new StringBuilder();
        for (position++; position < text.Length && text[position] != '"'; position++)
        {
            if (text[position] == '\\' && position + 1 < text.Length)
            {
                position++;
            }

            value.Append(text[position]);
        }

        // Whatever follows the closing quote belongs to nobody.
        Token(text, ref position, ";");
        return value.ToString();
    }

    private static string Token(string text, ref int position, string ends)
    {
        var token = new StringBuilder();
        while (position < text.Length && !ends.Contains(text[position], StringComparison.Ordinal))
        {
            if (text[position] == '(')
            {
                SkipComment(text, ref position);
                continue;
            }

            token.Append(text[position++]);
        }

        return token.ToString();
    }

    private static void SkipSpaceAndComments(string text, ref int position)
    {
        while (position < text.Length && text[position] is ' ' or '\t' or '(')
        {
            if (text[position] == '(')
            {
                SkipComment(text, ref position);
            }
            else
            {
                position++;
            }
        }
    }

    private static void SkipComment(string text, ref int position)
    {
        var depth = 0;
        do
        {
            switch (text[position])
            {
                case '(':
                    depth++;
                    break;
                case ')':
                    depth--;
                    break;
                case '\\':
                    position++;
                    break;
            }

            position++;
        }
        while (depth > 0 && position < text.Length);
        position = Math.Min(position, text.Length);
    }
}
