using System.Collections.Frozen;

namespace Bitmask.Mail;

/// <summary>Flags as columns: a bit for each system flag and reserved keyword, the other keywords as one text.</summary>
[Flags]
internal enum EntryBits
{
    None = 0,
    Seen = 1,
    Answered = 2,
    Flagged = 4,
    Deleted = 8,
    Draft = 16,
    Encrypted = 256,
    SignedValid = 512,
    SignedBad = 1024,
}

/// <summary>Turns flag columns into the sets that readers see; equal flags share one set, however many messages have them.</summary>
internal static class EntryFlags
{
    private const int MaxShared = 4096;

    private static readonly (EntryBits Bit, string Name)[] Names =
    [
        (EntryBits.Seen, MessageFlags.Seen), (EntryBits.Answered, MessageFlags.Answered), (EntryBits.Flagged, MessageFlags.Flagged),
        (EntryBits.Deleted, MessageFlags.Deleted), (EntryBits.Draft, MessageFlags.Draft), (EntryBits.Encrypted, MessageFlags.Encrypted),
        (EntryBits.SignedValid, MessageFlags.SignedValid), (EntryBits.SignedBad, MessageFlags.SignedBad),
    ];

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<(EntryBits, string?), FrozenSet<string>> Shared = new();

    /// <summary>The set for these columns.</summary>
    public static IReadOnlySet<string> Set(EntryBits bits, string? keywords)
    {
        if (Shared.TryGetValue((bits, keywords), out var set))
        {
            return set;
        }

        var names = Names.Where(name => bits.HasFlag(name.Bit)).Select(name => name.Name);
        set = names.Concat(keywords?.Split(' ') ?? []).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        return Shared.Count < MaxShared ? Shared.GetOrAdd((bits, keywords), set) : set;
    }

    /// <summary>The columns for the registers of an entry; names that differ in case only are one flag, the newer register counts.</summary>
    public static (EntryBits Bits, string? Keywords) Columns(IReadOnlyDictionary<string, Register<bool>>? registers)
    {
        var bits = EntryBits.None;
        var merged = new SortedDictionary<string, (string Name, Register<bool> Register)>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, register) in registers ?? System.Collections.Immutable.ImmutableDictionary<string, Register<bool>>.Empty)
        {
            merged[name] = merged.TryGetValue(name, out var there) && there.Register.Merge(register) == there.Register ? there : (name, register);
        }

        var keywords = new List<string>();
        foreach (var (name, register) in merged.Values)
        {
            var system = Array.Find(Names, known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (register.Value && system.Name is null && IsKeyword(name))
            {
                keywords.Add(name);
            }
            else if (register.Value && system.Name is not null && !MessageFlags.IsReserved(name))
            {
                bits |= system.Bit;
            }
        }

        return (bits, keywords.Count == 0 ? null : string.Join(' ', keywords));
    }

    /// <summary>The columns for a set of flags that are shown.</summary>
    public static (EntryBits Bits, string? Keywords) Columns(IEnumerable<string> flags)
    {
        var bits = EntryBits.None;
        var keywords = new List<string>();
        foreach (var flag in flags)
        {
            var system = Array.Find(Names, known => known.Name.Equals(flag, StringComparison.OrdinalIgnoreCase));
            bits |= system.Bit;
            if (system.Name is null)
            {
                keywords.Add(flag);
            }
        }

        keywords.Sort(StringComparer.OrdinalIgnoreCase);
        return (bits, keywords.Count == 0 ? null : string.Join(' ', keywords));
    }

    /// <summary>The bits of the reserved keywords that a message's facts give it (security.md A10).</summary>
    public static EntryBits Of(SecurityFacts? facts)
    {
        var layers = facts?.Layers ?? [];
        var signatures = layers.Where(layer => layer.Kind == SecurityLayer.Signature).ToList();
        return (layers.Any(layer => layer is { Kind: SecurityLayer.Encryption, Result: SecurityLayer.Good }) ? EntryBits.Encrypted : 0)
            | (signatures.Any(layer => layer.Result == SecurityLayer.Bad) ? EntryBits.SignedBad
                : signatures.Any(layer => layer.Result == SecurityLayer.Good) ? EntryBits.SignedValid : 0);
    }

    /// <summary>A flag's name as it is stored: system flags in their own spelling. Null when it can not be stored (\Recent, \*, no keyword).</summary>
    public static string? Normalise(string flag)
        => MessageFlags.System.FirstOrDefault(name => name.Equals(flag, StringComparison.OrdinalIgnoreCase)) ?? (IsKeyword(flag) ? flag : null);

    // An atom (RFC 9051 §9): flag-keyword.
    private static bool IsKeyword(string name)
        => name.Length is > 0 and <= 200 && name.All(c => c is > ' ' and < (char)127 && !"(){%*\"\\]".Contains(c, StringComparison.Ordinal));
}
