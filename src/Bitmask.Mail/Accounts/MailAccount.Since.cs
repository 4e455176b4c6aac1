namespace Bitmask.Mail;

public sealed partial class MailAccount
{
    /// <summary>
    /// What changed in a mailbox after a mod-sequence that somebody knows. When the change stream does not reach back that
    /// far, or the UIDs are of another life, there is only the way to look at everything again: then the answer is null.
    /// </summary>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="uidValidity">The life of the UIDs that are known.</param>
    /// <param name="since">The mod-sequence that is known.</param>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public MailboxChanges? ChangesSince(MailboxId mailbox, UidValidity uidValidity, ModSeq since)
    {
        var view = Open(mailbox);
        var removed = view.Mailbox.UidValidity == uidValidity ? Vanished(mailbox, since) : null;

        // What went after the view was made is told by the next call, too.
        return removed is null ? null : new MailboxChanges([.. view.Entries.Where(entry => entry.ModSeq > since)], [.. removed.Where(uid => view.Find(uid) is null)], view.HighestModSeq);
    }

    /// <summary>Deletes messages, wherever they are; octets that no other message shares go with them. Those that are gone are passed over.</summary>
    public async Task DeleteAsync(IReadOnlyList<EntryId> entries, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entries);
        foreach (var some in entries.Chunk(MessagesPerTransaction))
        {
            await WriteAsync(
                tx =>
                {
                    foreach (var entry in some)
                    {
                        tx.Delete(entry);
                    }

                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
    }
}
