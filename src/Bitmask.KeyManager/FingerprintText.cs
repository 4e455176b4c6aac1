using Bitmask.Primitives;

namespace Bitmask.Keys;

/// <summary>A fingerprint as people hand it over: read out in groups, or in a QR code.</summary>
public static class FingerprintText
{
    private const string Scheme = "openpgp4fpr:";
    private const int MaxCharacters = 1024;

    /// <summary>Reads hex digits in any grouping, or the text of a QR code (<c>OPENPGP4FPR:</c> and the digits, then perhaps <c>#</c> and more); null when it is neither.</summary>
    public static Fingerprint? Parse(string? text)
    {
        if (text is null or { Length: > MaxCharacters })
        {
            return null;
        }

        var digits = text.Trim();
        if (digits.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            digits = digits[Scheme.Length..].Split('#', '&', '?')[0];
        }

        return Fingerprint.TryParse(string.Concat(digits.Where(c => !char.IsWhiteSpace(c) && c != ':')), out var fingerprint) ? fingerprint : null;
    }

    /// <summary>The text of a QR code for a key of an address.</summary>
    public static string ToQrText(Fingerprint fingerprint, EmailAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return $"OPENPGP4FPR:{fingerprint.Value}#a={Uri.EscapeDataString(address.Address)}";
    }
}
