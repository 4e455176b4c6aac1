using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>
/// Tables derived from documents: flags, counters, key rings … Soledad knows no mail; whoever needs such tables registers a
/// projection, and Soledad calls it inside the very transaction that changes a document, for local and for synced writes
/// alike. What it throws rolls the change back.
/// </summary>
public interface IDocumentProjection
{
    /// <summary>Owner of the tables in <see cref="Migrations"/>.</summary>
    string Component { get; }

    /// <summary>The tables. When a store meets this component for the first time, every handled document is applied once.</summary>
    IReadOnlyList<Migration> Migrations { get; }

    /// <summary>Whether documents of this type matter.</summary>
    bool Handles(string documentType);

    /// <summary>Takes over one change. The versions are live ones, never tombstones, and not both null.</summary>
    /// <param name="tx">The transaction of the change.</param>
    /// <param name="before">The version until now; null when the document did not exist, was deleted, or was of a type that is not handled.</param>
    /// <param name="after">The version from now on; null when it is deleted now, or is of a type that is not handled.</param>
    void Apply(WriteTransaction tx, Document? before, Document? after);

    /// <summary>
    /// Called before a transaction that may change a document looks at it. A projection that runs ahead of its documents, for commands over many
    /// of them, writes here what it owes to this one; what it looks at meanwhile it sees as it is.
    /// </summary>
    void Settle(StoreTransaction tx, string id)
    {
    }
}
