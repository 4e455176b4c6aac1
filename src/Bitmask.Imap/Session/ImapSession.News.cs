using Bitmask.Imap.Commands;
using Bitmask.Imap.Protocol;
using Bitmask.Mail;

namespace Bitmask.Imap.Session;

/// <summary>What the client is told without asking: of the selected mailbox, and of what it asked for by NOTIFY (RFC 5465).</summary>
internal sealed partial class ImapSession
{
    private const string SelectedIsGone = "The selected mailbox was deleted";

    private readonly HashSet<Uid> _made = [];
    private NotifyWatch? _watch;

    /// <summary>NOTIFY was said: the change stream wakes this session all the time.</summary>
    public bool IsWatching => _watch is not null;

    /// <summary>Watches what NOTIFY says, and nothing else any more.</summary>
    public void Watch(NotifyWatch watch)
    {
        _watch?.Dispose();
        _watch = watch;
    }

    /// <summary>The client made these messages itself: NOTIFY does not tell it what is in them (RFC 5465 §5.2).</summary>
    public void NoteMade(MailboxId mailbox, IEnumerable<Uid> uids)
    {
        if (_watch is not null && Selected?.Id == mailbox)
        {
            _made.UnionWith(uids);
        }
    }

    /// <summary>What is new since the mailbox was last looked at by anybody is \Recent here; a look that changes nothing leaves it to the next (RFC 3501 §6.3.2).</summary>
    public void ClaimRecent(SelectedMailbox selected, MailboxView view)
    {
        if (!Has(Features.Rev2))
        {
            var first = Account.Recent(view, claim: !selected.IsReadOnly);
            selected.AddRecent(first.Value < selected.RecentUpTo ? new Uid(selected.RecentUpTo) : first, view.UidNext);
        }
    }

    /// <summary>Tells the client what changed in the selected mailbox.</summary>
    /// <returns>The position from which on the client hears of messages for the first time.</returns>
    /// <exception cref="MailException">The mailbox is gone.</exception>
    public int Refresh(bool allowExpunge, bool withUids, NotifyEvents wanted = NotifyEvents.Messages)
    {
        if (Selected is not { } selected)
        {
            return 0;
        }

        var view = Account.Open(selected.Id);
        if (view.Mailbox.UidValidity != selected.Mailbox.UidValidity)
        {
            throw new MailException(MailError.MailboxNotFound, "The mailbox was made anew.");
        }

        ClaimRecent(selected, view);
        return selected.Refresh(view, allowExpunge, Output, withUids, Features, wanted);
    }

    /// <summary>As <see cref="Refresh"/>, what NOTIFY asked for and nothing else; the news of other mailboxes come behind.</summary>
    /// <param name="allowExpunge">Removals may be told now.</param>
    /// <param name="withUids">Untagged FETCH carry the UID.</param>
    /// <param name="removes">The client removed messages itself, and has to hear which in any case.</param>
    /// <param name="cancellationToken">The connection is gone.</param>
    public async ValueTask TellNewsAsync(bool allowExpunge, bool withUids, bool removes, CancellationToken cancellationToken)
    {
        if (_watch is not { } watch)
        {
            Refresh(allowExpunge, withUids);
            return;
        }

        var first = Refresh(allowExpunge, withUids: true, watch.SelectedEvents | (removes ? NotifyEvents.MessageExpunge : NotifyEvents.None));
        if (Selected is { } selected && watch.Selected is { NewItems: { Count: > 0 } items })
        {
            var uids = selected.Messages.Skip(first).Select(static m => m.Uid).Where(uid => !_made.Contains(uid)).Select(static uid => uid.Value).ToList();
            if (uids.Count > 0)
            {
                // A message that can not be read now is left out, as in any FETCH.
                await new FetchCommand(new MessageSet(new SequenceSet([.. uids.Select(static uid => new SequenceRange(uid, uid))]), IsUid: true), items, default).ExecuteAsync(this, cancellationToken).ConfigureAwait(false);
            }
        }

        _made.Clear();
        if (!await watch.TellAsync(cancellationToken).ConfigureAwait(false))
        {
            Watch(new NotifyWatch(this, []));
        }
    }

    /// <summary>Something woke this session while it waited for a command; the words of the BYE when it can not go on.</summary>
    private async ValueTask<string?> TellBetweenCommandsAsync()
    {
        if (_watch is { } watch)
        {
            try
            {
                await TellNewsAsync(watch.TellsRemovalsAtOnce, withUids: true, removes: false, _stop.Token).ConfigureAwait(false);
            }
            catch (MailException e) when (e.Error == MailError.MailboxNotFound)
            {
                return SelectedIsGone;
            }
        }

        return null;
    }

    /// <summary>Removals that the last command did not allow to tell follow its answer.</summary>
    private void WakeForRemovals()
    {
        if (_watch is { TellsRemovalsAtOnce: true } && Selected is { HidesRemovals: true })
        {
            Input.Wake();
        }
    }
}
