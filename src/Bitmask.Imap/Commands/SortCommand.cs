using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;
using Bitmask.Imap.Threading;

namespace Bitmask.Imap.Commands;

/// <summary>SORT (RFC 5256 §3).</summary>
internal sealed record SortCommand(bool Uid, IReadOnlyList<SortKey> Keys, SearchProgram Program) : ImapCommand
{
    public override bool AllowsExpunge => Uid && !Program.ByNumber;

    public override bool IsUidForm => Uid;

    public static SortCommand Parse(CommandScanner scanner, bool uid)
    {
        scanner.Space();
        var keys = SortKey.ParseList(scanner);
        scanner.Space();
        return new SortCommand(uid, keys, SearchProgram.ParseWithCharset(scanner));
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        if (Program.Key is null)
        {
            return SearchProgram.BadCharset;
        }

        var sorted = MessageSorter.Sort(session.Account, session.Mailbox.Messages, Program.Find(session, cancellationToken), Keys);
        await SearchCommand.WriteNumbersAsync(session, "* SORT", Uid, sorted, Program.ByModSeq, cancellationToken).ConfigureAwait(false);
        return ImapReply.Ok("SORT completed");
    }
}
