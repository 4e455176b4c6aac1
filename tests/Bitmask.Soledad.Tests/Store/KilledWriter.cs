using System.Globalization;
using Bitmask.Primitives;
using Bitmask.Sqlite;

namespace Bitmask.Soledad.Tests.Store;

/// <summary>A process of its own that writes documents, some at a time, and says after each what it was promised; until it is killed.</summary>
internal static class KilledWriter
{
    public const string Command = "write-until-killed";

    private const int Writers = 4;

    public static async Task<int> RunAsync(string path, string seed)
    {
        using var key = new SecretBytes(Convert.FromHexString(await Console.In.ReadLineAsync() ?? ""));
        using var store = SoledadStore.Open(path, key, ProjectionTests.Options(new DatabaseOptions { CacheKibibytes = 512 }));
        using var output = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true });
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(store, output, writer, seed))));
        return 0;
    }

    private static async Task WriteAsync(SoledadStore store, TextWriter output, int writer, string seed)
    {
        var chance = new Random(HashCode.Combine(writer, int.Parse(seed, CultureInfo.InvariantCulture)));
        for (var i = 0; ; i++)
        {
            // Many documents or one, small or over many pages; some are written over and some deleted.
            var ids = Enumerable.Range(0, chance.Next(1, 6)).Select(n => $"{seed}-{writer}-{i}-{n}").ToList();
            var text = new string('x', chance.Next(4) == 0 ? 40_000 : 20);
            var (isDeleted, isWrittenTwice) = (chance.Next(5) == 0, chance.Next(3) == 0);
            await store.WriteAsync(tx =>
            {
                foreach (var id in ids)
                {
                    var written = tx.Create(id, FlagNotes.Json("word", text));
                    written = isWrittenTwice ? tx.Put(id, written.Rev, FlagNotes.Json("another", text)) : written;
                    if (isDeleted)
                    {
                        tx.Delete(id, written.Rev);
                    }
                }
            });
            await output.WriteLineAsync(string.Join(' ', ids));
        }
    }
}
