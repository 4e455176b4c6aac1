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

    internal (string Header, string Body) Words(EntryId entry, int max, out bool isWhole)
    {
        var header = HeaderWords(entry, max, out var isHeaderWhole);
        var body = BodyWords(entry, max, out var isBodyWhole);
        isWhole = isHeaderWhole && isBodyWhole;
        return (header, body);
    }

    internal string HeaderWords(EntryId entry, int max, out bool isWhole)
    {
        isWhole = true;
        try
        {
            return MessageWords.Header(HeaderBlock(entry).Span, max, out isWhole);
        }
        catch (MailException gone) when (gone.Error == MailError.MessageNotFound)
        {
            return "";
        }
    }

    internal string BodyWords(EntryId entry, int max, out bool isWhole)
    {
        isWhole = true;
        try
        {
            var content = OpenContent(entry);
            var isAway = false;
            var words = MessageWords.Body(Structure(entry), Read, max, out isWhole);
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
        catch (MessageDamagedException)
        {
            // What is not here may still come; until then each search has a look.
            isWhole = false;
            return "";
        }
    }
}
