namespace Bitmask.Mail;

/// <summary>The latest view of the mailboxes opened last, so that the next one is made from the changes only.</summary>
internal sealed class ViewCache
{
    private const int MaxViews = 32;
    private const int MaxEntries = 400_000;

    private readonly Lock _gate = new();
    private readonly LinkedList<MailboxView> _views = new();

    public MailboxView? Find(MailboxId mailbox)
    {
        lock (_gate)
        {
            return _views.FirstOrDefault(view => view.Mailbox.Id == mailbox);
        }
    }

    /// <summary>Keeps a view, unless a later one is there; forgets those not opened for longest.</summary>
    public MailboxView Keep(MailboxView view)
    {
        lock (_gate)
        {
            var known = _views.FirstOrDefault(other => other.Mailbox.Id == view.Mailbox.Id);
            if (known is not null && known.Mailbox.UidValidity == view.Mailbox.UidValidity && known.HighestModSeq > view.HighestModSeq)
            {
                return view;
            }

            if (known is not null)
            {
                _views.Remove(known);
            }

            _views.AddFirst(view);
            while (_views.Count > 1 && (_views.Count > MaxViews || _views.Sum(other => other.Entries.Count) > MaxEntries))
            {
                _views.RemoveLast();
            }

            return view;
        }
    }
}
