using Bitmask.Primitives;
using FsCheck.Xunit;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Soledad.Tests.Blobs;

public sealed class BlobReferencesTests
{
    private static readonly string[] Names = [.. Enumerable.Range(0, 3).Select(i => new string((char)('a' + i), 32))];

    /// <summary>Whatever is written and deleted: the tables are what one would compute from all documents.</summary>
    [Property(MaxTest = 30)]
    public async Task References_AfterRandomEdits_AreThoseOfTheCurrentDocuments(ushort[] acts)
    {
        var folder = Directory.CreateTempSubdirectory("bitmask-");
        using var key = SecretBytes.Random(32);
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using (var store = SoledadStore.Open(Path.Combine(folder.FullName, "soledad.db"), key, new SoledadOptions { Projections = [new BlobReferences(["head"], clock)] }))
        {
            var (truth, ever) = (new Dictionary<string, string[]>(), new HashSet<string>());
            foreach (var act in acts)
            {
                var (id, mask) = ("H-" + (act & 1), (act >> 1) & 7);
                var names = Names.Where((_, at) => (mask & (1 << at)) != 0).ToArray();
                ever.UnionWith(names);
                await store.WriteAsync(tx =>
                {
                    var current = tx.Get(id);
                    if (mask == 0 && current is { IsDeleted: false })
                    {
                        tx.Delete(id, current.Rev);
                    }
                    else
                    {
                        tx.Put(id, current?.Rev, Head(names));
                    }
                });
                truth[id] = names;
            }

            var rows = store.Read(reader => reader.Sql.Query("SELECT doc_id, name FROM blob_ref", row => (row.GetText(0), row.GetText(1)))).Order();
            var lost = store.Read(reader => reader.Sql.Query("SELECT name FROM blob_unreferenced", row => row.GetText(0))).Order();
            Assert.Equal(truth.SelectMany(entry => entry.Value.Select(name => (entry.Key, name))).Order(), rows);
            Assert.Equal(ever.Except(truth.Values.SelectMany(names => names)).Order(), lost);
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public void NamesIn_NestedAndForeignObjects_FindsOnlyReferences()
    {
        var json = $$"""{"recipe":[{"b64":"AA"},{"deep":{{Reference(Names[0])}}},{"blob":"no"}],"blob":"text"}""";

        Assert.Equal([Names[0]], BlobReferences.NamesIn(json));
        Assert.Empty(BlobReferences.NamesIn(null));
    }

    internal static string Head(params string[] names) => $$"""{"type":"head","recipe":[{{string.Join(',', names.Select(Reference))}}]}""";

    private static string Reference(string name)
        => $$"""{"blob":"{{name}}","key":"{{new string('A', 43)}}","size":5,"sha256":"{{new string('0', 64)}}"}""";
}
