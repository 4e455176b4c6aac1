using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>REPLACE (RFC 8508): a message appended and another removed in one step, as editors of drafts want it.</summary>
internal sealed record ReplaceCommand(MessageSet Message, string To, AppendMessage By) : ImapCommand
{
    public override bool Removes => true;

    public override bool IsUidForm => Message.IsUid;

    public static ReplaceCommand Parse(CommandScanner scanner, bool uid)
    {
        var message = MessageSet.Parse(scanner, uid);
        if (message.Set.Ranges is not [var only] || only.First != only.Last)
        {
            throw new ImapSyntaxException("REPLACE takes one message");
        }

        scanner.Space();
        return new ReplaceCommand(message, scanner.Mailbox(), AppendMessage.Parse(scanner));
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        var mailbox = session.Mailbox;
        if (Message.Uids(mailbox) is not [var replaced])
        {
            return ImapReply.No("There is no such message", "NONEXISTENT");
        }

        if (mailbox.IsReadOnly)
        {
            return ImapReply.No("The mailbox is read-only", "READ-ONLY");
        }

        if (session.Account.Find(To) is not { } destination)
        {
            return ImapReply.No("There is no such mailbox", "TRYCREATE");
        }

        if (By.Refusal(session.Options) is { } refusal)
        {
            return refusal;
        }

        var answer = await session.Account.ReplaceAsync(mailbox.Id, replaced, destination.Id, By.ToMail(), cancellationToken).ConfigureAwait(false);
        GetQuotaCommand.WarnWhenFull(session, By.Octets.Length);
        session.NoteMade(destination.Id, [answer.Uid]);
        session.Output.Untagged($"OK [APPENDUID {answer.UidValidity} {answer.Uid}] Replaced");   // before EXPUNGE (RFC 8508 §4.3)
        return ImapReply.Ok("REPLACE completed");
    }
}
