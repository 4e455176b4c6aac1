using Bitmask.Primitives;
using Bitmask.Sqlite;

namespace Bitmask.Soledad.Tests.Store;

/// <summary>A store that an older version of the program wrote is brought forward with all it holds; one of a newer version is left alone.</summary>
public sealed class OlderStoreTests : IDisposable
{
    private const string Replica = "0123456789abcdef0123456789abcdef";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly SecretBytes _key = SecretBytes.Random(Database.KeyOctets);

    public static TheoryData<int> Versions => [.. Enumerable.Range(1, StoreSchema.Migrations.Count)];

    private string Path => System.IO.Path.Combine(_folder.FullName, "alice.db");

    public void Dispose()
    {
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Store_OfEachOlderVersion_KeepsItsDocumentsAndGoesOn(int version)
    {
        var device = DeviceId.New();
        using (var old = Database.OpenEncrypted(Path, _key))
        {
            await old.WriteAsync(tx =>
            {
                Migrations.Apply(tx, StoreSchema.Migrations.Where(step => step.Version <= version));
                tx.Execute("INSERT INTO store_identity(id, replica_uid, device_id, seq) VALUES (1, ?1, ?2, 2)", Replica, device.ToString());
                tx.Execute("INSERT INTO document VALUES ('one', ?1 || ':1', '{\"type\":\"note\",\"words\":[\"a\"]}', 'note', ?2, 1, 1)", Replica, device.ToString());
                tx.Execute("INSERT INTO document VALUES ('gone', 'other:2', NULL, NULL, NULL, 0, 0)");
                tx.Execute("INSERT INTO transaction_log(generation, doc_id, transaction_id) VALUES (4, 'one', 'T-1'), (7, 'gone', 'T-2')");
                tx.Execute("INSERT INTO sync_log VALUES ('other', 9, 'T-9')");
                tx.Execute("INSERT INTO setting VALUES ('sync.target', 'other')");
            });
        }

        using var store = SoledadStore.Open(Path, _key, ProjectionTests.Options());

        Assert.Equal((Replica, device, 7L), (store.ReplicaUid, store.DeviceId, store.Read(static reader => reader.Generation)));
        Assert.Equal((9, "T-9"), store.Read(static reader => reader.GetSync("other")));
        Assert.True(store.Read(static reader => reader.Get("gone"))!.IsDeleted);
        FlagNotes.AssertConsistent(store);
        await store.WriteAsync(static tx => tx.CreateIndex("by-word", "words"));
        var written = await store.WriteAsync(static tx => tx.Put("one", Replica + ":1", FlagNotes.Json("b")));
        Assert.Equal((Replica + ":2", 3UL), (written.Rev, store.Read(static reader => reader.WriterOf("one"))!.Value.Seq));
        Assert.Single(store.Read(static reader => reader.GetFromIndex("by-word", "b")));
        FlagNotes.AssertConsistent(store);
        Assert.Empty(store.Database.CheckIntegrity());
    }

    [Fact]
    public async Task Store_OfANewerVersion_IsRefusedAndLeftAsItIs()
    {
        using (var store = SoledadStore.Open(Path, _key))
        {
            await store.WriteAsync(static tx =>
            {
                tx.Create("one", "{}");
                tx.Sql.Execute("UPDATE schema_version SET version = 99 WHERE component = 'soledad'");
            });
        }

        var before = File.ReadAllBytes(Path);

        Assert.Contains("newer version", Assert.Throws<DatabaseException>(() => SoledadStore.Open(Path, _key)).Message, StringComparison.Ordinal);

        Assert.Equal(before, File.ReadAllBytes(Path));
    }
}
