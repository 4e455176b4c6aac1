namespace Bitmask.Mail;

public sealed partial class MailAccount
{
    /// <summary>What each of the messages is sorted and threaded by; a message that is gone meanwhile sorts as an empty one.</summary>
    public IReadOnlyList<MessageOrder> Orders(IReadOnlyList<MessageEntry> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return _store.Read(store =>
        {
            var orders = new MessageOrder[messages.Count];
            for (var i = 0; i < orders.Length; i++)
            {
                var head = messages[i].Head;
                orders[i] = OrderTable.Find(store.Sql, head)
                    ?? store.Sql.QueryFirstOrDefault(
                        "SELECT envelope, header FROM mail_head WHERE id = ?1",
                        static row => MessageOrderReader.Read(HeadCodec.ReadEnvelope(row.GetSpan(0)) ?? MessageEnvelope.Empty, row.GetSpan(1)),
                        HexId.Bytes(head.Value))
                    ?? MessageOrderReader.Read(MessageEnvelope.Empty, default(ReadOnlySpan<byte>));
            }

            return orders;
        });
    }

    /// <summary>When a message was sent, to the second, in the zone of its Date field; null when that says nothing.</summary>
    public DateTimeOffset? SentAt(MessageEntry message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.PackedSent is { } sent ? OrderTable.Unpack(sent) : Orders([message])[0].Sent;
    }
}
