using System.Text;

namespace Bitmask.Mail;

/// <summary>Octets of a text as characters, whatever its label says.</summary>
internal static class Charsets
{
    /// <summary>The text. Without a label, with us-ascii, or with one that nobody knows: UTF-8, or Latin-1 where it is not.</summary>
    public static string Decode(string? charset, ReadOnlySpan<byte> octets)
        => Find(charset) is { } encoding ? encoding.GetString(octets) : HeaderFields.Decode(octets);

    private static Encoding? Find(string? name)
    {
        try
        {
            return string.IsNullOrEmpty(name) || name.Equals("us-ascii", StringComparison.OrdinalIgnoreCase) || name.Equals("utf-8", StringComparison.OrdinalIgnoreCase) ? null
                : CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            // Nobody knows it, or it is one (UTF-7) that the platform refuses to read.
            return null;
        }
    }
}
