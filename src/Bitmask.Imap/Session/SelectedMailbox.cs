using Bitmask.Imap.Protocol;
using Bitmask.Mail;

namespace Bitmask.Imap.Session;

/// <summary>
/// The selected mailbox as the client knows it: sequence number = position + 1. It changes only in <see cref="Refresh"/>, in the same
/// breath as the untagged responses that tell the client, so both sides always count alike (RFC 3501 §5.5, §7.4.1).
/// </summary>
internal sealed class SelectedMailbox
{
    private const int MaxFlagSets = 1000;
    private static readonly HashSet<Uid> None = [];

    private readonly HashSet<string> _keywords = new(FlagNames.Comparer);
    private readonly HashSet<IReadOnlySet<string>> _flagSets = new(ReferenceEqualityComparer.Instance);
    private readonly List<(uint First, uint Next)> _recent = [];
    private readonly HashSet<Uid> _untoldFlags = [];
    private int _toldRecent = -1;
    private MailboxView _seen;

    // That of the view, unless something in it is held back: then messages that are gone stand among them, or new ones are missing.
    private MessageList _messages;
    private bool _hidesRemovals;
    private bool _hidesNew;
    private bool _toldRemovals;

    public SelectedMailbox(MailboxView view, bool isReadOnly)
    {
        (_seen, IsReadOnly, Told) = (view, isReadOnly, view.HighestModSeq.ForClients());
        _messages = view.Entries;
        for (var i = 0; i < _messages.Count; i++)
        {
            LearnKeywords(_messages[i]);
        }
    }

    /// <summary>The mailbox.</summary>
    public Mailbox Mailbox => _seen.Mailbox;

    /// <summary>Its id.</summary>
    public MailboxId Id => _seen.Mailbox.Id;

    /// <summary>Opened by EXAMINE.</summary>
    public bool IsReadOnly { get; }

    /// <summary>The UID that the next message will get, at least, as far as the client knows.</summary>
    public Uid UidNext => _seen.UidNext;

    /// <summary>The mod-sequence up to which the client has been told everything.</summary>
    public ModSeq Told { get; private set; }

    /// <summary>The result of the last SEARCH that was to be saved, <c>$</c> (RFC 5182 §2.1).</summary>
    public IReadOnlyList<Uid> Saved { get; set; } = [];

    /// <summary>Some of the messages are gone, which the client has not been told yet.</summary>
    public bool HidesRemovals => _hidesRemovals;

    /// <summary>What the client knows, by sequence number − 1.</summary>
    public MessageList Messages => _messages;

    /// <summary>The flags of the untagged FLAGS response: system flags and the keywords in use.</summary>
    public IEnumerable<string> Flags => FlagNames.System.Concat(_keywords.Order(StringComparer.Ordinal));

    /// <summary>Positions of the messages that <paramref name="set"/> names, ascending; unknown UIDs are passed over (RFC 3501 §6.4.8).</summary>
    public List<int> ResolveUids(SequenceSet set)
    {
        if (set.IsSaved)
        {
            return ResolveSaved();
        }

        var positions = new List<int>();
        var largest = _messages.Count > 0 ? _messages[^1].Uid.Value : 0;
        foreach (var range in set.Resolve(largest))
        {
            for (var i = LowerBound(range.First); i < _messages.Count && _messages[i].Uid.Value <= range.Last; i++)
            {
                positions.Add(i);
            }
        }

        return positions;
    }

    /// <summary>Positions of the messages that <paramref name="set"/> names by sequence number, ascending.</summary>
    /// <exception cref="ImapSyntaxException">A number is larger than the mailbox (RFC 3501 §9, seq-number).</exception>
    public List<int> ResolveSequence(SequenceSet set)
    {
        if (!set.IsSaved && set.LargestWritten > _messages.Count && !(_messages.Count == 0 && set.Ranges.All(static r => r.Last == SequenceSet.Star)))
        {
            throw new ImapSyntaxException("Message sequence number larger than the mailbox");
        }

        return ClampSequence(set);
    }

