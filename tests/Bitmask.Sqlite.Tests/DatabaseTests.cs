using System.Text;

namespace Bitmask.Sqlite.Tests;

public sealed class DatabaseTests : IDisposable
{
    private const string Marker = "Quetzalcoatlus";

    private readonly DatabaseFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Write_Completed_IsReadAndSurvivesReopen()
    {
        using (var database = await _folder.OpenWithTableAsync())
        {
            var id = await database.WriteAsync(static tx =>
            {
                Assert.Equal(1, tx.Execute("INSERT INTO t(text) VALUES (?1)", "hello"));
                return tx.LastInsertRowId;
            });
            Assert.Equal("hello", database.Read(tx => tx.ScalarText("SELECT text FROM t WHERE id = ?1", id)));
        }

        using var again = _folder.Open();
        Assert.Equal(1, again.Read(static tx => tx.ScalarInt64("SELECT count(*) FROM t")));
        Assert.Empty(again.CheckIntegrity());
    }

    [Fact]
    public async Task Files_OpenAndClosed_HoldNoPlaintextAndBelongToTheirOwner()
    {
        using (var database = await _folder.OpenWithTableAsync())
        {
            await database.WriteAsync(static tx => tx.ExecuteScript("CREATE VIRTUAL TABLE words USING fts5(body)"));
            for (var i = 0; i < 40; i++)
            {
                var text = string.Join(' ', Enumerable.Repeat(Marker, 200)) + i;
                await database.WriteAsync(tx =>
                {
                    tx.Execute("INSERT INTO t(text) VALUES (?1)", text);
                    tx.Execute("INSERT INTO words(body) VALUES (?1)", text);
                });
            }

            Assert.Equal(40, database.Read(static tx => tx.ScalarInt64("SELECT count(*) FROM words WHERE words MATCH ?1", Marker)));
            Assert.Contains(_folder.Files, static file => file.Name.EndsWith("-wal", StringComparison.Ordinal) && file.Length > 100_000);
            AssertNothingReadable();
        }

        AssertNothingReadable();
        Assert.Equal(["mail.db", "mail.db.lock"], _folder.Files.Select(static file => file.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void PlainDatabase_IsReadableByItsHeader()
    {
        Database.OpenPlain(_folder.Path).Dispose();
        Assert.StartsWith("SQLite format 3", Encoding.ASCII.GetString(File.ReadAllBytes(_folder.Path).AsSpan(0, 16)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_DuringLaterWrites_SeesOneSnapshot()
    {
        using var database = await _folder.OpenWithTableAsync();
        await database.WriteAsync(static tx => tx.Execute("INSERT INTO t(text) VALUES ('a')"));
        var counts = database.Read(tx =>
        {
            var before = tx.ScalarInt64("SELECT count(*) FROM t");
            database.WriteAsync(static write => write.Execute("INSERT INTO t(text) VALUES ('b')")).Wait();
            // Readers never wait for each other either, however many there are.
            var nested = database.Read(static other => other.ScalarInt64("SELECT count(*) FROM t"));
            return (before, after: tx.ScalarInt64("SELECT count(*) FROM t"), nested);
        });
        Assert.Equal((1L, 1L, 2L), counts);
    }

    [Fact]
    public async Task Readers_BesideABusyWriter_NeverSeeHalfAWork()
    {
        using var database = await _folder.OpenWithTableAsync();
        await database.WriteAsync(static tx => tx.ExecuteScript("CREATE TABLE account(id INTEGER PRIMARY KEY, amount INTEGER); INSERT INTO account VALUES (1, 500), (2, 500)"));
        using var done = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 6).Select(_ => Task.Run(() =>
        {
            var reads = 0;
            for (; !done.IsCancellationRequested; reads++)
            {
                Assert.Equal((1000L, 2L), database.Read(static tx => (
                    tx.Query("SELECT amount FROM account ORDER BY id", static row => row.GetInt64(0)).Sum(), tx.ScalarInt64("SELECT count(*) FROM account")!.Value)));
            }

            return reads;
        })).ToList();
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => database.WriteAsync(tx =>
        {
            tx.Execute("UPDATE account SET amount = amount - ?1 WHERE id = 1", i);
            tx.Execute("UPDATE account SET amount = amount + ?1 WHERE id = 2", i);
        })));
        await done.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task Query_InsideItsOwnMapping_RunsTheSameStatement()
    {
        using var database = await _folder.OpenWithTableAsync();
        await database.WriteAsync(static tx => tx.ExecuteScript("INSERT INTO t(text) VALUES ('a'), ('b'), ('c')"));
        const string sql = "SELECT id FROM t WHERE id > ?1 ORDER BY id";
        var pairs = database.Read(static tx => tx.Query(sql, row => (row.GetInt64(0), tx.Query(sql, static inner => inner.GetInt64(0), row.GetInt64(0)).Count), 0));
        Assert.Equal([(1, 2), (2, 1), (3, 0)], pairs);
    }

    [Fact]
    public async Task Transaction_KeptAfterItsEnd_IsRefused()
    {
        using var database = await _folder.OpenWithTableAsync();
        var kept = database.Read(static tx => tx);
        Assert.Throws<InvalidOperationException>(() => kept.ScalarInt64("SELECT 1"));
        var write = await database.WriteAsync(static tx => tx);
        Assert.Throws<InvalidOperationException>(() => write.Execute("DELETE FROM t"));
        Assert.Throws<InvalidOperationException>(() => write.AfterCommit(static () => { }));
    }

    [Fact]
    public async Task Reader_ThatWrites_IsRefused()
    {
        using var database = await _folder.OpenWithTableAsync();
        Assert.ThrowsAny<DatabaseException>(() => database.Read(static tx => tx.Query("DELETE FROM t RETURNING id", static row => row.GetInt64(0))));
    }

    [Fact]
    public async Task Statement_WithWrongNumberOfArguments_IsRefused()
    {
        using var database = await _folder.OpenWithTableAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => database.WriteAsync(static tx => tx.Execute("INSERT INTO t(text) VALUES (?1)")));
        await Assert.ThrowsAsync<ArgumentException>(() => database.WriteAsync(static tx => tx.Execute("DELETE FROM t", 1)));
    }

    [Fact]
    public async Task Constraint_Broken_IsAnErrorOfItsOwnAndTheWorkMayGoOn()
    {
        using var database = await _folder.OpenWithTableAsync();
        await database.WriteAsync(static tx =>
        {
            tx.Execute("INSERT INTO t(text) VALUES ('a')");
            Assert.Throws<DatabaseConstraintException>(() => tx.Execute("INSERT INTO t(text) VALUES ('a')"));
            tx.Execute("INSERT INTO t(text) VALUES ('b')");
        });
        Assert.Equal(2, database.Read(static tx => tx.ScalarInt64("SELECT count(*) FROM t")));
    }

    [Fact]
    public async Task Dispose_FinishesWhatWaits_AndThenRefuses()
    {
        var database = await _folder.OpenWithTableAsync();
        var writes = Enumerable.Range(0, 50).Select(i => database.WriteAsync(tx => tx.Execute("INSERT INTO t(text) VALUES (?1)", $"w{i}"))).ToList();
        database.Dispose();
        database.Dispose();
        await Task.WhenAll(writes);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => database.WriteAsync(static _ => { }));
        Assert.Throws<ObjectDisposedException>(() => database.Read(static tx => tx.ScalarInt64("SELECT 1")));
    }

    private void AssertNothingReadable()
    {
        foreach (var file in _folder.Files)
        {
            using var handle = NativeFile.OpenToRead(file.FullName);
            var bytes = new byte[RandomAccess.GetLength(handle)];
            Assert.Equal(bytes.Length, RandomAccess.Read(handle, bytes, 0));
            Assert.Equal(-1, bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Marker)));
            Assert.Equal(-1, bytes.AsSpan().IndexOf("CREATE TABLE"u8));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.UnixFileMode);
        }
    }
}
