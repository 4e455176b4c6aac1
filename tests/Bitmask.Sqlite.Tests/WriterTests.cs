namespace Bitmask.Sqlite.Tests;

public sealed class WriterTests : IDisposable
{
    private readonly DatabaseFolder _folder = new();
    private readonly ManualResetEventSlim _gate = new();

    public void Dispose()
    {
        _gate.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task ManyWaitingWorks_ShareOneCommit()
    {
        var commits = new List<long>();
        using var database = await _folder.OpenWithTableAsync(new DatabaseOptions { OnCommitting = commits.Add });
        var first = Hold(database);
        var writes = Insert(database, 100);
        _gate.Set();
        await Task.WhenAll(writes);
        await first;

        Assert.Equal([1L, 2L], commits);
        Assert.Equal(100, Count(database));
    }

    [Fact]
    public async Task FailingWork_RollsBackItselfOnly()
    {
        using var database = await _folder.OpenWithTableAsync();
        var first = Hold(database);
        var before = Insert(database, 3);
        var failing = database.WriteAsync(static tx =>
        {
            tx.Execute("INSERT INTO t(text) VALUES ('lost')");
            throw new FormatException("no");
        });
        var after = Insert(database, 3, "after");
        _gate.Set();

        await Assert.ThrowsAsync<FormatException>(() => failing);
        await Task.WhenAll([first, .. before, .. after]);
        Assert.Equal(6, Count(database));
        Assert.Null(database.Read(static tx => tx.ScalarInt64("SELECT id FROM t WHERE text = 'lost'")));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task FailingCommit_FailsAllItsWorks_AndTheNextSucceeds(long failing)
    {
        using var database = await _folder.OpenWithTableAsync(new DatabaseOptions
        {
            OnCommitting = commit => ThrowAt(commit, failing),
            MaxWritesPerCommit = 5,
        });
        var called = 0;
        var first = Hold(database);
        var writes = Enumerable.Range(0, 14).Select(i => database.WriteAsync(tx =>
        {
            tx.AfterCommit(() => Interlocked.Increment(ref called));
            tx.Execute("INSERT INTO t(text) VALUES (?1)", $"w{i}");
        })).ToList();
        _gate.Set();
        await Task.WhenAll(writes.Append(first).Select(static write => write.ContinueWith(static _ => { }, TaskScheduler.Default)));

        Assert.Equal(5, writes.Append(first).Count(static write => write.IsFaulted));
        Assert.Equal(writes.Count(static write => write.IsCompletedSuccessfully), Count(database));
        Assert.Equal(writes.Count(static write => write.IsCompletedSuccessfully), called);
        await database.WriteAsync(static tx => tx.Execute("INSERT INTO t(text) VALUES ('next')"));
    }

    [Fact]
    public async Task AfterCommit_RunsInOrder_WhenTheChangeIsVisible_AndBeforeTheTaskEnds()
    {
        var errors = new List<Exception>();
        using var database = await _folder.OpenWithTableAsync(new DatabaseOptions { OnCallbackError = errors.Add });
        var heard = new List<(int Work, long Visible)>();
        var first = Hold(database);
        var writes = Enumerable.Range(0, 5).Select(i => database.WriteAsync(tx =>
        {
            tx.Execute("INSERT INTO t(text) VALUES (?1)", $"w{i}");
            tx.AfterCommit(() => heard.Add((i, Count(database))));
            tx.AfterCommit(static () => throw new FormatException("callback"));
            if (i == 2)
            {
                throw new InvalidOperationException("work");
            }
        })).ToList();
        _gate.Set();
        await first;
        await Assert.ThrowsAsync<InvalidOperationException>(() => writes[2]);
        await writes[4];

        Assert.Equal([(0, 4L), (1, 4L), (3, 4L), (4, 4L)], heard);
        Assert.Equal(4, errors.Count);
    }

    [Fact]
    public async Task ErrorHandler_ThatThrowsItself_DoesNotTurnSuccessIntoFailure()
    {
        using var database = await _folder.OpenWithTableAsync(new DatabaseOptions { OnCallbackError = static e => throw e });
        await database.WriteAsync(static tx =>
        {
            tx.Execute("INSERT INTO t(text) VALUES ('a')");
            tx.AfterCommit(static () => throw new FormatException());
        });
        await database.WriteAsync(static tx => tx.Execute("INSERT INTO t(text) VALUES ('b')"));
        Assert.Equal(2, Count(database));
    }

    [Fact]
    public async Task CancelledWork_ThatHasNotBegun_NeverRuns()
    {
        using var database = await _folder.OpenWithTableAsync();
        using var cancellation = new CancellationTokenSource();
        var first = Hold(database);
        var write = database.WriteAsync(static tx => tx.Execute("INSERT INTO t(text) VALUES ('x')"), cancellation.Token);
        await cancellation.CancelAsync();
        _gate.Set();
        await first;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
        Assert.Equal(0, Count(database));
    }

    [Fact]
    public async Task FirstWorkOfACommit_ThatFails_LeavesNothing_AndTheNextBeginsAnew()
    {
        using var database = await _folder.OpenWithTableAsync();
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<FormatException>(() => database.WriteAsync(static tx =>
            {
                tx.Execute("INSERT INTO t(text) VALUES ('lost')");
                throw new FormatException("no");
            }));
            var kept = $"kept {i}";
            await database.WriteAsync(tx => tx.Execute("INSERT INTO t(text) VALUES (?1)", kept));
        }

        Assert.Equal(3, Count(database));
        Assert.Null(database.Read(static tx => tx.ScalarInt64("SELECT id FROM t WHERE text = 'lost'")));
    }

    [Fact]
    public async Task WhatAWorkKeeps_IsItsOwn_AndIsWrittenAtItsEnd_OrNotAtAll()
    {
        using var database = await _folder.OpenWithTableAsync();
        for (var i = 0; i < 2; i++)
        {
            var round = i.ToString(System.Globalization.CultureInfo.InvariantCulture);
            await database.WriteAsync(tx =>
            {
                Names(tx).Add(round);
                Names(tx).Add("b");
                Assert.Null(tx.ScalarInt64("SELECT id FROM t WHERE text = ?1", round + ",b"));
            });
        }

        await Assert.ThrowsAsync<FormatException>(() => database.WriteAsync(static tx =>
        {
            Names(tx).Add("lost");
            throw new FormatException("no");
        }));
        Assert.Equal(["0,b", "1,b"], database.Read(static tx => tx.Query("SELECT text FROM t ORDER BY id", static row => row.GetText(0))));

        static List<string> Names(WriteTransaction tx)
            => tx.Keep(static tx =>
            {
                var names = new List<string>();
                tx.BeforeEnd(() => tx.Execute("INSERT INTO t(text) VALUES (?1)", string.Join(',', names)));
                return names;
            });
    }

    [Fact]
    public async Task FullQueue_MakesTheCallerWait()
    {
        using var database = await _folder.OpenWithTableAsync(new DatabaseOptions { MaxQueuedWrites = 4 });
        var first = Hold(database);
        var writes = Insert(database, 50);
        _gate.Set();
        await Task.WhenAll([first, .. writes]);
        Assert.Equal(50, Count(database));
    }

    [Fact]
    public async Task FullDatabase_IsSaidClearly_LosesNothing_AndWorksAgainAfterDeletion()
    {
        using var database = await _folder.OpenWithTableAsync(new DatabaseOptions { MaxPages = 60 });
        var kept = 0;
        var error = await Assert.ThrowsAsync<DatabaseFullException>(async () =>
        {
            for (; ; kept++)
            {
                var text = new string('x', 3000) + kept;
                await database.WriteAsync(tx => tx.Execute("INSERT INTO t(text) VALUES (?1)", text));
            }
        });

        Assert.True(error.IsTransient);
        Assert.InRange(kept, 5, 60);
        Assert.Equal(kept, Count(database));
        Assert.Empty(database.CheckIntegrity());
        await database.WriteAsync(static tx => tx.Execute("DELETE FROM t WHERE id <= 3"));
        await database.WriteAsync(static tx => tx.Execute("INSERT INTO t(text) VALUES ('small')"));
        Assert.Equal(kept - 2, Count(database));
    }

    [Fact]
    public async Task WorkThatFillsTheDatabase_KeepsExactlyTheWorksThatSucceeded()
    {
        using var database = await _folder.OpenWithTableAsync(new DatabaseOptions { MaxPages = 100 });
        var first = Hold(database);
        var writes = Insert(database, 3);
        var large = database.WriteAsync(static tx =>
        {
            for (var i = 0; i < 1000; i++)
            {
                tx.Execute("INSERT INTO t(text) VALUES (?1)", new string('y', 3000) + i);
            }
        });
        var after = Insert(database, 3, "after");
        _gate.Set();

        await Assert.ThrowsAsync<DatabaseFullException>(() => large);
        await Task.WhenAll(after);
        await Task.WhenAll(writes.Append(first).Select(static write => write.ContinueWith(static _ => { }, TaskScheduler.Default)));
        Assert.Equal(3 + writes.Count(static write => write.IsCompletedSuccessfully), Count(database));
        Assert.All(writes.Where(static write => write.IsFaulted), static write => Assert.IsType<DatabaseFullException>(write.Exception!.InnerException));
    }

    [Fact]
    public async Task Dispose_FromACallback_IsRefused()
    {
        var errors = new List<Exception>();
        using var database = await _folder.OpenWithTableAsync(new DatabaseOptions { OnCallbackError = errors.Add });
        await database.WriteAsync(tx => tx.AfterCommit(database.Dispose));
        Assert.IsType<InvalidOperationException>(Assert.Single(errors));
    }

    /// <summary>Keeps the writer in a work until the gate opens, so that what comes next waits together.</summary>
    private Task Hold(Database database) => database.WriteAsync(_ => _gate.Wait());

    private static List<Task<int>> Insert(Database database, int count, string prefix = "w")
        => [.. Enumerable.Range(0, count).Select(i => database.WriteAsync(tx => tx.Execute("INSERT INTO t(text) VALUES (?1)", $"{prefix}{i}")))];

    private static long Count(Database database) => database.Read(static tx => tx.ScalarInt64("SELECT count(*) FROM t"))!.Value;

    private static void ThrowAt(long commit, long failing)
    {
        if (commit == failing)
        {
            throw new IOException("the disk is gone");
        }
    }
}
