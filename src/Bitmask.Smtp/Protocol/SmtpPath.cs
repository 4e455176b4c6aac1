using System.Net;
using System.Text;

namespace Bitmask.Smtp.Protocol;

/// <summary>The argument of MAIL or RCPT: a path and its ESMTP parameters (RFC 5321 §4.1.2).</summary>
/// <param name="Address">The mailbox without angle brackets and source route; empty for the null path.</param>
/// <param name="Parameters">The parameters by upper-case name; the value is null where none was given.</param>
public sealed record SmtpPath(string Address, IReadOnlyDictionary<string, string?> Parameters)
{
    /// <summary>Longest path, angle brackets included (RFC 5321 §4.5.3.1.3).</summary>
    public const int MaxPathOctets = 256;

    /// <summary>Longest local part (RFC 5321 §4.5.3.1.1).</summary>
    public const int MaxLocalPartOctets = 64;

    private const string AtomSpecials = "!#$%&'*+-/=?^_`{|}~";

    /// <summary>Characters outside of ASCII, which need SMTPUTF8 (RFC 6531 §3.3).</summary>
    public bool NeedsSmtpUtf8 => !Ascii.IsValid(Address);

    /// <summary>Reads <c>FROM:&lt;…&gt; PARAM=VALUE …</c>; <paramref name="keyword"/> is <c>FROM:</c> or <c>TO:</c>.</summary>
    public static bool TryParse(string argument, string keyword, out SmtpPath path)
    {
        path = new SmtpPath("", new Dictionary<string, string?>());
        if (!argument.StartsWith(keyword, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        // A space after the colon is wrong and wide-spread; it can mean nothing else.
        var rest = argument[keyword.Length..].TrimStart(' ');
        var end = PathEnd(rest);
        if (end < 0 || !TryParsePath(rest[..end], out var address) || !TryParseParameters(rest[end..], out var parameters))
        {
            return false;
        }

        path = new SmtpPath(address, parameters);
        return true;
    }

    /// <summary>Whether the text is a mailbox of RFC 5321 §4.1.2: local part, at sign, domain or address literal.</summary>
    public static bool IsMailbox(string text)
    {
        var at = text.LastIndexOf('@');
        return at > 0 && IsLocalPart(text[..at]) && IsDomain(text[(at + 1)..]) && Encoding.UTF8.GetByteCount(text) <= MaxPathOctets - 2;
    }

    /// <summary>The index after the closing bracket, which a quoted local part may contain as well.</summary>
    private static int PathEnd(string text)
    {
        if (!text.StartsWith('<'))
        {
            return -1;
        }

        var quoted = false;
        for (var i = 1; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\\' when quoted:
                    i++;
                    break;
                case '"':
                    quoted = !quoted;
                    break;
                case '>' when !quoted:
                    return i + 1;
            }
        }

        return -1;
    }

    private static bool TryParsePath(string text, out string address)
    {
        address = text[1..^1];
        if (address.Length == 0 || address.Equals("postmaster", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (address.StartsWith('@'))
        {
            // A source route is read and forgotten (RFC 5321 §3.3, appendix C).
            var colon = address.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || !address[..colon].Split(',').All(hop => hop.StartsWith('@') && IsDomain(hop[1..])))
            {
                return false;
            }

            address = address[(colon + 1)..];
        }

        return IsMailbox(address);
    }

    private static bool IsLocalPart(string local)
    {
        if (Encoding.UTF8.GetByteCount(local) > MaxLocalPartOctets)
        {
            return false;
        }

        return local.StartsWith('"') ? IsQuotedString(local) : local.Split('.').All(atom => atom.Length > 0 && atom.All(IsAtomText));
    }

    private static bool IsQuotedString(string text)
    {
        if (text.Length < 2 || !text.EndsWith('"'))
        {
            return false;
        }

        for (var i = 1; i < text.Length - 1; i++)
        {
            if (text[i] == '"' || (text[i] == '\\' && ++i == text.Length - 1))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsAtomText(char c)
        => char.IsAsciiLetterOrDigit(c) || AtomSpecials.Contains(c, StringComparison.Ordinal) || (c >= 0x80 && !char.IsWhiteSpace(c));

    private static bool IsDomain(string domain)
    {
        if (Encoding.UTF8.GetByteCount(domain) > 255)
        {
            return false;
        }

        if (domain.StartsWith('[') && domain.EndsWith(']'))
        {
            var literal = domain[1..^1];
            return literal.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase)
                ? literal.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(literal[5..], out _)
                : literal.Count(c => c == '.') == 3 && IPAddress.TryParse(literal, out _);
        }

        return domain.Split('.').All(label => label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(IsLabelText));
    }

    private static bool IsLabelText(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' || (c >= 0x80 && !char.IsWhiteSpace(c));

    private static bool TryParseParameters(string text, out Dictionary<string, string?> parameters)
    {
        parameters = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (text.Length > 0 && text[0] != ' ')
        {
            return false;
        }

        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            var name = (equals < 0 ? word : word[..equals]).ToUpperInvariant();
            var value = equals < 0 ? null : word[(equals + 1)..];
            if (name.Length == 0 || name[0] == '-' || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') || value is "" || !parameters.TryAdd(name, value))
            {
                return false;
            }
        }

        return true;
    }
}
