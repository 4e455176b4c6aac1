using System.Threading.Channels;

namespace Bitmask.Sqlite;

/// <summary>
/// The one thread that writes. It takes all works that wait and makes one commit of them: the disk is synced once for many. A work
/// that fails is rolled back alone; a commit that fails, fails all works in it. (When the disk is full or failing SQLite itself may
/// give up everything since BEGIN: then the earlier works fail with the same error.)
/// </summary>
internal sealed class Writer : IDisposable
{
    // After so many rows sharing the sync of the disk saves little, and the next work gets to be a first one.
    private const int ManyRows = 2000;

    private readonly Connection _connection;
    private readonly DatabaseOptions _options;
    private readonly Channel<WriteWork> _queue;
    private readonly Thread _thread;
    private long _commits;

    public Writer(Connection connection, DatabaseOptions options, string name)
    {
        _connection = connection;
        _options = options;
        _queue = Channel.CreateBounded<WriteWork>(new BoundedChannelOptions(options.MaxQueuedWrites) { SingleReader = true });
        _thread = new Thread(Run) { IsBackground = true, Name = "writer of " + name };
        _thread.Start();
    }

    public bool IsCurrentThread => Thread.CurrentThread == _thread;

    public ValueTask EnqueueAsync(WriteWork work, CancellationToken cancellationToken) => _queue.Writer.WriteAsync(work, cancellationToken);

    /// <summary>Finishes the works that wait and ends.</summary>
    public void Dispose()
    {
        _queue.Writer.TryComplete();
        _thread.Join();
        _connection.Dispose();
    }

    private void Run()
    {
        var group = new List<WriteWork>();
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            group.Clear();
            try
            {
                RunGroup(group);
            }
            catch (Exception e)
            {
                // The group as a whole failed: no work in it was kept.
                RollBack();
                foreach (var work in group)
                {
                    work.Fail(e);
                }
            }
        }
    }

    private void RunGroup(List<WriteWork> group)
    {
        var isBegun = false;
        var before = _connection.TotalChanges;
        while (group.Count < _options.MaxWritesPerCommit && _connection.TotalChanges - before < ManyRows && _queue.Reader.TryRead(out var work))
        {
            if (!work.Start())
            {
                continue;
            }

            group.Add(work);
            if (isBegun)
            {
                RunNext(work);
            }
            else
            {
                isBegun = RunFirst(work);
            }
        }

        if (isBegun)
        {
            Commit(group);
        }
    }

    /// <summary>
    /// Begins the transaction with a work. It needs no savepoint, since nothing stands before it that a rollback could take along; and a
    /// savepoint is dear for a large work: it keeps every page as it was, and each statement walks through all of them.
    /// </summary>
    private bool RunFirst(WriteWork work)
    {
        _connection.Execute("BEGIN IMMEDIATE");
        var transaction = new WriteTransaction(_connection, work.AfterCommit);
        try
        {
            work.Run(transaction);
            transaction.Finish();
            return true;
        }
        catch (Exception e)
        {
            transaction.End();
            work.Fail(e);
            if (_connection.InTransaction)
            {
                _connection.Execute("ROLLBACK");
            }

            return false;
        }
    }

    private void RunNext(WriteWork work)
    {
        _connection.Execute("SAVEPOINT work");
        var transaction = new WriteTransaction(_connection, work.AfterCommit);
        try
        {
            work.Run(transaction);
            transaction.Finish();
        }
        catch (Exception e)
        {
            transaction.End();
            work.Fail(e);
            if (!_connection.InTransaction)
            {
                // SQLite itself gave up everything since BEGIN. Works are not run twice: their callers get the error and may try again.
                throw;
            }

            _connection.Execute("ROLLBACK TO work");
        }

        _connection.Execute("RELEASE work");
    }

    private void Commit(List<WriteWork> group)
    {
        _commits++;
        _options.OnCommitting?.Invoke(_commits);
        _connection.Execute("COMMIT");
        try
        {
            foreach (var callback in group.Where(static work => !work.HasFailed).SelectMany(static work => work.AfterCommit))
            {
                Call(callback);
            }
        }
        finally
        {
            // Whatever the callbacks do: what is durable is reported as such.
            foreach (var work in group)
            {
                work.Complete();
            }
        }
    }

    private void Call(Action callback)
    {
        try
        {
            callback();
        }
        catch (Exception e)
        {
            _options.OnCallbackError?.Invoke(e);
        }
    }

    private void RollBack()
    {
        if (!_connection.InTransaction)
        {
            return;
        }

        try
        {
            _connection.Execute("ROLLBACK");
        }
        catch (DatabaseException)
        {
            // What failed the group is the news; the next BEGIN tells if the connection is beyond use.
        }
    }
}
