using System.Text.Json;
using Bitmask.Soledad;

namespace Bitmask.Mail;

/// <summary>
/// Merges mail documents that two devices changed without knowing of each other (security.md B3): register by register for entries,
/// mailboxes and subscriptions; heads and parts are immutable, of two filings of one mail the same is chosen everywhere. Commutative and idempotent.
/// </summary>
/// <remarks>
/// A deletion wins over changed flags, a move wins over a deletion. A draft is edited by writing another one and deleting the old: there
/// the edit wins by itself. A head or a part that somebody writes again is needed by somebody: it stays, and goes when nobody has needed it for a month.
/// </remarks>
internal sealed class MailConflictResolver(string documentType, Func<string, string, string?> merge, Func<string, string?, bool> deletionWins, bool needsBase) : IConflictResolver
{
    public static IReadOnlyList<IConflictResolver> All { get; } =
    [
        new MailConflictResolver(EntryDocument.DocumentType, MergeEntries, IsInItsPlace, needsBase: true),
        new MailConflictResolver(MailboxDocument.DocumentType, MergeMailboxes, static (_, _) => true, needsBase: false),
        new MailConflictResolver(SubscriptionDocument.DocumentType, MergeSubscriptions, static (_, _) => false, needsBase: false),
        new MailConflictResolver(HeadDocument.DocumentType, ChooseHead, static (_, _) => false, needsBase: true),
        new MailConflictResolver(PartDocument.DocumentType, ChoosePart, static (_, _) => false, needsBase: true),
    ];

    public string DocumentType => documentType;

    public bool NeedsBase => needsBase;

    public bool DeletionWins(string editedJson, string? baseJson) => deletionWins(editedJson, baseJson);

    public string? Merge(string localJson, string incomingJson) => localJson == incomingJson ? localJson : merge(localJson, incomingJson);

    private static string? MergeEntries(string local, string incoming)
    {
        if (MailJson.TryRead(local, MailJson.Entry) is not { Version: 1, Type: EntryDocument.DocumentType } one || MailJson.TryRead(incoming, MailJson.Entry) is not { Version: 1, Type: EntryDocument.DocumentType } other)
        {
            return null;
        }

        // What never changes after filing is taken from the same side on both devices.
        var first = string.CompareOrdinal(Fixed(one), Fixed(other)) <= 0 ? one : other;
        return MailJson.Write(
            first with
            {
                Mbox = one.Mbox.Merge(other.Mbox),
                Flags = RegisterMap.Merge(one.Flags, other.Flags),
                Tags = one.Tags is null && other.Tags is null ? null : RegisterMap.Merge(one.Tags, other.Tags),
                More = MergeMore(one.More, other.More),
            },
            MailJson.Entry);
    }

    /// <summary>Whether the edited entry is in the mailbox that the deleting or editing device began from.</summary>
    private static bool IsInItsPlace(string edited, string? before)
        => MailJson.TryRead(edited, MailJson.Entry) is not { Version: 1 } entry || MailJson.TryRead(before, MailJson.Entry) is not { Version: 1 } known || entry.Mbox == known.Mbox;

    private static string? MergeMailboxes(string local, string incoming)
    {
        if (MailJson.TryRead(local, MailJson.Mailbox) is not { Version: 1, Type: MailboxDocument.DocumentType } one || MailJson.TryRead(incoming, MailJson.Mailbox) is not { Version: 1, Type: MailboxDocument.DocumentType } other)
        {
            return null;
        }

        return MailJson.Write(
            one with
            {
                Uuid = string.CompareOrdinal(one.Uuid, other.Uuid) <= 0 ? one.Uuid : other.Uuid,
                Mbox = one.Mbox.Merge(other.Mbox),
                SpecialUse = string.CompareOrdinal(one.SpecialUse, other.SpecialUse) >= 0 ? one.SpecialUse : other.SpecialUse,
                Created = one.Created <= other.Created ? one.Created : other.Created,
                More = MergeMore(one.More, other.More),
            },
            MailJson.Mailbox);
    }

    private static string? MergeSubscriptions(string local, string incoming)
    {
        if (MailJson.TryRead(local, MailJson.Subscription) is not { Version: 1, Type: SubscriptionDocument.DocumentType } one || MailJson.TryRead(incoming, MailJson.Subscription) is not { Version: 1, Type: SubscriptionDocument.DocumentType } other)
        {
            return null;
        }

        return MailJson.Write(
            one with
            {
                Mbox = string.CompareOrdinal(one.Mbox, other.Mbox) <= 0 ? one.Mbox : other.Mbox,
                Subscribed = one.Subscribed.Merge(other.Subscribed),
                More = MergeMore(one.More, other.More),
            },
            MailJson.Subscription);
    }

    private static string? ChooseHead(string local, string incoming)
        => MailJson.TryRead(local, MailJson.Head) is { Version: 1, Type: HeadDocument.DocumentType } one && MailJson.TryRead(incoming, MailJson.Head) is { Version: 1, Type: HeadDocument.DocumentType } other
            ? Choose(local, one.Sha256, incoming, other.Sha256)
            : null;

    private static string? ChoosePart(string local, string incoming)
        => MailJson.TryRead(local, MailJson.Part) is { Version: 1, Type: PartDocument.DocumentType } one && MailJson.TryRead(incoming, MailJson.Part) is { Version: 1, Type: PartDocument.DocumentType } other
            ? Choose(local, one.Message, incoming, other.Message)
            : null;

    // By the whole message's digest first, so that a head and its parts come from one filing.
    private static string Choose(string local, string localDigest, string incoming, string incomingDigest)
    {
        var order = string.CompareOrdinal(localDigest, incomingDigest);
        return (order != 0 ? order : string.CompareOrdinal(local, incoming)) <= 0 ? local : incoming;
    }

    private static string Fixed(EntryDocument entry)
        => MailJson.Write(entry with { Mbox = default, Flags = null, Tags = null, More = null }, MailJson.Entry);

    private static Dictionary<string, JsonElement>? MergeMore(Dictionary<string, JsonElement>? one, Dictionary<string, JsonElement>? other)
    {
        if (one is null || other is null)
        {
            return one ?? other;
        }

        var merged = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (name, value) in one.Concat(other))
        {
            merged[name] = merged.TryGetValue(name, out var there) && string.CompareOrdinal(there.GetRawText(), value.GetRawText()) >= 0 ? there : value;
        }

        return merged.ToDictionary();
    }
}
