using Bitmask.Soledad;

namespace Bitmask.Mail;

public sealed partial class MailAccount
{
    /// <summary>
    /// Files an incoming mail inside the caller's transaction, which records beside it that the item is filed (security.md A7): both or
    /// neither. <see cref="PrepareAsync"/> comes before; without it large parts become documents. The same mail again, by this device or another, is recognised by its id; what of it did not come yet is added.
    /// </summary>
    public FiledAnswer FileIncoming(StoreTransaction tx, IncomingMail mail)
    {
        ArgumentNullException.ThrowIfNull(tx);
        ArgumentNullException.ThrowIfNull(mail);
        switch (tx.Get(DocumentIds.Of(mail.Id)))
        {
            case { IsDeleted: true }:
                return FiledAnswer.Tombstoned;
            case not null:
                return Complete(tx, mail) ? FiledAnswer.Filed : FiledAnswer.AlreadyThere;
        }

        var transaction = new MailTransaction(tx, _store.DeviceId.ToString());
        var mailbox = mail.Mailbox is { } wanted && FindById(tx.Sql, wanted) is { } found ? found : EnsureInbox(transaction);
        transaction.Create(mail.Id, mail.Split, mailbox.Id, mail.Flags, mail.Received, mail.Security);
        return FiledAnswer.Filed;
    }

    // The entry came by sync, the rest not yet, and perhaps never: then the octets at hand must not be thrown away.
    private static bool Complete(StoreTransaction tx, IncomingMail mail)
    {
        var headId = new HeadId(mail.Id.Value);
        var head = ReadHead(tx, headId);
        var documents = head is null || head.Sha256 != mail.Split.Head.Sha256
            ? mail.Split.Documents(headId, ThreadTable.Choose(tx.Sql, headId, mail.Split.Keys))
            : PiecesOf(head, mail).Where(static piece => piece is { Item.Part: not null, Octets: not null })
                .Select(piece => (Id: piece.Item.Part!, Json: SplitMessage.PartJson(piece.Octets!.Value, head.Sha256, MessageSplitter.UnknownType)));
        var missing = documents.Where(document => tx.Get(document.Id) is null).ToList();
        foreach (var (id, json) in missing)
        {
            tx.Create(id, json);
        }

        return missing.Count > 0;
    }

    /// <summary>Takes a message away inside the caller's transaction, in whatever mailbox it is: a notice that something better takes the place of.</summary>
    public void Unfile(StoreTransaction tx, EntryId entry)
    {
        ArgumentNullException.ThrowIfNull(tx);
        new MailTransaction(tx, _store.DeviceId.ToString()).Delete(entry);
    }

    /// <summary>Files a message of the account's own, such as a notice, into a mailbox (the inbox when null) inside the caller's transaction.</summary>
    public EntryId FileNotice(StoreTransaction tx, ReadOnlyMemory<byte> raw, MailboxId? mailbox = null)
    {
        ArgumentNullException.ThrowIfNull(tx);
        var id = new EntryId(HexId.New(Clock.GetUtcNow()));
        FileIncoming(tx, new IncomingMail(id, raw, Clock.GetUtcNow(), null) { Mailbox = mailbox });
        return id;
    }
}
