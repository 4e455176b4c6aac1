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

    /// <summary>The entries after changes: <paramref name="changed"/> in the order of UIDs, replacing or added; removed ones left out.</summary>
    public static MessageEntry[] Merge(ReadOnlySpan<MessageEntry> entries, List<MessageEntry> changed, HashSet<Uid> removed)
    {
        var merged = new List<MessageEntry>(entries.Length + changed.Count);
        var next = 0;
        foreach (var entry in entries)
        {
            for (; next < changed.Count && changed[next].Uid < entry.Uid; next++)
            {
                merged.Add(changed[next]);
            }

            if (next < changed.Count && changed[next].Uid == entry.Uid)
            {
                merged.Add(changed[next++]);
            }
            else if (removed.Count == 0 || !removed.Contains(entry.Uid))
            {
                merged.Add(entry);
            }
        }

        merged.AddRange(changed.Skip(next));
        return [.. merged];
    }
}