    /// <summary>As <see cref="ResolveSequence"/>, numbers beyond the mailbox passed over, as SEARCH wants it.</summary>
    public List<int> ClampSequence(SequenceSet set)
    {
        if (set.IsSaved)
        {
            return ResolveSaved();
        }

        var positions = new List<int>();
        foreach (var range in set.Resolve((uint)_messages.Count))
        {
            for (var n = Math.Max(range.First, 1); n <= range.Last && n <= _messages.Count; n++)
            {
                positions.Add((int)n - 1);
            }
        }

        return positions;
    }

    /// <summary>The position of a UID, or a negative number.</summary>
    public int IndexOf(Uid uid) => _messages.IndexOf(uid);

    /// <summary>The messages of these UIDs are \Recent for this client (RFC 3501 §2.3.2).</summary>
    public void AddRecent(Uid first, Uid next)
    {
        if (first < next)
        {
            _recent.Add((first.Value, next.Value));
        }
    }

    /// <summary>Up to which UID it has been decided what is \Recent.</summary>
    public uint RecentUpTo => _recent.Count == 0 ? 0 : _recent[^1].Next;

    /// <summary>Whether a message is \Recent for this client.</summary>
    public bool IsRecent(Uid uid)
    {
        foreach (var (first, next) in _recent)
        {
            if (uid.Value >= first && uid.Value < next)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The untagged RECENT response; after the first, only when its number is another (some may have been expunged).</summary>
    public void TellRecent(ImapOutput output)
    {
        var recent = CountRecent();
        if (recent != _toldRecent)
        {
            _toldRecent = recent;
            output.Untagged($"{recent} RECENT");
        }
    }

    private int CountRecent()
    {
        var count = 0;
        foreach (var (first, next) in _recent)
        {
            count += LowerBound(next) - LowerBound(first);
        }

        return count;
    }

    /// <summary>Takes over the new state of messages that are here, in the order of UIDs: the caller tells the client, or the client asked for it itself.</summary>
    public void Learn(List<MessageEntry> messages) => _messages = _messages.With(messages, None);

    /// <summary>
    /// Brings the client up to date: EXPUNGE where allowed, EXISTS, changed FLAGS. The moments at which EXPUNGE is allowed are the
    /// caller's to know (RFC 3501 §7.4.1). What is not wanted (RFC 5465 §3.1) is held back until it is.
    /// </summary>
    /// <returns>The position from which on the messages are new to the client.</returns>
    public int Refresh(MailboxView view, bool allowExpunge, ImapOutput output, bool withUids, Features features, NotifyEvents wanted = NotifyEvents.Messages)
    {
        if (ReferenceEquals(view, _seen) && !(allowExpunge && _hidesRemovals) && !_hidesNew && _untoldFlags.Count == 0)
        {
            return _messages.Count;
        }

        _seen = view;
        var modSeqs = (features & Features.CondStore) != 0;
        var news = MailboxNews.Of(_messages, view.Entries, modSeqs);
        var gone = allowExpunge && (wanted & NotifyEvents.MessageExpunge) != 0 ? news.Gone : [];
        _hidesRemovals = news.Gone.Count > gone.Count;
        _hidesNew = news.New.Count > 0 && (wanted & NotifyEvents.MessageNew) == 0;
        TellGone(gone, output, (features & Features.QResync) != 0);
        var known = _messages.Count - gone.Count;
        _messages = !_hidesRemovals && !_hidesNew && news.IsWhole
            ? view.Entries
            : _messages.With(_hidesNew ? news.Other : [.. news.Other, .. news.New], gone.Select(i => _messages[i].Uid).ToHashSet());
        if (_messages.Count > known)
        {
            output.Untagged($"{_messages.Count} EXISTS");
        }

        if ((features & Features.Rev2) == 0)
        {
            TellRecent(output);
        }

        var changed = WantedChanges(news.Changed, (wanted & NotifyEvents.FlagChange) != 0);
        TellKeywords(changed.Concat(Enumerable.Range(known, _messages.Count - known)), output);
        foreach (var position in changed)
        {
            WriteFlags(position, output, withUids, modSeqs);
        }

        if (!_hidesRemovals && !_hidesNew && _untoldFlags.Count == 0)
        {
            Told = view.HighestModSeq.ForClients();
        }

        return known;
    }

    /// <summary>The positions of the changed flags to tell now: none, or all of those that were held back, too.</summary>
    private List<int> WantedChanges(List<Uid> changed, bool areWanted)
    {
        if (!areWanted)
        {
            _untoldFlags.UnionWith(changed);
            return [];
        }

        var positions = changed.Union(_untoldFlags).Select(IndexOf).Where(static position => position >= 0).Order().ToList();
        _untoldFlags.Clear();
        return positions;
    }

    /// <summary>
    /// The mod-sequence that the end of a command has to name: when removals were told since the last time, and when some are still
    /// held back (RFC 7162 §3.2.7, §6); otherwise null.
    /// </summary>
    public ModSeq? TakeHighestModSeq()
    {
        var isDue = _toldRemovals || _hidesRemovals;
        _toldRemovals = false;
        return isDue ? Told : null;
    }

    /// <summary>An untagged FETCH with the flags of one message; with its mod-sequence, the UID is there, too (RFC 7162 §3.2.4).</summary>
    public void WriteFlags(int position, ImapOutput output, bool withUid, bool withModSeq, bool withFlags = true)
    {
        var message = _messages[position];
        var writer = output.Writer;
        writer.Raw("* "u8);
        writer.Number(position + 1);
        writer.Raw(" FETCH ("u8);
        if (withUid || withModSeq)
        {
            writer.Raw("UID "u8);
            writer.Number(message.Uid.Value);
            writer.Raw(" "u8);
        }

        if (withFlags)
        {
            writer.Raw("FLAGS "u8);
            writer.Flags(message.Flags, IsRecent(message.Uid));
            writer.Raw(withModSeq ? " "u8 : ""u8);
        }

        if (withModSeq)
        {
            writer.ModSeq(message.ModSeq.Value);
        }

        writer.Raw(")\r\n"u8);
    }

    /// <summary>An untagged FLAGS response, if one of the messages carries a keyword that the client has not heard of.</summary>
    public void TellKeywords(IEnumerable<int> positions, ImapOutput output)
    {
        var before = _keywords.Count;
        foreach (var position in positions)
        {
            LearnKeywords(_messages[position]);
        }

        if (_keywords.Count > before)
        {
            output.Untagged($"FLAGS ({string.Join(' ', Flags)})");
        }
    }

    private List<int> ResolveSaved() => [.. Saved.Select(IndexOf).Where(static i => i >= 0)];

    private void TellGone(List<int> gone, ImapOutput output, bool vanished)
    {
        if (gone.Count == 0)
        {
            return;
        }

        _toldRemovals = true;
        if (vanished)
        {
            output.Untagged($"VANISHED {SequenceSet.Write(gone.Select(i => _messages[i].Uid.Value))}");
            return;
        }

        for (var told = 0; told < gone.Count; told++)
        {
            // Every EXPUNGE moves the numbers behind it down by one before the next is told.
            output.Untagged($"{gone[told] + 1 - told} EXPUNGE");
        }
    }

    private void LearnKeywords(MessageEntry message)
    {
        // Messages with equal flags share one set.
        if (_flagSets.Count >= MaxFlagSets)
        {
            _flagSets.Clear();
        }

        if (!_flagSets.Add(message.Flags))
        {
            return;
        }

        foreach (var flag in message.Flags)
        {
            if (!flag.StartsWith('\\'))
            {
                _keywords.Add(flag);
            }
        }
    }

    private int LowerBound(uint uid)
    {
        var (low, high) = (0, _messages.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            (low, high) = _messages[middle].Uid.Value < uid ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
