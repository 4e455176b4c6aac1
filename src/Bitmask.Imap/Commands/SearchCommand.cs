using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>SEARCH (RFC 3501 §6.4.4), with ESEARCH (RFC 4731), SEARCHRES (RFC 5182) and PARTIAL (RFC 9394).</summary>
internal sealed record SearchCommand(bool Uid, SearchReturn? Return, SearchProgram Program) : ImapCommand
{
    public override bool AllowsExpunge => Uid && !Program.ByNumber;

    public override bool IsUidForm => Uid;

    public override bool GoesFirst => false;

    public static SearchCommand Parse(CommandScanner scanner, bool uid)
    {
        scanner.Space();
        return new SearchCommand(uid, SearchReturn.TryParse(scanner), SearchProgram.Parse(scanner));
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        var mailbox = session.Mailbox;
        if (Program.NamesCharset && session.Has(Features.Utf8))
        {
            return ImapReply.Bad("CHARSET has no place after ENABLE UTF8=ACCEPT");   // RFC 6855 §3
        }

        if (Program.Key is null)
        {
            mailbox.Saved = Return is { Save: true } ? [] : mailbox.Saved;   // RFC 5182 §2.1
            return SearchProgram.BadCharset;
        }

        var found = Program.Find(session, cancellationToken);
        if (Return is { Save: true })
        {
            mailbox.Saved = Return.Saved(found).ConvertAll(i => mailbox.Messages[i].Uid);
        }

        var answer = Return ?? (session.Has(Features.Rev2) ? SearchReturn.Everything : null);   // RFC 9051 §7.3.4
        if (answer is null)
        {
            await WriteNumbersAsync(session, "* SEARCH", Uid, found, Program.ByModSeq, cancellationToken).ConfigureAwait(false);
        }
        else if (!answer.IsSilent)
        {
            answer.Write(session, Uid, found, Program.ByModSeq);
        }

        return ImapReply.Ok("SEARCH completed");
    }

    /// <summary>The untagged response of SEARCH and SORT: numbers, then the highest mod-sequence if it was asked by (RFC 7162 §3.1.6).</summary>
    public static async ValueTask WriteNumbersAsync(ImapSession session, string name, bool uid, IReadOnlyList<int> found, bool byModSeq, CancellationToken cancellationToken)
    {
        var messages = session.Mailbox.Messages;
        var writer = session.Output.Writer;
        session.Output.IsInsideResponse = true;
        writer.Raw(name);
        foreach (var position in found)
        {
            writer.Raw(" "u8);
            writer.Number(uid ? messages[position].Uid.Value : position + 1);
            await session.Output.FlushIfFullAsync(cancellationToken).ConfigureAwait(false);
        }

        if (byModSeq && found.Count > 0)
        {
            writer.Raw($" (MODSEQ {found.Max(i => messages[i].ModSeq)})");
        }

        writer.EndLine();
        session.Output.IsInsideResponse = false;
    }
}
