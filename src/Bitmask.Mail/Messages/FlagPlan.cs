namespace Bitmask.Mail;

/// <summary>What a change of flags makes of the flags that messages have: computed once for each set, and messages share few sets.</summary>
internal sealed class FlagPlan(FlagChange change, IReadOnlyCollection<string> names)
{
    private readonly Dictionary<IReadOnlySet<string>, Outcome> _outcomes = new(ReferenceEqualityComparer.Instance);

    /// <summary>Flags after the change.</summary>
    public Outcome Of(IReadOnlySet<string> flags)
    {
        if (!_outcomes.TryGetValue(flags, out var outcome))
        {
            var kept = flags.Where(flag => change == FlagChange.Add || MessageFlags.IsReserved(flag) || names.Contains(flag, StringComparer.OrdinalIgnoreCase) == (change == FlagChange.Replace));
            var (bits, keywords) = EntryFlags.Columns(change == FlagChange.Remove ? kept : kept.Concat(names.Where(name => !flags.Contains(name))));
            var after = EntryFlags.Set(bits, keywords);
            _outcomes.Add(flags, outcome = new Outcome(after, bits, keywords, !after.SetEquals(flags)));
        }

        return outcome;
    }

    /// <summary>What the change sets and clears among messages with the flags that it was asked about.</summary>
    public Dictionary<string, bool> Values()
    {
        var values = new Dictionary<string, bool>(StringComparer.OrdinalIgnoreCase);
        foreach (var flag in change == FlagChange.Replace ? _outcomes.Keys.SelectMany(static flags => flags).Where(static flag => !MessageFlags.IsReserved(flag)) : [])
        {
            values[flag] = false;
        }

        foreach (var name in names)
        {
            // The spelling that was asked for.
            values.Remove(name);
            values[name] = change != FlagChange.Remove;
        }

        return values;
    }

    /// <param name="Flags">The flags.</param>
    /// <param name="Bits">The same as columns.</param>
    /// <param name="Keywords">The same as columns.</param>
    /// <param name="IsChange">Whether they differ from before.</param>
    internal sealed record Outcome(IReadOnlySet<string> Flags, EntryBits Bits, string? Keywords, bool IsChange);
}
