namespace Bitmask.Mail;

/// <summary>How the octets of a message are put together.</summary>
internal interface IMessageRecipe
{
    /// <summary>SHA-256 of the message, lower-case hex.</summary>
    string Sha256 { get; }

    /// <summary>Octets of the message.</summary>
    long Size { get; }

    /// <summary>Name and raw value of every header field, in order.</summary>
    IReadOnlyList<IReadOnlyList<string>> HeadersList { get; }

    /// <summary>Pieces whose concatenation is the message.</summary>
    IReadOnlyList<RecipeItem> Recipe { get; }
}

/// <summary>Of a <see cref="HeadDocument"/> what reading the message needs: half of a small head is its structure and what lists show of it, which is passed over.</summary>
internal sealed record HeadRecipe : IMessageRecipe
{
    public required string Sha256 { get; init; }

    public long Size { get; init; }

    public required IReadOnlyList<IReadOnlyList<string>> HeadersList { get; init; }

    public required IReadOnlyList<RecipeItem> Recipe { get; init; }
}
