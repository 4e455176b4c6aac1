namespace Bitmask.Mail;

public sealed partial class MailAccount
{
    private const int MaxSummaryOctets = 1024 * 1024;
    private static readonly string[] Columns = ["envelope", "structure", "header", "preview"];

    // Constant texts, one for each combination, so that each is prepared once.
    private static readonly string[] SelectSummary =
        [.. Enumerable.Range(0, 16).Select(parts => $"SELECT {string.Join(", ", Columns.Select((column, i) => (parts & (1 << i)) != 0 ? column : "NULL"))} FROM mail_head WHERE id = ?1")];

    /// <summary>
    /// What lists show of many messages, read at once, in their order. Null for a message that is gone. The answer may end before the list
    /// does, so that it never takes much memory: at least one message is answered, the rest is to be asked for again.
    /// </summary>
    public IReadOnlyList<MessageSummary?> Summaries(IReadOnlyList<MessageEntry> messages, SummaryParts parts)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var sql = SelectSummary[(int)parts & 15];
        return _store.Read(store =>
        {
            var summaries = new List<MessageSummary?>(messages.Count);
            var octets = 0L;
            for (var i = 0; i < messages.Count && octets < MaxSummaryOctets; i++)
            {
                var row = store.Sql.QueryFirstOrDefault(
                    sql,
                    static row => new SummaryRow(row.GetBytesOrNull(0), row.GetBytesOrNull(1), row.GetBytesOrNull(2), row.GetTextOrNull(3)),
                    HexId.Bytes(messages[i].Head.Value));
                octets += row is null ? 0 : (row.Envelope?.Length ?? 0) + (row.Structure?.Length ?? 0) + (row.Header?.Length ?? 0);
                summaries.Add(row is null ? null : Summary(row));
            }

            return summaries;
        });
    }

    private static MessageSummary Summary(SummaryRow row)
        => new()
        {
            Envelope = row.Envelope is { } envelope ? HeadCodec.ReadEnvelope(envelope) ?? MessageEnvelope.Empty : null,
            Structure = row.Structure is { } structure ? HeadCodec.ReadStructure(structure) : null,
            Header = row.Header is { } header ? header : (ReadOnlyMemory<byte>?)null,   // typed: a bare null would become an empty header
            Preview = row.Preview,
        };

    private sealed record SummaryRow(byte[]? Envelope, byte[]? Structure, byte[]? Header, string? Preview);
}
