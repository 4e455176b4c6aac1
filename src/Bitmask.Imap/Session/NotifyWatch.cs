using Bitmask.Imap.Commands;
using Bitmask.Imap.Protocol;
using Bitmask.Mail;

namespace Bitmask.Imap.Session;

/// <summary>
/// What a client asked for by NOTIFY (RFC 5465). The change stream only says which mailboxes have news, by id, so that what waits for a
/// slow client never grows beyond the number of mailboxes; what the news are is looked up when they are told.
/// </summary>
internal sealed class NotifyWatch : IDisposable
{
    private static readonly string[] Items = ["MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "HIGHESTMODSEQ"];

    private readonly ImapSession _session;
    private readonly IReadOnlyList<NotifyGroup> _groups;
    private readonly NotifyEvents _everything;
    private readonly Lock _gate = new();
    private readonly NameNews? _names;
    private readonly IDisposable? _subscription;
    private Dictionary<MailboxId, NotifyEvents> _news = [];
    private bool _hasNameNews;
    private bool _isOverflowing;

    public NotifyWatch(ImapSession session, IReadOnlyList<NotifyGroup> groups)
    {
        _session = session;
        _groups = [.. groups.Where(static g => !g.IsSelected)];
        _everything = _groups.Aggregate(NotifyEvents.None, static (all, group) => all | group.Events);
        Selected = groups.FirstOrDefault(static g => g.IsSelected);
        if (groups.Count > 0)
        {
            _subscription = session.Account.Changes.Subscribe(OnChanges);
        }

        _names = (_everything & NotifyEvents.Mailboxes) == 0 ? null : new NameNews(session.Account);
    }

    /// <summary>What is wanted of the selected mailbox; null when nothing is.</summary>
    public NotifyGroup? Selected { get; }

    /// <summary>Removals in the selected mailbox are told at once, even between commands.</summary>
    public bool TellsRemovalsAtOnce => Selected is { Filter: NotifyFilter.Selected } group && (group.Events & NotifyEvents.MessageExpunge) != 0;

    /// <summary>The events of the selected mailbox that are wanted.</summary>
    public NotifyEvents SelectedEvents => Selected?.Events ?? NotifyEvents.None;

    /// <summary>A STATUS of every mailbox that is watched, but the selected one, with what its events need (RFC 5465 §3.1).</summary>
    public async ValueTask TellStatusAsync(CancellationToken cancellationToken)
    {
        var subscribed = Subscribed();
        foreach (var mailbox in _session.Account.Mailboxes())
        {
            var events = EventsOf(mailbox.Name, subscribed) & NotifyEvents.Messages;
            if (events != 0 && mailbox.Id != _session.Selected?.Id)
            {
                Write(mailbox, events, isFirst: true);
                await _session.Output.FlushIfFullAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Tells the news of mailboxes that are not selected, and of names.</summary>
    /// <returns>False when there were too many: nothing is watched any more (RFC 5465 §5.8).</returns>
    public async ValueTask<bool> TellAsync(CancellationToken cancellationToken)
    {
        Dictionary<MailboxId, NotifyEvents> news;
        bool hasNameNews;
        lock (_gate)
        {
            if (_isOverflowing)
            {
                _session.Output.Untagged("OK [NOTIFICATIONOVERFLOW] Too much happens at once: ask again");
                return false;
            }

            (news, _news) = (_news, []);
            (hasNameNews, _hasNameNews) = (_hasNameNews, false);
        }

        if (news.Count == 0 && !hasNameNews)
        {
            return true;
        }

        var subscribed = Subscribed();
        if (hasNameNews)
        {
            await _names!.TellAsync(_session, (name, what) => (EventsOf(name, subscribed) & what) != 0, cancellationToken).ConfigureAwait(false);
        }

        foreach (var (id, happened) in news)
        {
            if (id != _session.Selected?.Id && _session.Account.Find(id) is { } mailbox && (EventsOf(mailbox.Name, subscribed) & happened) is not NotifyEvents.None and var events)
            {
                Write(mailbox, events, isFirst: false);
                await _session.Output.FlushIfFullAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        return true;
    }

    public void Dispose() => _subscription?.Dispose();

    /// <summary>On the writer's thread.</summary>
    private void OnChanges(IReadOnlyList<MailChange> changes)
    {
        var selected = _session.Selected?.Id;
        var wake = false;
        lock (_gate)
        {
            foreach (var change in changes)
            {
                // Which mailbox is selected may change this very moment: what is noted for it is passed over when it is told.
                wake |= change.Mailbox == selected && SelectedEvents != 0 && change.Entry is not null;
                var what = What(change.Kind);
                if ((what & NotifyEvents.Mailboxes & _everything) != 0)
                {
                    wake = _hasNameNews = true;
                }

                if ((what & NotifyEvents.Messages & _everything) != 0 && !_isOverflowing)
                {
                    _news[change.Mailbox] = _news.GetValueOrDefault(change.Mailbox) | (what & NotifyEvents.Messages);
                    wake = true;
                    if (_news.Count > _session.Options.MaxNotifiedMailboxes)
                    {
                        _isOverflowing = true;
                        _news = [];
                    }
                }
            }
        }

        if (wake)
        {
            _session.Input.Wake();
        }
    }

    private static NotifyEvents What(MailChangeKind kind) => kind switch
    {
        MailChangeKind.MessageAdded => NotifyEvents.MessageNew,
        MailChangeKind.MessageChanged => NotifyEvents.FlagChange,
        MailChangeKind.MessageRemoved => NotifyEvents.MessageExpunge,
        // Made anew, a mailbox may have another UIDVALIDITY, of which FlagChange has to tell (RFC 5465 §5.1).
        MailChangeKind.MailboxAdded => NotifyEvents.MailboxName | NotifyEvents.FlagChange,
        MailChangeKind.MailboxChanged or MailChangeKind.MailboxRemoved => NotifyEvents.MailboxName,
        MailChangeKind.SubscriptionChanged => NotifyEvents.SubscriptionChange,
        _ => NotifyEvents.None,
    };

    private void Write(Mailbox mailbox, NotifyEvents events, bool isFirst)
    {
        var modSeqs = isFirst ? (events & NotifyEvents.FlagChange) != 0 : _session.Has(Features.CondStore);
        StatusCommand.Write(_session, mailbox, [.. Items.Where(item => item switch
        {
            "MESSAGES" or "UIDNEXT" => (events & (NotifyEvents.MessageNew | NotifyEvents.MessageExpunge)) != 0,
            "UIDVALIDITY" => isFirst || (events & NotifyEvents.FlagChange) != 0,
            "UNSEEN" => (events & NotifyEvents.FlagChange) != 0,
            _ => modSeqs,
        })]);
    }

    private NotifyEvents EventsOf(string name, HashSet<string> subscribed)
        => _groups.Where(group => group.Matches(name, subscribed.Contains)).Aggregate(NotifyEvents.None, static (all, group) => all | group.Events);

    private HashSet<string> Subscribed() => _groups.Any(static g => g.Filter == NotifyFilter.Subscribed) ? [.. _session.Account.Subscriptions()] : [];
}
