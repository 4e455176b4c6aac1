namespace Bitmask.Primitives;

/// <summary>An account at a provider: 32 lower-case hex digits, chosen by the provider at sign-up (the LEAP <c>uuid</c>).</summary>
/// <param name="Value">The 32 digits.</param>
public readonly record struct UserId(string Value)
{
    /// <summary>Checks the form.</summary>
    /// <exception cref="FormatException">Not 32 lower-case hex digits.</exception>
    public static UserId Parse(string text)
        => TryParse(text, out var id) ? id : throw new FormatException("A user id has 32 lower-case hex digits.");

    /// <summary>Checks the form; false when it is not a user id.</summary>
    public static bool TryParse(string? text, out UserId id)
    {
        id = default;
        if (text is not { Length: 32 } || !text.All(char.IsAsciiHexDigitLower))
        {
            return false;
        }

        id = new UserId(text);
        return true;
    }

    /// <summary>A new random id.</summary>
    public static UserId New() => new(Guid.NewGuid().ToString("n"));

    /// <inheritdoc/>
    public override string ToString() => Value;
}
