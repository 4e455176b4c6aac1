using Bitmask.Imap.Commands;
using Bitmask.Imap.Protocol;
using Bitmask.Mail;

namespace Bitmask.Imap.Session;

/// <summary>Which names came, went, changed, or were (un)subscribed since they were last looked at: LIST responses of RFC 5465 §5.4 and §5.5.</summary>
internal sealed class NameNews
{
    private readonly MailAccount _account;
    private Dictionary<MailboxId, string> _names;
    private HashSet<string> _subscribed;

    public NameNews(MailAccount account)
    {
        _account = account;
        _names = Names(account.Mailboxes());
        _subscribed = [.. account.Subscriptions()];
    }

    /// <summary>Tells what changed of the names that somebody wants to hear of.</summary>
    public async ValueTask TellAsync(ImapSession session, Func<string, NotifyEvents, bool> isWanted, CancellationToken cancellationToken)
    {
        var (mailboxes, subscriptions) = (_account.Mailboxes(), _account.Subscriptions());
        var (names, subscribed) = (Names(mailboxes), subscriptions.ToHashSet());
        var nodes = MailboxTree.Build(mailboxes, subscriptions).ToDictionary(static node => node.Name);
        var renamed = _names.Where(pair => names.GetValueOrDefault(pair.Key, pair.Value) != pair.Value).GroupBy(static pair => pair.Value).ToDictionary(static same => same.Key, same => names[same.First().Key]);
        var told = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        foreach (var (id, name) in names)
        {
            if (!_names.TryGetValue(id, out var before))
            {
                Affected(name);
            }
            else if (before != name && !WentAlong(before, name, renamed) && isWanted(name, NotifyEvents.MailboxName))
            {
                told[name] = before;
            }
        }

        foreach (var (id, name) in _names)
        {
            if (!names.ContainsKey(id))
            {
                Affected(name);
            }
        }

        foreach (var name in subscribed.Except(_subscribed).Concat(_subscribed.Except(subscribed)))
        {
            if (isWanted(name, NotifyEvents.SubscriptionChange))
            {
                told.TryAdd(name, null);
            }
        }

        (_names, _subscribed) = (names, subscribed);
        foreach (var (name, oldName) in told)
        {
            ListCommand.WriteNews(session.Output.Writer, nodes.GetValueOrDefault(name) ?? new MailboxNode(name), oldName);
            await session.Output.FlushIfFullAsync(cancellationToken).ConfigureAwait(false);
        }

        // What came or went, and the level above it, whose children are others now.
        void Affected(string name)
        {
            foreach (var affected in MailboxTree.Above(name).Take(1).Prepend(name))
            {
                if (isWanted(affected, NotifyEvents.MailboxName))
                {
                    told.TryAdd(affected, null);
                }
            }
        }
    }

    /// <summary>It was renamed because something above it was, of which the client is told (RFC 5465 §5.4).</summary>
    private static bool WentAlong(string before, string now, Dictionary<string, string> renamed)
        => MailboxTree.Above(before).Any(above => renamed.TryGetValue(above, out var moved) && now == moved + before[above.Length..]);

    private static Dictionary<MailboxId, string> Names(IReadOnlyList<Mailbox> mailboxes) => mailboxes.ToDictionary(static m => m.Id, static m => m.Name);
}
