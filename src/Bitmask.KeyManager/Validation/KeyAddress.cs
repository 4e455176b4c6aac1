using Bitmask.Primitives;

namespace Bitmask.Keys;

/// <summary>Under which address the key of a person is kept.</summary>
public static class KeyAddress
{
    /// <summary>Reads an address out of a header value: what stands in angle brackets if there are any, without <c>+suffix</c>. Null when there is none.</summary>
    public static EmailAddress? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var open = text.IndexOf('<', StringComparison.Ordinal);
        var close = text.IndexOf('>', Math.Max(0, open));
        var bare = open >= 0 && close > open ? text[(open + 1)..close] : text;
        return EmailAddress.TryParse(bare.Trim(), out var address) ? address.WithoutSuffix() : null;
    }

    /// <summary><c>bob+news@example.org</c> uses the key of <c>bob@example.org</c>; both in lower case.</summary>
    public static EmailAddress Normalize(EmailAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return EmailAddress.Parse(address.WithoutSuffix().Canonical);
    }
}
