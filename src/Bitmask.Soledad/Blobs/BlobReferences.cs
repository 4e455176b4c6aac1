using System.Text.Json;
using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>
/// Which blobs the current documents refer to: a set computed from the documents and never synced, so that no counter can be wrong (security.md A7). It
/// notes when the last reference to a blob was lost; nothing else ever makes a blob superfluous.
/// </summary>
/// <param name="types">The types of documents that may refer to blobs.</param>
/// <param name="clock">For the time of the loss.</param>
public sealed class BlobReferences(IReadOnlyCollection<string> types, TimeProvider clock) : IDocumentProjection
{
    private const int MaxDepth = 64;

    /// <inheritdoc/>
    public string Component => "blob-references";

    /// <inheritdoc/>
    public IReadOnlyList<Migration> Migrations { get; } =
    [
        new("blob-references", 1, """
            CREATE TABLE blob_ref(doc_id TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY(doc_id, name)) STRICT, WITHOUT ROWID;
            CREATE INDEX blob_ref_by_name ON blob_ref(name);
            -- Blobs that lost their last reference, and when.
            CREATE TABLE blob_unreferenced(name TEXT PRIMARY KEY, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
            """),
    ];

    /// <inheritdoc/>
    public bool Handles(string documentType) => types.Contains(documentType);

    /// <inheritdoc/>
    public void Apply(WriteTransaction tx, Document? before, Document? after)
    {
        ArgumentNullException.ThrowIfNull(tx);
        var (old, current) = (NamesIn(before?.Json), NamesIn(after?.Json));
        var id = (after ?? before)!.Id;
        foreach (var name in current.Except(old))
        {
            tx.Execute("INSERT INTO blob_ref(doc_id, name) VALUES (?1, ?2) ON CONFLICT DO NOTHING", id, name);
            tx.Execute("DELETE FROM blob_unreferenced WHERE name = ?1", name);
        }

        foreach (var name in old.Except(current))
        {
            tx.Execute("DELETE FROM blob_ref WHERE doc_id = ?1 AND name = ?2", id, name);
            tx.Execute(
                "INSERT INTO blob_unreferenced(name, since) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM blob_ref WHERE name = ?1) ON CONFLICT DO NOTHING",
                name, clock.GetUtcNow().ToUnixTimeSeconds());
        }
    }

    /// <summary>The names of all blobs that a document's text refers to, wherever in it.</summary>
    public static IReadOnlySet<string> NamesIn(string? json)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (json is not null && json.Contains("\"blob\"", StringComparison.Ordinal))
        {
            try
            {
                using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
                Collect(document.RootElement, names);
            }
            catch (JsonException)
            {
                // Deeper than any document of ours.
            }
        }

        return names;
    }

    private static void Collect(JsonElement element, HashSet<string> names)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray())
            {
                Collect(item, names);
            }
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            if (BlobRef.TryRead(element) is { } found)
            {
                names.Add(found.Name);
            }

            foreach (var member in element.EnumerateObject())
            {
                Collect(member.Value, names);
            }
        }
    }
}
