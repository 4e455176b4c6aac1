using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>SELECT and EXAMINE (RFC 3501 §6.3.1, §6.3.2).</summary>
internal sealed record SelectCommand(string Name, bool ReadOnly) : ImapCommand
{
    public static SelectCommand Parse(CommandScanner scanner, bool readOnly)
    {
        scanner.Space();
        return new SelectCommand(scanner.Mailbox(), readOnly);
    }

    public override ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        // A failed SELECT also leaves nothing selected.
        session.Deselect();
        if (session.Account.Find(Name) is not { } mailbox)
        {
            return new(ImapReply.No("There is no such mailbox", "NONEXISTENT"));
        }

        var view = session.Account.Open(mailbox.Id);
        var selected = new SelectedMailbox(view, ReadOnly);
        var (output, flags) = (session.Output, string.Join(' ', selected.Flags));
        output.Untagged($"FLAGS ({flags})");
        output.Untagged(ReadOnly ? "OK [PERMANENTFLAGS ()] Read-only" : $"OK [PERMANENTFLAGS ({Permanent(selected)} \\*)] Flags kept");
        output.Untagged($"{selected.Messages.Count} EXISTS");
        output.Untagged("0 RECENT");
        if (FirstUnseen(selected) is { } unseen)
        {
            output.Untagged($"OK [UNSEEN {unseen}] First unseen");
        }

        output.Untagged($"OK [UIDVALIDITY {mailbox.UidValidity}] UIDs valid");
        output.Untagged($"OK [UIDNEXT {view.UidNext}] Next UID");
        session.Select(selected);
        return new(ReadOnly ? ImapReply.Ok("EXAMINE completed", "READ-ONLY") : ImapReply.Ok("SELECT completed", "READ-WRITE"));
    }

    /// <summary>Keywords that only verdict facts speak are shown in FLAGS, but can not be stored.</summary>
    private static string Permanent(SelectedMailbox selected) => string.Join(' ', selected.Flags.Where(static f => !FlagNames.IsReserved(f)));

    private static int? FirstUnseen(SelectedMailbox selected)
    {
        for (var i = 0; i < selected.Messages.Count; i++)
        {
            if (!selected.Messages[i].Has(FlagNames.Seen))
            {
                return i + 1;
            }
        }

        return null;
    }
}
