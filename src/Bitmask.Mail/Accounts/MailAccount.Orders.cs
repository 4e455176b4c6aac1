using System.Collections.Concurrent;

namespace Bitmask.Mail;

public sealed partial class MailAccount
{
    private const int MaxOrders = 200_000;

    // Heads never change, so what was read once stays true.
    private readonly ConcurrentDictionary<HeadId, MessageOrder> _orders = new();

    /// <summary>What each of the messages is sorted and threaded by; a message that is gone meanwhile sorts as an empty one.</summary>
    public IReadOnlyList<MessageOrder> Orders(IReadOnlyList<MessageEntry> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        if (_orders.Count > MaxOrders)
        {
            _orders.Clear();
        }

        return _store.Read(store =>
        {
            var orders = new MessageOrder[messages.Count];
            for (var i = 0; i < orders.Length; i++)
            {
                var head = messages[i].Head;
                if (!_orders.TryGetValue(head, out var order))
                {
                    order = store.Sql.QueryFirstOrDefault(
                        "SELECT envelope, header FROM mail_head WHERE id = ?1",
                        static row => MessageOrderReader.Read(HeadCodec.ReadEnvelope(row.GetBytes(0)) ?? MessageEnvelope.Empty, row.GetBytes(1)),
                        HexId.Bytes(head.Value)) ?? MessageOrderReader.Read(MessageEnvelope.Empty, default);
                    _orders.TryAdd(head, order);
                }

                orders[i] = order;
            }

            return orders;
        });
    }
}
