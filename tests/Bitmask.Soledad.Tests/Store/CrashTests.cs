using Bitmask.Sqlite;

namespace Bitmask.Soledad.Tests.Store;

/// <summary>The store fails at every commit in turn and is opened again: what was promised is there, what was not, is not, and both agree.</summary>
public sealed class CrashTests : IDisposable
{
    private const int Works = 12;

    private readonly StoreFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task FailureAtEveryCommit_LeavesDocumentsAndProjectionsInStep()
    {
        for (var failing = 1; failing <= Works + 1; failing++)
        {
            var name = $"crash{failing}.db";
            var kept = await RunUntilAsync(name, failing);

            using var store = _fixture.Open(name, ProjectionTests.Options());
            FlagNotes.AssertConsistent(store);
            Assert.Equal(kept, store.Read(static reader => reader.Sql.ScalarInt64("SELECT count(*) FROM document")));
            Assert.Equal(kept, store.Read(static reader => reader.Generation));
            Assert.Equal((ulong)kept, store.Read(static reader => (ulong)reader.Sql.ScalarInt64("SELECT seq FROM store_identity")!));
            Assert.Empty(store.Database.CheckIntegrity());

            // And it goes on.
            await store.WriteAsync(static tx => tx.Create("after", FlagNotes.Json("z")));
            FlagNotes.AssertConsistent(store);
        }
    }

    /// <summary>Writes until the seam breaks; nothing after that is tried, as the process is gone. Says how many writes were promised.</summary>
    private async Task<int> RunUntilAsync(string name, int failing)
    {
        var kept = 0;
        var options = ProjectionTests.Options(new DatabaseOptions { OnCommitting = commit => ThrowAt(commit, failing) });
        try
        {
            using var store = _fixture.Open(name, options);
            for (var i = 0; i < Works; i++)
            {
                var id = "n" + i;
                await store.WriteAsync(tx => tx.Create(id, FlagNotes.Json("word", id)));
                kept++;
            }
        }
        catch (CrashException)
        {
        }

        return kept;
    }

    private static void ThrowAt(long commit, int failing)
    {
        if (commit == failing)
        {
            throw new CrashException();
        }
    }

    private sealed class CrashException : Exception;
}
