using Bitmask.Soledad;

namespace Bitmask.Mail;

public sealed partial class MailAccount
{
    /// <summary>
    /// Files an incoming mail inside the caller's transaction, which records beside it that the item is filed (security.md A7): both or
    /// neither. The same mail again, by this device or another, is recognised by its id.
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
                return FiledAnswer.AlreadyThere;
        }

        var transaction = new MailTransaction(tx, _store.DeviceId.ToString());
        var mailbox = mail.Mailbox is { } wanted && FindById(tx.Sql, wanted) is { } found ? found : EnsureInbox(transaction);
        transaction.Create(mail.Id, mail.Split, mailbox.Id, mail.Flags, mail.Received, mail.Security);
        return FiledAnswer.Filed;
    }

    /// <summary>Files a message of the account's own, such as a notice, into a mailbox (the inbox when null) inside the caller's transaction.</summary>
    public EntryId FileNotice(StoreTransaction tx, ReadOnlyMemory<byte> raw, MailboxId? mailbox = null)
    {
        ArgumentNullException.ThrowIfNull(tx);
        var id = new EntryId(HexId.Random());
        FileIncoming(tx, new IncomingMail(id, raw, Clock.GetUtcNow(), null) { Mailbox = mailbox });
        return id;
    }
}
