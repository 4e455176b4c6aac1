using System.Globalization;
using Bitmask.Primitives;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Benchmarks.Measured;

/// <summary>(a) 10 000 documents of 1 KiB into the store, against the bare insertion of the same rows. Target: at most 3 times as long.</summary>
internal static class StorePut
{
    private const int Documents = 10_000;
    private const int Rounds = 7;

    public static async Task RunAsync()
    {
        var json = $$"""{"type":"flags","v":1,"text":"{{new string('x', 1024 - 35)}}"}""";
        var plain = new PlainInsert(Documents, json);
        foreach (var batch in (int[])[10, 100, 1000])
        {
            await CompareAsync(string.Create(CultureInfo.InvariantCulture, $"batches of {batch}"), batch, json, plain, isIndexed: false);
        }

        await CompareAsync("batches of 100, one index", 100, json, plain, isIndexed: true);
    }

    private static async Task CompareAsync(string what, int batch, string json, PlainInsert plain, bool isIndexed)
    {
        var (put, peer) = (new Measurement("store put, " + what), new Measurement("plain insert, " + what));
        for (var round = 0; round < Rounds; round++)
        {
            await WithStoreAsync(isIndexed, store => put.RunAsync(() => PutAsync(store, batch, json)));
            await WithStoreAsync(isIndexed, store => peer.RunAsync(() => plain.RunAsync(store, batch, isIndexed ? 1 : null)));
        }

        Console.WriteLine(put.Line(peer));
        Console.WriteLine(peer.Line());
    }

    private static async Task PutAsync(SoledadStore store, int batch, string json)
    {
        for (var from = 0; from < Documents; from += batch)
        {
            var begin = from;
            await store.WriteAsync(tx =>
            {
                for (var i = begin; i < begin + batch; i++)
                {
                    tx.Create(PlainInsert.Id(i), json);
                }
            });
        }
    }

    private static async Task WithStoreAsync(bool isIndexed, Func<SoledadStore, Task> run)
    {
        var folder = Directory.CreateTempSubdirectory("bitmask-bench-");
        try
        {
            using var key = SecretBytes.Random(Database.KeyOctets);
            using var store = SoledadStore.Open(Path.Combine(folder.FullName, "store.db"), key);
            if (isIndexed)
            {
                await store.WriteAsync(static tx => tx.CreateIndex("by-type", "type"));
            }

            await run(store);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
