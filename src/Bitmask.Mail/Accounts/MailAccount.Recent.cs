namespace Bitmask.Mail;

public sealed partial class MailAccount
{
    // From which UID on nobody has been told of a message (RFC 3501 §2.3.2, \Recent). Kept in memory: what came before the account was
    // opened is not recent, and a mailbox that is not here begins with what came since.
    private readonly Dictionary<MailboxId, (UidValidity Validity, uint From)> _recent = [];
    private readonly Lock _recentGate = new();
    private readonly DateTimeOffset _opened;

    /// <summary>The first UID of those that nobody has claimed; all from there on are recent.</summary>
    /// <param name="view">The mailbox.</param>
    /// <param name="claim">They are recent for the caller and for nobody after it.</param>
    public Uid Recent(MailboxView view, bool claim)
    {
        ArgumentNullException.ThrowIfNull(view);
        lock (_recentGate)
        {
            var from = _recent.TryGetValue(view.Mailbox.Id, out var known) && known.Validity == view.Mailbox.UidValidity ? known.From : FirstSinceOpening(view);
            if (claim)
            {
                _recent[view.Mailbox.Id] = (view.Mailbox.UidValidity, Math.Max(from, view.UidNext.Value));
            }

            return new Uid(from);
        }
    }

    /// <summary>How many messages of a mailbox are recent and not claimed.</summary>
    public int CountRecent(Mailbox mailbox)
    {
        ArgumentNullException.ThrowIfNull(mailbox);
        bool isKnown;
        (UidValidity Validity, uint From) known;
        lock (_recentGate)
        {
            isKnown = _recent.TryGetValue(mailbox.Id, out known) && known.Validity == mailbox.UidValidity;
        }

        const string Box = "box = (SELECT box FROM mail_mailbox_uid WHERE mailbox = ?1)";
        return (int)(_store.Read(store => isKnown
            ? store.Sql.ScalarInt64($"SELECT count(*) FROM mail_uid WHERE {Box} AND uid >= ?2", HexId.Bytes(mailbox.Id.Value), known.From)
            : store.Sql.ScalarInt64($"SELECT count(*) FROM mail_uid WHERE {Box} AND saved > ?2", HexId.Bytes(mailbox.Id.Value), _opened.ToUnixTimeMilliseconds())) ?? 0);
    }

    // UIDs are given in the order of time.
    private uint FirstSinceOpening(MailboxView view)
    {
        var first = view.UidNext.Value;
        for (var i = view.Entries.Count - 1; i >= 0 && view.Entries[i].SaveDate is { } saved && saved.ToUnixTimeMilliseconds() > _opened.ToUnixTimeMilliseconds(); i--)
        {
            first = view.Entries[i].Uid.Value;
        }

        return first;
    }
}
