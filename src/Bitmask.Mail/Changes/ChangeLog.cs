using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>Writes the change stream: rows in the transaction of the change, news to subscribers after the commit.</summary>
internal sealed class ChangeLog
{
    private readonly Lock _gate = new();
    private Action<IReadOnlyList<MailChange>>[] _subscribers = [];

    // Touched by the writer's thread only: the changes of the transaction it is at.
    private WriteTransaction? _transaction;
    private List<MailChange> _changes = [];

    /// <summary>Writes one change.</summary>
    public ModSeq Add(WriteTransaction tx, MailChangeKind kind, MailboxId? mailbox = null, EntryId? entry = null, Uid? uid = null)
    {
        tx.Execute(
            "INSERT INTO mail_change(kind, mailbox, entry, uid) VALUES (?1, ?2, ?3, ?4)",
            (int)kind, mailbox is { } box ? HexId.Bytes(box.Value) : null, entry is { } id ? HexId.Bytes(id.Value) : null, uid?.Value);
        var sequence = tx.LastInsertRowId;
        ChangesOf(tx).Add(new MailChange(sequence, kind, mailbox ?? default, entry, uid));
        return new ModSeq(sequence);
    }

    /// <summary>Takes note of changes of messages whose rows were just written, in this order.</summary>
    /// <returns>The number of the last one.</returns>
    public ModSeq AddWritten(WriteTransaction tx, MailChangeKind kind, MailboxId mailbox, IReadOnlyList<MessageEntry> messages)
    {
        var changes = ChangesOf(tx);
        var last = tx.LastInsertRowId;
        for (var i = 0; i < messages.Count; i++)
        {
            changes.Add(new MailChange(last - messages.Count + 1 + i, kind, mailbox, messages[i].Id, messages[i].Uid));
        }

        return new ModSeq(last);
    }

    public IDisposable Subscribe(Action<IReadOnlyList<MailChange>> wake)
    {
        lock (_gate)
        {
            _subscribers = [.. _subscribers, wake];
        }

        return new Subscription(this, wake);
    }

    private List<MailChange> ChangesOf(WriteTransaction tx)
    {
        if (!ReferenceEquals(tx, _transaction))
        {
            var changes = new List<MailChange>();
            (_transaction, _changes) = (tx, changes);
            tx.AfterCommit(() => Publish(changes));
        }

        return _changes;
    }

    private void Publish(List<MailChange> changes)
    {
        List<Exception> faults = [];
        foreach (var subscriber in _subscribers)
        {
            try
            {
                subscriber(changes);
            }
            catch (Exception e)
            {
                // The others must hear of it all the same.
                faults.Add(e);
            }
        }

        if (faults.Count > 0)
        {
            throw new AggregateException(faults);
        }
    }

    private sealed class Subscription(ChangeLog log, Action<IReadOnlyList<MailChange>> wake) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) != 0)
            {
                return;
            }

            lock (log._gate)
            {
                // One of them, should the same function have subscribed twice.
                var index = Array.IndexOf(log._subscribers, wake);
                log._subscribers = [.. log._subscribers.Where((_, i) => i != index)];
            }
        }
    }
}
