namespace Bitmask.Mail;

public sealed partial class MailAccount
{
    /// <summary>All tags in use, each with the number of messages that have it, by name.</summary>
    public IReadOnlyList<(string Tag, int Messages)> Tags()
        => [.. _store.Read(store => store.Sql.Query(
                "SELECT tags, count(*) FROM mail_entry WHERE tags IS NOT NULL AND NOT " + OwedTable.IsDoomed + " GROUP BY tags", static row => (Tags: EntryTags.Read(row.GetText(0)), Count: row.GetInt32(1))))
            .SelectMany(static row => row.Tags.Select(tag => (Tag: tag, row.Count)))
            .GroupBy(static row => row.Tag, static row => row.Count, StringComparer.OrdinalIgnoreCase)
            .Select(static group => (group.Key, group.Sum())).OrderBy(static tag => tag.Key, StringComparer.OrdinalIgnoreCase)];

    /// <summary>The tags of a message, by name.</summary>
    /// <exception cref="MailException">There is no such message.</exception>
    public IReadOnlyList<string> Tags(EntryId entry)
        => _store.Read(store => EntryTable.Find(store.Sql, entry) is { } row ? EntryTags.Read(row.Tags) : throw MailErrors.NoMessage());

    /// <summary>Which of some messages have a tag, whatever its case, as ascending positions.</summary>
    public IReadOnlyList<int> FindTag(string tag, IReadOnlyList<MessageEntry> among)
    {
        ArgumentNullException.ThrowIfNull(tag);
        ArgumentNullException.ThrowIfNull(among);
        var tagged = _store.Read(store => store.Sql.Query(
                "SELECT id, tags FROM mail_entry WHERE tags IS NOT NULL", static row => (Id: new EntryId(HexId.Read(row.GetBytes(0))), Tags: row.GetText(1))))
            .Where(row => EntryTags.Read(row.Tags).Contains(tag.Trim(), StringComparer.OrdinalIgnoreCase)).Select(static row => row.Id).ToHashSet();
        return tagged.Count == 0 ? [] : [.. Enumerable.Range(0, among.Count).Where(i => tagged.Contains(among[i].Id))];
    }

    /// <summary>
    /// Changes tags: names of 1 to 100 characters in any language, the same whatever their case. Devices that tag the same message without
    /// knowing of each other both have their way. Messages that are gone are passed over.
    /// </summary>
    /// <exception cref="MailException">A tag can not be one.</exception>
    public async Task ChangeTagsAsync(IReadOnlyList<EntryId> entries, FlagChange change, IReadOnlyCollection<string> tags, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(tags);
        var names = tags.Select(static tag => EntryTags.Normalise(tag) ?? throw new MailException(MailError.NotAllowed, "A tag has 1 to 100 characters, none of them a control character."))
            .Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        foreach (var some in entries.Chunk(MessagesPerTransaction))
        {
            await WriteAsync(
                tx =>
                {
                    foreach (var id in some)
                    {
                        if (tx.Find(id) is var (rev, entry) && RegisterMap.Change(entry.Tags, change, names, tx.Clock) is { } registers)
                        {
                            tx.Put(id, rev, entry with { Tags = registers });
                        }
                    }

                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
    }
}
