using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>SELECT and EXAMINE (RFC 3501 §6.3.1, §6.3.2) with CONDSTORE and QRESYNC (RFC 7162 §3.1.8, §3.2.5).</summary>
internal sealed record SelectCommand(string Name, bool ReadOnly, bool CondStore = false, QResyncParameter? QResync = null) : ImapCommand
{
    public static SelectCommand Parse(CommandScanner scanner, bool readOnly)
    {
        scanner.Space();
        var command = new SelectCommand(scanner.Mailbox(), readOnly);
        if (scanner.TryTake((byte)' ') && scanner.Peek == (byte)'(')
        {
            scanner.List(s =>
            {
                command = s.Keyword() switch
                {
                    "CONDSTORE" => command with { CondStore = true },
                    "QRESYNC" => command with { QResync = QResyncParameter.Parse(s) },
                    _ => throw new ImapSyntaxException("Unknown parameter of SELECT"),
                };
                return true;
            });
        }

        return command;
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        if (QResync is not null && !session.Has(Features.QResync))
        {
            return ImapReply.Bad("ENABLE QRESYNC comes first");
        }

        // A failed SELECT also leaves nothing selected.
        if (session.Selected is not null)
        {
            session.Output.Untagged("OK [CLOSED] Previous mailbox closed");   // the boundary of RFC 7162 §3.2.11
        }

        session.Deselect();
        if (session.Account.Find(Name) is not { } mailbox)
        {
            return ImapReply.No("There is no such mailbox", "NONEXISTENT");
        }

        var view = session.Account.Open(mailbox.Id);
        var selected = new SelectedMailbox(view, ReadOnly);
        session.ClaimRecent(selected, view);
        Describe(session.Output, selected, session.Has(Features.Rev2));
        session.Select(selected);
        if (CondStore)
        {
            session.Enable(Features.CondStore);
        }

        if (QResync is { } known && known.UidValidity == mailbox.UidValidity.Value)
        {
            await ResynchronizeAsync(session, selected, known, cancellationToken).ConfigureAwait(false);
        }

        return ReadOnly ? ImapReply.Ok("EXAMINE completed", "READ-ONLY") : ImapReply.Ok("SELECT completed", "READ-WRITE");
    }

    private void Describe(ImapOutput output, SelectedMailbox selected, bool rev2)
    {
        output.Untagged($"FLAGS ({string.Join(' ', selected.Flags)})");
        output.Untagged(ReadOnly ? "OK [PERMANENTFLAGS ()] Read-only" : $"OK [PERMANENTFLAGS ({Permanent(selected)} \\*)] Flags kept");
        output.Untagged($"{selected.Messages.Count} EXISTS");
        if (rev2)
        {
            // RECENT and UNSEEN are no more; the name as the server has it is new (RFC 9051 §6.3.2).
            output.Writer.Raw("* LIST () \"/\" "u8);
            output.Writer.Mailbox(selected.Mailbox.Name);
            output.Writer.EndLine();
        }
        else
        {
            selected.TellRecent(output);
            if (FirstUnseen(selected) is { } unseen)
            {
                output.Untagged($"OK [UNSEEN {unseen}] First unseen");
            }
        }

        output.Untagged($"OK [UIDVALIDITY {selected.Mailbox.UidValidity}] UIDs valid");
        output.Untagged($"OK [UIDNEXT {selected.UidNext}] Next UID");
        output.Untagged($"OK [MAILBOXID ({selected.Id})] Lasting id");
        output.Untagged($"OK [HIGHESTMODSEQ {selected.Told}] Highest");
    }

    /// <summary>What changed since the client was here, as UID FETCH known (FLAGS) (CHANGEDSINCE n VANISHED) would tell it (RFC 7162 §3.2.5.1).</summary>
    private static async ValueTask ResynchronizeAsync(ImapSession session, SelectedMailbox selected, QResyncParameter known, CancellationToken cancellationToken)
    {
        VanishedEarlier.Write(session, known.Known, known.ModSeq, VanishedEarlier.Matched(selected, known.Match));
        var among = known.Known is { } uids ? selected.ResolveUids(uids) : Enumerable.Range(0, selected.Messages.Count);
        foreach (var position in among.Where(i => selected.Messages[i].ModSeq.Value > known.ModSeq))
        {
            selected.WriteFlags(position, session.Output, withUid: true, withModSeq: true);
            await session.Output.FlushIfFullAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Keywords that only verdict facts speak are shown in FLAGS, but can not be stored.</summary>
    private static string Permanent(SelectedMailbox selected) => string.Join(' ', selected.Flags.Where(static f => !FlagNames.IsReserved(f)));

    private static int? FirstUnseen(SelectedMailbox selected)
    {
        // Messages with equal flags share one set.
        IReadOnlySet<string>? seen = null;
        for (var i = 0; i < selected.Messages.Count; i++)
        {
            var flags = selected.Messages[i].Flags;
            if (ReferenceEquals(flags, seen))
            {
                continue;
            }

            if (!flags.Contains(FlagNames.Seen))
            {
                return i + 1;
            }

            seen = flags;
        }

        return null;
    }
}
