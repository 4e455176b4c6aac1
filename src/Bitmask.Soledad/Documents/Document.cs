namespace Bitmask.Soledad;

/// <summary>One version of a document: the unit that is stored, synced and merged.</summary>
/// <param name="Id">The true id, never seen by the provider of a sealed account.</param>
/// <param name="Rev">The revision, a vector clock such as <c>aaaa:2|bbbb:1</c>.</param>
/// <param name="Json">The exact text of one JSON object; null when the document is deleted (the row stays, absence is never a deletion).</param>
public sealed record Document(string Id, string Rev, string? Json)
{
    /// <summary>The text of the member <c>type</c>; null when there is none or the document is deleted.</summary>
    public string? Type => Json is null ? null : DocumentJson.TypeOf(Json);

    /// <summary>True for a tombstone.</summary>
    public bool IsDeleted => Json is null;

    /// <summary>Id and revision only: the content is nobody's business.</summary>
    public override string ToString() => $"{Id} {Rev}{(IsDeleted ? " (deleted)" : "")}";
}
