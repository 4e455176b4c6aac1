namespace Bitmask.Soledad;

/// <summary>One index of a store.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Expressions">What its columns are, in order.</param>
/// <param name="DocumentType">Only documents of this type are in it, and others cost nothing; null for all documents.</param>
public sealed record IndexDefinition(string Name, IReadOnlyList<string> Expressions, string? DocumentType)
{
    /// <summary>True when both say the same.</summary>
    public bool Equals(IndexDefinition? other)
        => other is not null && Name == other.Name && DocumentType == other.DocumentType && Expressions.SequenceEqual(other.Expressions, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Expressions.Count, DocumentType);
}
