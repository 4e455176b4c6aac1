using System.Text.Json.Serialization.Metadata;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <content>The octets of messages.</content>
public sealed partial class MailAccount
{
    /// <summary>So much of messages is opened at once, and one more message.</summary>
    private const int MaxOpenedOctets = 256 * 1024;

    /// <summary>Opens the message for reading: by ranges, in constant memory, fetching large parts that are not here.</summary>
    /// <exception cref="MailException">There is no such message.</exception>
    /// <exception cref="MessageDamagedException">The octets are not those that were filed.</exception>
    public MessageContent OpenContent(EntryId entry) => _store.Read(store => OpenContent(store, entry));

    /// <summary>
    /// Opens many messages at once, in their order, as <see cref="OpenContent(EntryId)"/> does each: for whoever reads one after the other. Null for a message that is gone or
    /// damaged. The answer may end before the list does, so that it never takes much memory: at least one message is answered, the rest is to be asked for again.
    /// </summary>
    public IReadOnlyList<MessageContent?> OpenContents(IReadOnlyList<MessageEntry> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return _store.Read(store =>
        {
            var contents = new List<MessageContent?>(messages.Count);
            var octets = 0L;
            for (var i = 0; i < messages.Count && octets < MaxOpenedOctets; i++)
            {
                try
                {
                    contents.Add(OpenContent(store, messages[i].Id, messages[i].Head));
                }
                catch (MessageDamagedException)
                {
                    contents.Add(null);
                }

                octets += messages[i].Size;
            }

            return contents;
        });
    }

    private MessageContent OpenContent(StoreReader store, EntryId entry)
    {
        var row = EntryTable.Find(store.Sql, entry) ?? throw MailErrors.NoMessage();
        return OpenContent(store, entry, row.Head) ?? throw new MessageDamagedException(entry, "its head is missing.");
    }

    /// <summary>Null when the head is not there.</summary>
    private MessageContent? OpenContent(StoreReader store, EntryId entry, HeadId id)
    {
        if (Read(store, DocumentIds.Of(id), MailJson.Recipe) is not { } head)
        {
            return null;
        }

        return head.Recipe.Any(static item => item?.Blob is not null)
            ? new MessageContent(entry, head, part => Part(entry, part), _blobs)
            : new MessageContent(entry, MessageJoiner.Join(head, part => Read(store, part, MailJson.Part), out var damage) ?? throw new MessageDamagedException(entry, damage));
    }

    /// <summary>A part that is read after its head: the message may have gone meanwhile.</summary>
    private PartDocument? Part(EntryId entry, string id)
        => _store.Read(store => EntryTable.Find(store.Sql, entry) is null ? throw MailErrors.NoMessage() : Read(store, id, MailJson.Part));

    /// <summary>A document, parsed from where the database has it: contents are large, and a text of them would be twice as large.</summary>
    private static T? Read<T>(StoreReader store, string id, JsonTypeInfo<T> type)
        where T : class
        => ReadFirst(store.Sql, "SELECT json FROM document WHERE doc_id = ?1 AND json IS NOT NULL", id, type) ?? ReadFirst(store.Sql, "SELECT json FROM mail_rescue WHERE doc_id = ?1", id, type);

    private static T? ReadFirst<T>(ReadTransaction sql, string query, string id, JsonTypeInfo<T> type)
        where T : class
        => sql.QueryFirstOrDefault(query, row => MailJson.TryReadUtf8(row.GetSpan(0), type), id);
}
