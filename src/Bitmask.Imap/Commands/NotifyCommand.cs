using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>NOTIFY (RFC 5465 §3.1): what the client wants to be told, of which mailboxes, also between commands.</summary>
/// <param name="Groups">SET, or null for NONE.</param>
/// <param name="WithStatus">Begin with a STATUS of each mailbox that is watched.</param>
internal sealed record NotifyCommand(IReadOnlyList<NotifyGroup>? Groups, bool WithStatus) : ImapCommand
{
    private const int MaxGroups = 100;
    private const int MaxNames = 1000;
    private const string Known = "BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange)";

    public static NotifyCommand Parse(CommandScanner scanner)
    {
        scanner.Space();
        if (scanner.TryWord("NONE"))
        {
            return new NotifyCommand(null, false);
        }

        if (!scanner.TryWord("SET"))
        {
            throw new ImapSyntaxException("Expected SET or NONE");
        }

        scanner.Space();
        var withStatus = scanner.TryWord("STATUS");
        if (withStatus)
        {
            scanner.Space();
        }

        var groups = new List<NotifyGroup>();
        do
        {
            groups.Add(NotifyGroup.Parse(scanner));
        }
        while (scanner.Peek == (byte)' ' && !scanner.IsBlankToTheEnd && scanner.TryTake((byte)' '));
        return groups.Count(static g => g.IsSelected) <= 1 ? new NotifyCommand(groups, withStatus) : throw new ImapSyntaxException("The selected mailbox is named twice");
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        if (Groups is not { } groups)
        {
            session.Watch(new NotifyWatch(session, []));
            return ImapReply.Ok("NOTIFY completed");
        }

        if (groups.Any(static g => g.HasUnknown))
        {
            return ImapReply.No("Some of these events are not offered", Known);
        }

        if (groups.Count > MaxGroups || groups.Sum(static g => g.Names.Count) > MaxNames)
        {
            return ImapReply.No("Too much to watch", "NOTIFICATIONOVERFLOW");
        }

        // SET implies NOOP: what was held back until now is told, whatever is to be told from here on (RFC 5465 §3.1).
        session.Refresh(allowExpunge: true, withUids: false);
        var watch = new NotifyWatch(session, groups);
        session.Watch(watch);
        if (WithStatus)
        {
            await watch.TellStatusAsync(cancellationToken).ConfigureAwait(false);
        }

        return ImapReply.Ok("NOTIFY completed");
    }
}
