namespace Bitmask.Primitives;

/// <summary>An OpenPGP key fingerprint: 40 (version 4) or 64 (version 6) upper-case hex digits (RFC 9580 §5.5.4).</summary>
/// <param name="Value">The digits.</param>
public readonly record struct Fingerprint(string Value)
{
    /// <summary>Reads hex digits of either case, spaces between them allowed.</summary>
    /// <exception cref="FormatException">Not 40 or 64 hex digits.</exception>
    public static Fingerprint Parse(string text)
        => TryParse(text, out var fingerprint) ? fingerprint : throw new FormatException("A fingerprint has 40 or 64 hex digits.");

    /// <summary>Reads hex digits of either case, spaces between them allowed; false when it is none.</summary>
    public static bool TryParse(string? text, out Fingerprint fingerprint)
    {
        fingerprint = default;
        var digits = text?.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();
        if (digits is not { Length: 40 or 64 } || !digits.All(char.IsAsciiHexDigitUpper))
        {
            return false;
        }

        fingerprint = new Fingerprint(digits);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}
