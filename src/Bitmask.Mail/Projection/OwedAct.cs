namespace Bitmask.Mail;

/// <summary>What one command did to many messages.</summary>
internal sealed record OwedAct
{
    /// <summary>The clock of its registers.</summary>
    public long Counter { get; init; }

    /// <summary>The device of its registers.</summary>
    public required string Device { get; init; }

    /// <summary>Flags that it set or cleared; what was so before stays as it was.</summary>
    public IReadOnlyDictionary<string, bool>? Flags { get; init; }

    /// <summary>The mailbox's document that the messages, or their copies, went to.</summary>
    public string? Mbox { get; init; }

    /// <summary>The document after the act; the same object when it changes nothing.</summary>
    public EntryDocument Apply(EntryDocument entry)
    {
        var flags = Flags is null ? null : Change(entry.Flags);
        return flags is null && Mbox is null ? entry : entry with { Flags = flags ?? entry.Flags, Mbox = Mbox is null ? entry.Mbox : entry.Mbox.Merge(Stamp(Mbox)) };
    }

    /// <summary>The document of a copy.</summary>
    public EntryDocument Copy(EntryDocument original, EntryId copy)
        => original with { Eid = copy.ToString(), Mbox = Stamp(Mbox!), Flags = MailTransaction.Registers(original.Flags?.Where(static flag => flag.Value.Value).Select(static flag => flag.Key) ?? [], new RegisterClock(Counter, Device)) };

    private Register<T> Stamp<T>(T value) => new(value, Counter, Device);

    private SortedDictionary<string, Register<bool>>? Change(IReadOnlyDictionary<string, Register<bool>>? before)
    {
        SortedDictionary<string, Register<bool>>? after = null;
        foreach (var (name, value) in Flags!)
        {
            var registers = after ?? before;
            var known = registers?.Keys.FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase));
            if ((known is not null && registers![known].Value) == value)
            {
                continue;
            }

            // A flag that comes back is spelled as it was asked for, which is how it is shown already.
            after ??= new SortedDictionary<string, Register<bool>>((before ?? new Dictionary<string, Register<bool>>()).ToDictionary(), StringComparer.Ordinal);
            var register = Stamp(value);
            if (known is not null && value)
            {
                register = after[known].Merge(register);
                after.Remove(known);
            }

            after[known is not null && !value ? known : name] = register;
        }

        return after;
    }
}
