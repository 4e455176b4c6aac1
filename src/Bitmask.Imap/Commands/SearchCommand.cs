using System.Text;
using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>SEARCH (RFC 3501 §6.4.4).</summary>
internal sealed record SearchCommand(bool Uid, SearchKey? Key) : ImapCommand
{
    public override bool AllowsExpunge => Uid;

    public override bool IsUidForm => Uid;

    public static SearchCommand Parse(CommandScanner scanner, bool uid)
    {
        scanner.Space();
        Encoding charset = new UTF8Encoding(false, throwOnInvalidBytes: true);
        if (scanner.TryWord("CHARSET"))
        {
            scanner.Space();
            var name = scanner.AStringText();
            scanner.Space();
            if (!name.Equals("UTF-8", StringComparison.OrdinalIgnoreCase) && !name.Equals("US-ASCII", StringComparison.OrdinalIgnoreCase))
            {
                // The keys can not be read, so they are not; the answer says what would be understood.
                scanner.SkipAll();
                return new SearchCommand(uid, null);
            }
        }

        return new SearchCommand(uid, new SearchKeyParser(scanner, charset).Parse());
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        if (Key is null)
        {
            return ImapReply.No("Unknown character set", "BADCHARSET (US-ASCII UTF-8)");
        }

        var matcher = new SearchMatcher(session.Account, session.Mailbox, Key);
        var writer = session.Output.Writer;
        var found = new List<uint>();
        for (var i = 0; i < session.Mailbox.Messages.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (matcher.Matches(i))
            {
                found.Add(Uid ? session.Mailbox.Messages[i].Uid.Value : (uint)i + 1);
            }
        }

        session.Output.IsInsideResponse = true;
        writer.Raw("* SEARCH"u8);
        foreach (var number in found)
        {
            writer.Raw(" "u8);
            writer.Number(number);
            await session.Output.FlushIfFullAsync(cancellationToken).ConfigureAwait(false);
        }

        writer.EndLine();
        session.Output.IsInsideResponse = false;
        return ImapReply.Ok("SEARCH completed");
    }
}
