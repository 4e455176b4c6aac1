using System.Globalization;
using System.Text;
using MimeKit.Utils;

namespace Bitmask.Mail;

/// <summary>The name that a part's header gives it as a file: RFC 2231 pieces put together, RFC 2231 and RFC 2047 encodings undone.</summary>
internal static class PartName
{
    private const int MaxLength = 1000;

    /// <summary>The name, or null.</summary>
    public static string? Of(MimePartInfo part)
        => Read(part.DispositionParameters, "filename") ?? Read(part.Parameters, "name");

    private static string? Read(IReadOnlyList<MimeParameter> parameters, string name)
    {
        if (Find(parameters, name + "*") is { } extended)
        {
            return Clean(Extended(extended));
        }

        if (Find(parameters, name + "*0*") is not null || Find(parameters, name + "*0") is not null)
        {
            return Clean(Pieces(parameters, name));
        }

        // Encoded words have no place in a quoted string (RFC 2047 §5), and are seen there every day.
        return Find(parameters, name) is { } plain ? Clean(Rfc2047.DecodeText(Encoding.UTF8.GetBytes(plain))) : null;
    }

    private static string Pieces(IReadOnlyList<MimeParameter> parameters, string name)
    {
        var octets = new List<byte>();
        string? charset = null;
        for (var number = 0; octets.Count < MaxLength * 4; number++)
        {
            var piece = string.Create(CultureInfo.InvariantCulture, $"{name}*{number}");
            if (Find(parameters, piece + "*") is { } encoded)
            {
                if (number == 0 && encoded.Split('\'', 3) is [var set, _, var rest])
                {
                    (charset, encoded) = (set, rest);
                }

                octets.AddRange(Unescape(encoded));
            }
            else if (Find(parameters, piece) is { } plain)
            {
                octets.AddRange(Encoding.UTF8.GetBytes(plain));
            }
            else
            {
                break;
            }
        }

        return Charsets.Decode(charset, octets.ToArray());
    }

    private static string Extended(string value)
        => value.Split('\'', 3) is [var charset, _, var text] ? Charsets.Decode(charset, Unescape(text)) : Charsets.Decode(null, Unescape(value));

    private static byte[] Unescape(string text)
    {
        var octets = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
            {
                octets.Add(octet);
                i += 2;
            }
            else
            {
                octets.AddRange(Encoding.UTF8.GetBytes(text, i, 1));
            }
        }

        return [.. octets];
    }

    private static string? Find(IReadOnlyList<MimeParameter> parameters, string name)
        => parameters.FirstOrDefault(parameter => parameter.Name == name)?.Value;

    private static string? Clean(string name)
    {
        var text = new string([.. name.Take(MaxLength).Where(static c => !char.IsControl(c))]).Trim();
        return text.Length == 0 ? null : text;
    }
}
