using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>
/// APPEND (RFC 3501 §6.3.11) of one or several messages, all of them or none (RFC 3502), with APPENDUID (RFC 4315 §3). They are on
/// disk before the OK.
/// </summary>
internal sealed record AppendCommand(string Name, IReadOnlyList<AppendMessage> Messages) : ImapCommand
{
    public override bool GoesFirst => false;

    public static AppendCommand Parse(CommandScanner scanner)
    {
        scanner.Space();
        var name = scanner.Mailbox();
        var messages = new List<AppendMessage>();
        do
        {
            messages.Add(AppendMessage.Parse(scanner));
        }
        while (scanner.Peek == (byte)' ' && !scanner.IsBlankToTheEnd);
        return new AppendCommand(name, messages);
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        if (session.Account.Find(Name) is not { } mailbox)
        {
            return ImapReply.No("There is no such mailbox", "TRYCREATE");
        }

        if (Messages.Select(m => m.Refusal(session.Options)).FirstOrDefault(static r => r is not null) is { } refusal)
        {
            return refusal;
        }

        var answers = await session.Account.AppendManyAsync(mailbox.Id, [.. Messages.Select(static m => m.ToMail())], cancellationToken).ConfigureAwait(false);
        GetQuotaCommand.WarnWhenFull(session, Messages.Sum(static m => (long)m.Octets.Length));
        session.NoteMade(mailbox.Id, answers.Select(static a => a.Uid));
        return ImapReply.Ok("APPEND completed", $"APPENDUID {answers[0].UidValidity} {SequenceSet.Write(answers.Select(static a => a.Uid.Value))}");
    }
}
