namespace Bitmask.Mail;

public sealed partial class MailAccount
{
    /// <summary>The conversation that a message belongs to. It never changes, and is the same on all devices.</summary>
    /// <exception cref="MailException">There is no such message.</exception>
    public ThreadId ThreadOf(EntryId entry)
        => _store.Read(store => store.Sql.QueryFirstOrDefault<ThreadId?>(
            "SELECT h.thread FROM mail_entry e JOIN mail_head h ON h.id = e.head WHERE e.id = ?1 AND h.thread IS NOT NULL",
            static row => new ThreadId(HexId.Read(row.GetBytes(0))), HexId.Bytes(entry.Value))) ?? throw MailErrors.NoMessage();

    /// <summary>The messages of a conversation, in all mailboxes, oldest first by the date they were sent (arrived, where they do not say). Empty when there is none.</summary>
    public IReadOnlyList<(MailboxId Mailbox, MessageEntry Entry)> Thread(ThreadId thread)
    {
        var entries = _store.Read(store => ThreadTable.HeadsOf(store.Sql, thread).SelectMany(head => store.Sql.Query(
            "SELECT id FROM mail_entry WHERE head = ?1 ORDER BY id", static row => new EntryId(HexId.Read(row.GetBytes(0))), HexId.Bytes(head.Value))).ToList());
        var places = entries.Select(Find).OfType<(MailboxId Mailbox, MessageEntry Entry)>().ToList();
        var orders = Orders([.. places.Select(static place => place.Entry)]);
        return [.. places.Zip(orders).OrderBy(static pair => pair.Second.Sent ?? pair.First.Entry.InternalDate).ThenBy(static pair => pair.First.Entry.Uid).Select(static pair => pair.First)];
    }

    /// <summary>The messages with this Message-ID (RFC 5322 §3.6.4), in whatever mailboxes. Angle brackets may be left out. Costs as much as its conversation is long.</summary>
    public IReadOnlyList<EntryId> FindByMessageId(string messageId)
    {
        ArgumentNullException.ThrowIfNull(messageId);
        if (MessageOrderReader.Ids(messageId.Contains('<', StringComparison.Ordinal) ? messageId : $"<{messageId}>") is not [var wanted, ..])
        {
            return [];
        }

        var near = _store.Read(store => ThreadTable.EntriesNear(store.Sql, wanted));
        return [.. near.Where(entry => MessageOrderReader.Ids(Envelope(entry).MessageId) is [var own, ..] && own == wanted)];
    }

    /// <summary>Which of some messages belong to a conversation, as ascending positions.</summary>
    public IReadOnlyList<int> FindThread(ThreadId thread, IReadOnlyList<MessageEntry> among)
    {
        ArgumentNullException.ThrowIfNull(among);
        var heads = _store.Read(store => ThreadTable.HeadsOf(store.Sql, thread).ToHashSet());
        return heads.Count == 0 ? [] : [.. Enumerable.Range(0, among.Count).Where(i => heads.Contains(among[i].Head))];
    }
}
