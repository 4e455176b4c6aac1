using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>What becomes of two versions that nobody merged by hand.</summary>
/// <param name="Json">The content from now on; null for deleted.</param>
/// <param name="Type">Its type.</param>
/// <param name="Lost">The version whose content is in neither; null when nothing is lost.</param>
/// <param name="IsArbitrary">Nobody knew how to merge: the user should hear of it.</param>
internal sealed record SettledConflict(string? Json, string? Type, Document? Lost, bool IsArbitrary);

/// <summary>
/// Settles every conflict at once and the same on every device, so that no document ever stays in conflict (security.md B3): by the
/// resolver of its type, else by a winner that needs no clock. What loses is kept in the archive.
/// </summary>
internal static class ConflictRule
{
    public static SettledConflict Settle(IConflictResolver? resolver, Document ours, string? oursType, Document incoming, string? incomingType, string? baseJson)
    {
        if (ours.Json is not null && incoming.Json is not null)
        {
            return oursType == incomingType && resolver?.Merge(ours.Json, incoming.Json) is { } merged
                ? new SettledConflict(merged, DocumentJson.TypeOf(merged), null, IsArbitrary: false)
                : Choose(ours, oursType, incoming, incomingType);
        }

        // An edit that nobody can judge is worth more than a deletion: what was deleted can be deleted again.
        var (edited, type) = ours.Json is null ? (incoming, incomingType) : (ours, oursType);
        return resolver?.DeletionWins(edited.Json!, baseJson) ?? false
            ? new SettledConflict(null, null, edited, IsArbitrary: false)
            : new SettledConflict(edited.Json, type, null, IsArbitrary: false);
    }

    private static SettledConflict Choose(Document ours, string? oursType, Document incoming, string? incomingType)
        => Order(ours, incoming) > 0
            ? new SettledConflict(ours.Json, oursType, incoming, IsArbitrary: true)
            : new SettledConflict(incoming.Json, incomingType, ours, IsArbitrary: true);

    /// <summary>More changes win; then the text of the revision, which only copies of one device give twice; then the content.</summary>
    private static int Order(Document one, Document other)
    {
        var (first, second) = (Revision.Parse(one.Rev), Revision.Parse(other.Rev));
        var order = Changes(first).CompareTo(Changes(second));
        order = order != 0 ? order : string.CompareOrdinal(first.ToString(), second.ToString());
        return order != 0 ? order : string.CompareOrdinal(one.Json, other.Json);
    }

    private static decimal Changes(Revision revision) => revision.Counters.Values.Sum(static counter => (decimal)counter);
}
