using Bitmask.Soledad;

namespace Bitmask.Mail;

public sealed partial class MailAccount
{
    /// <summary>The full-text index of the account's mail; its owner runs it.</summary>
    public SearchIndexer Index { get; }

    internal SoledadStore Store => _store;

    /// <summary>
    /// Which of some messages hold a text, as ascending positions. Exact, whether they are in the index yet or not; a message that is
    /// damaged or gone holds nothing.
    /// </summary>
    public IReadOnlyList<int> FindText(TextCondition condition, IReadOnlyList<MessageEntry> among, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentNullException.ThrowIfNull(among);
        return new TextFinder(this, condition).Find(among, cancellationToken);
    }

    /// <summary>
    /// The messages that a condition holds for, latest first. Looks at the mailboxes as they are now; what comes later is told by
    /// <see cref="Changes"/>.
    /// </summary>
    /// <param name="condition">What is searched for.</param>
    /// <param name="mailbox">Where; in all mailboxes when null.</param>
    /// <param name="limit">Most messages to be answered.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public IReadOnlyList<SearchHit> Search(SearchCondition condition, MailboxId? mailbox = null, int limit = int.MaxValue, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(condition);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        var filter = new ConditionFilter(this, cancellationToken);
        IEnumerable<SearchHit> hits = [];
        foreach (var id in mailbox is { } one ? [one] : Mailboxes().Select(static any => any.Id))
        {
            var found = filter.Filter(condition, Open(id).Entries).Select(entry => new SearchHit(id, entry));
            hits = [.. hits.Concat(found).OrderByDescending(static hit => hit.Entry.InternalDate).ThenByDescending(static hit => hit.Entry.Uid.Value).Take(limit)];
        }

        return [.. hits];
    }

    /// <summary>
    /// The words of a message. Whoever asks for many asks in one look at the store: while mail is written, each look begins by forgetting all pages of the database.
    /// </summary>
    internal (string Header, string Body) Words(StoreReader store, EntryId entry, int max, out bool isWhole)
    {
        var header = HeaderWords(store, entry, max, out var isHeaderWhole);
        var body = BodyWords(store, entry, max, out var isBodyWhole);
        isWhole = isHeaderWhole && isBodyWhole;
        return (header, body);
    }

    internal static string HeaderWords(StoreReader store, EntryId entry, int max, out bool isWhole, string? field = null)
    {
        isWhole = true;
        try
        {
            return MessageWords.Header(HeadColumn(store, entry, "header"), max, out isWhole, field);
        }
        catch (MailException gone) when (gone.Error == MailError.MessageNotFound)
        {
            return "";
        }
    }

    internal string BodyWords(StoreReader store, EntryId entry, int max, out bool isWhole)
    {
        isWhole = true;
        try
        {
            var content = OpenContent(store, entry);
            var structure = HeadCodec.ReadStructure(HeadColumn(store, entry, "structure")) ?? throw MailErrors.NoMessage();
            var isAway = false;
            var words = MessageWords.Body(structure, Read, max, out isWhole);
            isWhole &= !isAway;
            return words;

            ReadOnlyMemory<byte> Read(long start, long end)
            {
                try
                {
                    return content.ReadHere(start, end);
                }
                catch (MessageUnavailableException)
                {
                    // A large text that was not fetched yet; the other parts have their words.
                    isAway = true;
                    return default;
                }
            }
        }
        catch (MailException gone) when (gone.Error == MailError.MessageNotFound)
        {
            return "";
        }
        catch (IOException e) when (e is not Sqlite.DatabaseException)
        {
            // What is not here may still come; until then each search has a look.
            isWhole = false;
            return "";
        }
    }
}
