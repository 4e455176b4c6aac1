using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;
using Bitmask.Mail;

namespace Bitmask.Imap.Commands;

/// <summary>
/// STATUS (RFC 3501 §6.3.10), with SIZE (RFC 8438), HIGHESTMODSEQ (RFC 7162 §3.1.7),
/// APPENDLIMIT (RFC 7889), MAILBOXID (RFC 8474 §4.3), DELETED (RFC 9051 §6.3.11) and DELETED-STORAGE (RFC 9208 §4.1.4).
/// </summary>
internal sealed record StatusCommand(string Name, IReadOnlyList<string> Items) : ImapCommand
{
    private static readonly string[] Known = ["MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "SIZE", "HIGHESTMODSEQ", "DELETED", "DELETED-STORAGE", "APPENDLIMIT", "MAILBOXID"];

    public static StatusCommand Parse(CommandScanner scanner)
    {
        scanner.Space();
        var name = scanner.Mailbox();
        scanner.Space();
        return new StatusCommand(name, ParseItems(scanner));
    }

    /// <summary>The parenthesized items, as LIST … RETURN (STATUS (…)) has them, too (RFC 5819).</summary>
    public static IReadOnlyList<string> ParseItems(CommandScanner scanner)
    {
        var items = scanner.List(static s => s.Keyword());
        return items.TrueForAll(static i => Known.Contains(i, StringComparer.Ordinal)) ? [.. items.Distinct()] : throw new ImapSyntaxException("Unknown status item");
    }

    /// <summary>Who asks for mod-sequences knows them (RFC 7162 §3.1).</summary>
    public static void NoteItems(ImapSession session, IReadOnlyList<string> items)
    {
        if (items.Contains("HIGHESTMODSEQ"))
        {
            session.EnableCondStore();
        }
    }

    /// <summary>Writes the untagged response.</summary>
    public static void Write(ImapSession session, Mailbox mailbox, IReadOnlyList<string> items)
    {
        var status = session.Account.Status(mailbox.Id);
        var writer = session.Output.Writer;
        writer.Raw("* STATUS "u8);
        writer.Mailbox(mailbox.Name);
        writer.Raw(" ("u8);
        for (var i = 0; i < items.Count; i++)
        {
            writer.Raw(i > 0 ? " "u8 : ""u8);
            writer.Raw(items[i]);
            writer.Raw(" "u8);
            if (items[i] == "MAILBOXID")
            {
                writer.Raw($"({mailbox.Id})");
                continue;
            }

            writer.Number(items[i] switch
            {
                "MESSAGES" => status.Messages,
                "UIDNEXT" => status.UidNext.Value,
                "UIDVALIDITY" => status.UidValidity.Value,
                "UNSEEN" => status.Unseen,
                "SIZE" => status.Size,
                "DELETED" => status.Deleted,
                "DELETED-STORAGE" => session.Account.DeletedOctets(mailbox.Id),
                "APPENDLIMIT" => session.Options.MaxMessageOctets,
                "HIGHESTMODSEQ" => status.HighestModSeq.ForClients().Value,
                _ => session.Has(Features.Rev2) ? 0 : session.Account.CountRecent(mailbox),   // RECENT
            });
        }

        writer.Raw(")\r\n"u8);
    }

    public override ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        if (session.Account.Find(Name) is not { } mailbox)
        {
            return new(ImapReply.No("There is no such mailbox", "NONEXISTENT"));
        }

        NoteItems(session, Items);
        Write(session, mailbox, Items);
        return new(ImapReply.Ok("STATUS completed"));
    }
}
