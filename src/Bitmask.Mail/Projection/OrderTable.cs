using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>
/// What messages are sorted and threaded by. A list of all messages of a mailbox needs it of each of them, so it lies apart from the heads, which are ten times as wide; and the date
/// is with the entries, where it costs nothing.
/// </summary>
internal static class OrderTable
{
    public const string Tables =
        """
        -- What messages of a head are sorted and threaded by. sent: OrderTable.Pack of its Date field. words: OrderTable.Write.
        CREATE TABLE mail_order(head BLOB PRIMARY KEY, sent INTEGER NOT NULL, words BLOB NOT NULL) WITHOUT ROWID;

        -- sent of the head; NULL where its head was filed before there was mail_order, until the next reindex.
        ALTER TABLE mail_entry ADD COLUMN sent INTEGER;

        """;

    private const byte Version = 1;

    /// <summary>No date. No zone packs to this.</summary>
    private const long None = 0;

    private const int ZoneBits = 11;
    private const int ZoneBias = 1 << (ZoneBits - 1);

    /// <summary>A moment to the second and the zone that it was told in, as one number that grows with the moment.</summary>
    public static long Pack(DateTimeOffset? sent)
        => sent is { } moment ? (moment.ToUnixTimeSeconds() << ZoneBits) + (long)moment.Offset.TotalMinutes + ZoneBias : None;

    /// <summary>The moment of <see cref="Pack"/>, or null.</summary>
    public static DateTimeOffset? Unpack(long packed)
        => packed == None ? null : DateTimeOffset.FromUnixTimeSeconds(packed >> ZoneBits).ToOffset(TimeSpan.FromMinutes((packed & ((1 << ZoneBits) - 1)) - ZoneBias));

    public static void Add(WriteTransaction tx, HeadId head, MessageOrder order)
    {
        var (key, sent) = (HexId.Bytes(head.Value), Pack(order.Sent));
        tx.Execute("INSERT OR REPLACE INTO mail_order(head, sent, words) VALUES (?1, ?2, ?3)", key, sent, Write(order));
        tx.Execute("UPDATE mail_entry SET sent = ?2 WHERE head = ?1 AND sent IS NOT ?2", key, sent);
    }

    public static void Remove(WriteTransaction tx, byte[] head) => tx.Execute("DELETE FROM mail_order WHERE head = ?1", head);

    /// <summary>By what messages of a head are sorted and threaded; null when it was not kept.</summary>
    public static MessageOrder? Find(ReadTransaction tx, HeadId head)
        => tx.QueryFirstOrDefault("SELECT sent, words FROM mail_order WHERE head = ?1", static row => Read(row.GetInt64(0), row.GetSpan(1)), HexId.Bytes(head.Value));

    /// <summary>Tells where rows differ from what the heads' documents say.</summary>
    public static void Compare(ReadTransaction tx, HeadRow expected, List<string> differences)
    {
        var isSame = tx.QueryFirstOrDefault<bool?>(
            "SELECT sent, words FROM mail_order WHERE head = ?1",
            row => row.GetInt64(0) == Pack(expected.Order.Sent) && row.GetSpan(1).SequenceEqual(Write(expected.Order)), HexId.Bytes(expected.Id.Value));
        if (isSame == false)
        {
            differences.Add($"head {expected.Id} is sorted wrongly");
        }
    }

    /// <summary>Tells which rows belong to nothing, and which entries have another date than their head.</summary>
    public static void Compare(ReadTransaction tx, List<string> differences)
    {
        differences.AddRange(tx.Query(
            "SELECT head FROM mail_order WHERE head NOT IN (SELECT id FROM mail_head)", static row => $"head {new HeadId(HexId.Read(row.GetBytes(0)))} is sorted, but gone"));
        differences.AddRange(tx.Query(
            "SELECT e.id FROM mail_entry e JOIN mail_order o ON o.head = e.head WHERE e.sent IS NOT o.sent",
            static row => $"entry {new EntryId(HexId.Read(row.GetBytes(0)))} has another date than its head"));
    }

    private static byte[] Write(MessageOrder order)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Version);
        writer.Write(order.IsReply);
        writer.Write(order.Subject);
        writer.Write(order.From);
        writer.Write(order.To);
        writer.Write(order.Cc);
        HeadCodec.Write(writer, order.MessageId);
        HeadCodec.Write(writer, order.References);
        return stream.ToArray();
    }

    private static MessageOrder? Read(long sent, ReadOnlySpan<byte> words)
    {
        var reader = new PackedReader(words);
        if (reader.Octet() != Version)
        {
            return null;
        }

        var (isReply, subject) = (reader.Octet() != 0, reader.Text());
        var order = new MessageOrder(Unpack(sent), subject, isReply, reader.Text(), reader.Text(), reader.Text(), reader.TextOrNull(), HeadCodec.Texts(ref reader) ?? []);
        return reader.IsAtEnd ? order : null;
    }
}
