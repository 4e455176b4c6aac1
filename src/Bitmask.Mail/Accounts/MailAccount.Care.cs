namespace Bitmask.Mail;

public sealed partial class MailAccount
{
    /// <summary>
    /// Compares the tables that mail is read from with the documents they follow from: every difference in words, empty when all is well.
    /// Reads everything; other reads and writes go on meanwhile.
    /// </summary>
    public IReadOnlyList<string> Check() => [.. MailCheck.Compare(_store), .. SearchCheck.CompareTexts(this)];

    /// <summary>
    /// Derives those tables anew, in one transaction; the full-text index is filled again after it. UIDs, mod-sequences, the outbox and ids
    /// stay as they are.
    /// </summary>
    public async Task ReindexAsync(CancellationToken cancellationToken = default)
    {
        await MailReindex.RunAsync(_store, _projection, cancellationToken).ConfigureAwait(false);
        Index.Wake();
    }
}
