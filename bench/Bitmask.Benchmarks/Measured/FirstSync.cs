using System.Globalization;
using Bitmask.Primitives;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Benchmarks.Measured;

/// <summary>
/// (b) The first sync of a new device: 30 000 documents of 1 KiB are downloaded, opened and stored. Target: at most 4 times the bare insertion
/// of the same rows, with flat memory: that of a third and of twice as many, once each, stands beside it. (f) What comes over the wire, for these and for documents as large as a mailbox has them; target:
/// at most 1.35 times their JSON.
/// </summary>
internal static class FirstSync
{
    private const int Documents = 30_000;
    private const int Mails = 5_000;
    private const int Batch = 512;
    private const int Rounds = 3;

    public static async Task RunAsync()
    {
        var json = $$"""{"type":"flags","v":1,"text":"{{new string('x', 1024 - 35)}}"}""";
        foreach (var count in (int[])[Documents / 3, Documents, 2 * Documents])
        {
            await MeasureAsync(
                string.Create(CultureInfo.InvariantCulture, $"{count} documents of 1 KiB"), Enumerable.Range(0, count).Select(i => (PlainInsert.Id(i), json)), new PlainInsert(count, json), count == Documents ? Rounds : 1);
        }

        await MeasureAsync("the documents of 5 000 mails", Mailbox(), null, Rounds);
    }

    private static async Task MeasureAsync(string what, IEnumerable<(string Id, string Json)> documents, PlainInsert? plain, int rounds)
    {
        await using var provider = await ChildProvider.StartAsync();
        using var keyset = Keyset.Create(new string('0', 64), TimeProvider.System.GetUtcNow());
        var octets = 0L;
        await WithStoreAsync(async store =>
        {
            foreach (var batch in documents.Chunk(Batch))
            {
                octets += batch.Sum(static document => document.Json.Length);
                await store.WriteAsync(tx =>
                {
                    foreach (var (id, json) in batch)
                    {
                        tx.Create(id, json);
                    }
                });
            }

            using var http = provider.CreateClient();
            using var sync = provider.CreateSync(store, keyset, http);
            await sync.SyncAsync();
        });

        var (first, peer) = (new Measurement("first sync, " + what), new Measurement("plain insert, " + what));
        var wire = 0L;
        for (var round = 0; round < rounds; round++)
        {
            await WithStoreAsync(async store =>
            {
                using var http = provider.CreateClient();
                using var sync = provider.CreateSync(store, keyset, http);
                var before = provider.Received;
                await first.RunAsync(async () =>
                {
                    if (!(await sync.SyncAsync()).IsComplete)
                    {
                        throw new InvalidOperationException("The sync was not complete.");
                    }
                });
                wire = provider.Received - before;
            });
            await (plain is null ? Task.CompletedTask : WithStoreAsync(store => peer.RunAsync(() => plain.RunAsync(store, Batch))));
        }

        Console.WriteLine(first.Line(plain is null ? null : peer));
        if (plain is not null)
        {
            Console.WriteLine(peer.Line());
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"on the wire, {what}: {wire / 1048576.0:0.0} MiB for {octets / 1048576.0:0.0} MiB of JSON, {(double)wire / octets:0.00} x"));
    }

    /// <summary>
    /// An entry and a head to each mail, a body of its own to one in eight. Sizes as a mailbox of letters, lists and newsletters has them: half of the
    /// heads under 3 KiB, bodies up to 64 KiB.
    /// </summary>
    private static IEnumerable<(string Id, string Json)> Mailbox()
    {
        var chance = new Random(1);
        for (var i = 0; i < Mails; i++)
        {
            yield return ($"M-{i:x32}", Text("flags", chance.Next(280, 400)));
            yield return ($"H-{i:x32}", Text("head", (int)(1200 * Math.Exp(1.6 * chance.NextDouble()))));
            if (i % 8 == 0)
            {
                yield return ($"C-{i:x32}", Text("cnt", chance.Next(8_000, 64_000)));
            }
        }
    }

    private static string Text(string type, int length)
    {
        var frame = $$"""{"type":"{{type}}","v":1,"text":""}""";
        return frame.Insert(frame.Length - 2, new string('x', Math.Max(0, length - frame.Length)));
    }

    private static async Task WithStoreAsync(Func<SoledadStore, Task> run)
    {
        var folder = Directory.CreateTempSubdirectory("bitmask-bench-");
        try
        {
            using var key = SecretBytes.Random(Database.KeyOctets);
            using var store = SoledadStore.Open(Path.Combine(folder.FullName, "store.db"), key);
            await run(store);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
