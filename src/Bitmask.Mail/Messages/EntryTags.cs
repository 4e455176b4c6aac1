namespace Bitmask.Mail;

/// <summary>Tags: names of the user's own for messages, in any language. Keywords of IMAP are flags, not these.</summary>
internal static class EntryTags
{
    public const string Tables =
        """
        -- tags: sorted, separated by line feeds.
        ALTER TABLE mail_entry ADD COLUMN tags TEXT;
        CREATE INDEX mail_entry_tagged ON mail_entry(tags) WHERE tags IS NOT NULL;

        """;

    private const char Separator = '\n';
    private const int MaxLength = 100;

    /// <summary>A tag as it is stored; null when it can not be one.</summary>
    public static string? Normalise(string? tag)
        => tag?.Trim() is { Length: > 0 and <= MaxLength } name && !name.Any(char.IsControl) ? name : null;

    /// <summary>The column for the registers of an entry; names that differ in case only are one tag, the newer register counts.</summary>
    public static string? Column(IReadOnlyDictionary<string, Register<bool>>? registers)
    {
        var merged = new SortedDictionary<string, (string Name, Register<bool> Register)>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, register) in (registers ?? new Dictionary<string, Register<bool>>()).Where(pair => Normalise(pair.Key) == pair.Key))
        {
            merged[name] = merged.TryGetValue(name, out var there) && there.Register.Merge(register) == there.Register ? there : (name, register);
        }

        var tags = merged.Values.Where(static tag => tag.Register.Value).Select(static tag => tag.Name).ToList();
        return tags.Count == 0 ? null : string.Join(Separator, tags);
    }

    /// <summary>The tags in a column.</summary>
    public static IReadOnlyList<string> Read(string? column) => column?.Split(Separator) ?? [];
}
