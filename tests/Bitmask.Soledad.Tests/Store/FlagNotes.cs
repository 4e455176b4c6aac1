using System.Text.Json;
using System.Text.Json.Nodes;
using Bitmask.Sqlite;

namespace Bitmask.Soledad.Tests.Store;

/// <summary>A small projection and resolver: documents <c>{"type":"note","words":[…]}</c>, whose sets of words are merged by union.</summary>
internal static class FlagNotes
{
    public const string Type = "note";

    public static string Json(params IEnumerable<string> words)
        => new JsonObject { ["type"] = Type, ["words"] = new JsonArray([.. words.Order(StringComparer.Ordinal).Select(static w => JsonValue.Create(w))]) }.ToJsonString();

    public static IReadOnlyList<string> Words(string json)
        => [.. JsonDocument.Parse(json).RootElement.GetProperty("words").EnumerateArray().Select(static w => w.GetString()!)];

    internal sealed class Projection : IDocumentProjection
    {
        public string Component => "notes";

        public IReadOnlyList<Migration> Migrations { get; } =
            [new("notes", 1, "CREATE TABLE word(doc_id TEXT NOT NULL, word TEXT NOT NULL, PRIMARY KEY (doc_id, word)) STRICT")];

        public bool Handles(string documentType) => documentType == Type;

        public void Apply(WriteTransaction tx, Document? before, Document? after)
        {
            if (before is not null)
            {
                foreach (var word in Words(before.Json!))
                {
                    // Whoever is told a wrong version before would leave rows behind.
                    Assert.Equal(1, tx.Execute("DELETE FROM word WHERE doc_id = ?1 AND word = ?2", before.Id, word));
                }
            }

            foreach (var word in after is null ? [] : Words(after.Json!))
            {
                tx.Execute("INSERT INTO word(doc_id, word) VALUES (?1, ?2)", after!.Id, word);
            }
        }
    }

    internal sealed class Union : IConflictResolver
    {
        public string DocumentType => Type;

        public string? Merge(string localJson, string incomingJson) => Json(Words(localJson).Union(Words(incomingJson)));
    }

    /// <summary>Whether the projection says the same as the documents.</summary>
    public static void AssertConsistent(SoledadStore store) => store.Read(reader =>
    {
        var expected = reader.GetByType(Type).SelectMany(static d => Words(d.Json!).Select(word => d.Id + " " + word)).Order(StringComparer.Ordinal);
        var actual = reader.Sql.Query("SELECT doc_id || ' ' || word FROM word", static row => row.GetText(0)).Order(StringComparer.Ordinal);
        Assert.Equal(expected, actual);
        return true;
    });
}
