using Bitmask.Primitives;
using Bitmask.Soledad;

namespace Bitmask.Mail;

/// <content>Mail on its way out: into the outbox, with a copy in Sent, and back out of it.</content>
public sealed partial class MailAccount
{
    private static readonly string[] SentFlags = [MessageFlags.Seen];
    private static readonly string[] DraftFlags = [MessageFlags.Seen, MessageFlags.Draft];

    /// <summary>
    /// Accepts a mail for sending: durable when the task completes. With <see cref="OutboxTerms.KeepCopy"/> a copy is in Sent from the same moment, unless one
    /// with its Message-ID is there already; when a mail program appends its own later, that one takes its place.
    /// </summary>
    /// <exception cref="ArgumentException">There is no recipient.</exception>
    public async Task<OutboxItem> SendAsync(
        EmailAddress reversePath, IReadOnlyList<EmailAddress> recipients, ReadOnlyMemory<byte> raw, OutboxTerms terms, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(terms);
        var copy = terms.KeepCopy ? await SplitOwnAsync(raw, cancellationToken).ConfigureAwait(false) : null;
        return await WriteAsync(
            tx =>
            {
                var item = Outbox.Add(tx.Store, reversePath, recipients, raw, terms);
                if (copy?.Keys.Own is { } message && SentId(tx.Store) is { } sent && !SentCopies.IsIn(tx.Store.Sql, sent, message))
                {
                    var id = new EntryId(HexId.New(Clock.GetUtcNow()));
                    tx.Create(id, copy, sent, SentFlags, Clock.GetUtcNow(), null, FindSame(tx.Store, copy));
                    SentCopies.Add(tx.Store.Sql, id, message, Clock.GetUtcNow());
                }

                return item;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Takes a mail out of the outbox before it has left. The copy that was filed in Sent goes, too, when nobody has got the mail. Whoever calls sees to it that
    /// the mail is not being handed over at this moment.
    /// </summary>
    /// <param name="id">The mail.</param>
    /// <param name="toDrafts">Whether it becomes a draft, to be written on.</param>
    /// <param name="cancellationToken">Cancels before anything is done.</param>
    /// <returns>The recipients whom the provider has taken it for already, and the draft.</returns>
    /// <exception cref="MailException">There is no such mail, or no mailbox for drafts.</exception>
    public async Task<WithdrawAnswer> WithdrawAsync(OutboxId id, bool toDrafts, CancellationToken cancellationToken = default)
    {
        var split = await SplitOwnAsync(Outbox.Content(id), cancellationToken).ConfigureAwait(false);
        return await WriteAsync(
            tx =>
            {
                var item = Outbox.Remove(tx.Store, id) ?? throw new MailException(MailError.MessageNotFound, "There is no such mail in the outbox.");
                EntryId? draft = null;
                if (toDrafts)
                {
                    var drafts = SpecialId(tx.Store, SpecialUse.Drafts) ?? throw MailErrors.NoMailbox();
                    draft = new EntryId(HexId.New(Clock.GetUtcNow()));
                    tx.Create(draft.Value, split, drafts, DraftFlags, Clock.GetUtcNow(), null, FindSame(tx.Store, split));
                }

                var relayed = item.Recipients.Where(recipient => recipient.State == OutboxState.Relayed).Select(recipient => recipient.Address).ToList();
                if (relayed.Count == 0)
                {
                    TakeSentCopies(tx, split);
                }

                return new WithdrawAnswer(relayed, draft);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A mail program's own copy of a sent mail takes the place of ours.</summary>
    private static void ReplaceSentCopies(MailTransaction tx, MailboxId mailbox, SplitMessage message)
    {
        if (SentId(tx.Store) == mailbox)
        {
            TakeSentCopies(tx, message);
        }
    }

    private static void TakeSentCopies(MailTransaction tx, SplitMessage message)
    {
        if (message.Keys.Own is { } own && SentId(tx.Store) is { } sent)
        {
            SentCopies.Take(tx.Store.Sql, own, sent).ForEach(tx.Delete);
        }
    }

    private static MailboxId? SentId(StoreReader store) => SpecialId(store, SpecialUse.Sent);

    private async Task<SplitMessage> SplitOwnAsync(ReadOnlyMemory<byte> raw, CancellationToken cancellationToken)
    {
        var split = MessageSplitter.Split(raw);
        await StoreAsync(split, isOwnAct: true, BlobPriority.Medium, cancellationToken).ConfigureAwait(false);
        return split;
    }
}
