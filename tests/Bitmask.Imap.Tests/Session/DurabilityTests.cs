using Bitmask.Sqlite;

namespace Bitmask.Imap.Tests.Session;

/// <summary>OK means: on the disk. A connection of SQLite that does not sync every commit is refused (<c>OpenTests</c>); here the commit is held while it is about to be made.</summary>
public sealed class DurabilityTests : IDisposable
{
    private readonly ManualResetEventSlim _mayCommit = new(true);
    private readonly SemaphoreSlim _begun = new(0);

    public void Dispose()
    {
        _mayCommit.Dispose();
        _begun.Dispose();
    }

    [Theory]
    [InlineData("APPEND INBOX {14+}\r\nSubject: x\r\n\r\n")]
    [InlineData("APPEND INBOX {4+}\r\na: b {4+}\r\nc: d")]
    [InlineData("STORE 1:2 +FLAGS (\\Flagged)")]
    [InlineData("UID STORE 1 FLAGS.SILENT (\\Deleted)")]
    [InlineData("FETCH 2 BODY[TEXT]")]
    [InlineData("COPY 1:3 Archive")]
    [InlineData("MOVE 2 Archive")]
    [InlineData("REPLACE 1 Drafts {4+}\r\na: b")]
    [InlineData("EXPUNGE")]
    [InlineData("CREATE Work")]
    [InlineData("RENAME Archive Old")]
    [InlineData("DELETE Junk")]
    [InlineData("UNSUBSCRIBE Junk")]
    public async Task Answer_OfAChange_ComesAfterItsCommit(string command)
    {
        using var alice = await Alice.WithMailAsync(3, new DatabaseOptions { OnCommitting = Hold });
        var client = await ImapClient.LoggedInAsync(alice);
        await client.SendAsync("STORE 3 FLAGS.SILENT (\\Deleted)");
        _mayCommit.Reset();
        Task<string[]> answer;
        try
        {
            answer = client.SendAsync(command);
            Assert.True(await _begun.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken), "Nothing was committed.");

            // The session has all the time it could need for a hasty answer; a right one can not come, however long this waits.
            await Task.Delay(50, TestContext.Current.CancellationToken);
            Assert.False(answer.IsCompleted);
        }
        finally
        {
            _mayCommit.Set();
        }

        Assert.StartsWith("OK", (await answer)[^1], StringComparison.Ordinal);
    }

    /// <summary>On the writer's thread, before COMMIT.</summary>
    private void Hold(long number)
    {
        if (!_mayCommit.IsSet)
        {
            _begun.Release();
            _mayCommit.Wait();
        }
    }
}
