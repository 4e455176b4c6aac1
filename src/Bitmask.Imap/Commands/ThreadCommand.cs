using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;
using Bitmask.Imap.Threading;

namespace Bitmask.Imap.Commands;

/// <summary>THREAD (RFC 5256 §3) by REFERENCES or ORDEREDSUBJECT.</summary>
internal sealed record ThreadCommand(bool Uid, bool ByReferences, SearchProgram Program) : ImapCommand
{
    public override bool AllowsExpunge => Uid && !Program.ByNumber;

    public override bool IsUidForm => Uid;

    public static ThreadCommand Parse(CommandScanner scanner, bool uid)
    {
        scanner.Space();
        var byReferences = scanner.Keyword() switch
        {
            "REFERENCES" => true,
            "ORDEREDSUBJECT" => false,
            _ => throw new ImapSyntaxException("Unknown threading algorithm"),
        };
        scanner.Space();
        return new ThreadCommand(uid, byReferences, SearchProgram.ParseWithCharset(scanner));
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        if (Program.Key is null)
        {
            return SearchProgram.BadCharset;
        }

        var (messages, output) = (session.Mailbox.Messages, session.Output);
        var found = ThreadedMessage.Read(session.Account, messages, Program.Find(session, cancellationToken));
        var threads = ByReferences ? ReferenceThreads.Build(found) : SubjectThreads.Build(found);
        output.IsInsideResponse = true;
        output.Writer.Raw(threads.Count > 0 ? "* THREAD "u8 : "* THREAD"u8);
        foreach (var thread in threads)
        {
            thread.Write(output.Writer, position => Uid ? messages[position].Uid.Value : position + 1);
            await output.FlushIfFullAsync(cancellationToken).ConfigureAwait(false);
        }

        output.Writer.EndLine();
        output.IsInsideResponse = false;
        return ImapReply.Ok("THREAD completed");
    }
}
