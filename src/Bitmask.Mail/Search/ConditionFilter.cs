namespace Bitmask.Mail;

/// <summary>Keeps the messages that a condition holds for. What needs only memory is asked first, so that texts are looked at for the fewest.</summary>
internal sealed class ConditionFilter(MailAccount account, CancellationToken cancellationToken)
{
    private const int MaxDepth = 100;

    public IReadOnlyList<MessageEntry> Filter(SearchCondition condition, IReadOnlyList<MessageEntry> among) => Filter(condition, among, 0);

    private IReadOnlyList<MessageEntry> Filter(SearchCondition condition, IReadOnlyList<MessageEntry> among, int depth)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(depth, MaxDepth);
        if (among.Count == 0)
        {
            return among;
        }

        return condition switch
        {
            SearchCondition.Everything => among,
            SearchCondition.Holds h => At(among, account.FindText(h.Condition, among, cancellationToken)),
            SearchCondition.Flagged f => [.. among.Where(entry => entry.Has(f.Name) == f.IsSet)],
            SearchCondition.Tagged t => At(among, account.FindTag(t.Tag, among)),
            SearchCondition.InThread t => At(among, account.FindThread(t.Thread, among)),
            SearchCondition.Arrived a => [.. among.Where(entry => !(entry.InternalDate < a.Since) && !(entry.InternalDate >= a.Before))],
            SearchCondition.Sized s => [.. among.Where(entry => !(entry.Size < s.Least) && !(entry.Size > s.Most))],
            SearchCondition.Not n => Without(among, Filter(n.Condition, among, depth + 1)),
            SearchCondition.And a => a.Conditions.OrderBy(Cost).Aggregate(among, (left, next) => Filter(next, left, depth + 1)),
            SearchCondition.Or o => Any(o, among, depth + 1),
            _ => throw new ArgumentOutOfRangeException(nameof(condition)),
        };
    }

    private IReadOnlyList<MessageEntry> Any(SearchCondition.Or or, IReadOnlyList<MessageEntry> among, int depth)
    {
        var rest = among;
        foreach (var condition in or.Conditions.OrderBy(Cost))
        {
            rest = Without(rest, Filter(condition, rest, depth));
        }

        return Without(among, rest);
    }

    private static int Cost(SearchCondition condition) => condition switch
    {
        SearchCondition.Holds { Condition.Scope: TextScope.Header } => 2,
        SearchCondition.Holds => 3,
        SearchCondition.Tagged or SearchCondition.InThread => 1,
        SearchCondition.Not n => Cost(n.Condition),
        SearchCondition.And { Conditions.Count: > 0 } a => a.Conditions.Max(Cost),
        SearchCondition.Or { Conditions.Count: > 0 } o => o.Conditions.Max(Cost),
        _ => 0,
    };

    private static MessageEntry[] At(IReadOnlyList<MessageEntry> among, IReadOnlyList<int> positions) => [.. positions.Select(position => among[position])];

    private static IReadOnlyList<MessageEntry> Without(IReadOnlyList<MessageEntry> among, IReadOnlyList<MessageEntry> gone)
    {
        if (gone.Count == 0)
        {
            return among;
        }

        var ids = gone.Select(static entry => entry.Id).ToHashSet();
        return [.. among.Where(entry => !ids.Contains(entry.Id))];
    }
}
