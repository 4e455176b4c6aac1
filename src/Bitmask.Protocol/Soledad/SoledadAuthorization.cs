using System.Text;
using Bitmask.Primitives;

namespace Bitmask.Protocol.Soledad;

/// <summary>The header by which Soledad requests name their user: <c>Authorization: Token base64(uuid:token)</c>.</summary>
public static class SoledadAuthorization
{
    /// <summary>Longest header value read.</summary>
    public const int MaxLength = 1024;

    private const string Scheme = "Token ";

    /// <summary>The header's value.</summary>
    public static string Format(UserId user, string token) => FormatUnchecked(user.Value, token);

    /// <summary>Reads the header's value; the scheme may have any case, the padding may be missing. False when it is malformed.</summary>
    public static bool TryParse(string? value, out string user, out string token)
    {
        user = token = "";
        if (value is null or { Length: > MaxLength } || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var text = value[Scheme.Length..].Trim().TrimEnd('=');
        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='), bytes, out var count)
            || !System.Text.Unicode.Utf8.IsValid(bytes.AsSpan(0, count)))
        {
            return false;
        }

        var pair = Encoding.UTF8.GetString(bytes, 0, count);
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || colon == pair.Length - 1)
        {
            return false;
        }

        (user, token) = (pair[..colon], pair[(colon + 1)..]);
        return true;
    }

    internal static string FormatUnchecked(string user, string token)
        => Scheme + Convert.ToBase64String(Encoding.UTF8.GetBytes(user + ":" + token));
}
