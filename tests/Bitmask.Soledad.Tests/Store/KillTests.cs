using System.Diagnostics;
using System.Globalization;
using Bitmask.Primitives;
using Bitmask.Sqlite;

namespace Bitmask.Soledad.Tests.Store;

/// <summary>A process that writes is killed, for real (SIGKILL), wherever it is: what it was promised is there, and the file is sound.</summary>
public sealed class KillTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly SecretBytes _key = SecretBytes.Random(Database.KeyOctets);

    public void Dispose()
    {
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Writer_KilledAgainAndAgain_KeepsAllThatItWasPromised()
    {
        var path = Path.Combine(_folder.FullName, "alice.db");
        var promised = new HashSet<string>();
        for (var seed = 0; seed < 6; seed++)
        {
            // A new place for each, so that the same ids can be made again.
            path = seed % 3 == 0 ? Path.Combine(_folder.FullName, $"{seed}.db") : path;
            promised = seed % 3 == 0 ? [] : promised;
            promised.UnionWith(await RunAsync(path, seed, new Random(seed).Next(1, 60)));

            using var store = SoledadStore.Open(path, _key, ProjectionTests.Options());
            Assert.Empty(store.Database.CheckIntegrity());
            FlagNotes.AssertConsistent(store);
            var there = store.Read(static reader => reader.Sql.Query("SELECT doc_id FROM document", static row => row.GetText(0))).ToHashSet();
            Assert.Empty(promised.Except(there));
            AssertWhole(store);
        }
    }

    /// <summary>Every document has its log row, the counter stands where the last write left it, and works are there whole or not at all.</summary>
    private static void AssertWhole(SoledadStore store) => store.Read(static reader =>
    {
        Assert.Equal(0, reader.Sql.ScalarInt64("SELECT count(*) FROM document WHERE doc_id NOT IN (SELECT doc_id FROM transaction_log)"));
        Assert.Equal(reader.Sql.ScalarInt64("SELECT max(seq) FROM document"), reader.Sql.ScalarInt64("SELECT seq FROM store_identity"));
        Assert.Equal(reader.Sql.ScalarInt64("SELECT count(*) FROM transaction_log"), reader.Generation);
        return true;
    });

    /// <summary>Starts a writer and kills it after so many promises; it has others under way then.</summary>
    private async Task<List<string>> RunAsync(string path, int seed, int promises)
    {
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [KilledWriter.Command, path, seed.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await process.StandardInput.WriteLineAsync(Convert.ToHexString(_key.Span));
        await process.StandardInput.FlushAsync();
        var heard = new List<string>();
        for (var i = 0; i < promises; i++)
        {
            heard.AddRange((await process.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? throw new InvalidOperationException("The writer ended by itself.")).Split(' '));
        }

        process.Kill();
        while (await process.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            // Said before the kill; the last line may be cut.
            heard.AddRange(line.Split(' ').SkipLast(1));
        }

        await process.WaitForExitAsync().WaitAsync(Patience);
        return heard;
    }
}
