namespace Bitmask.Soledad;

/// <summary>One of many documents to write at once.</summary>
/// <param name="Id">The document.</param>
/// <param name="ExpectedRev">The revision the caller has seen; null for a document that does not exist or is deleted.</param>
/// <param name="Json">One JSON object.</param>
public sealed record DocumentEdit(string Id, string? ExpectedRev, string Json)
{
    /// <summary>The id only: the content is nobody's business.</summary>
    public override string ToString() => Id;
}
