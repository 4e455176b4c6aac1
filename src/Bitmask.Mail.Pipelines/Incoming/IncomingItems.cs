using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Mail.Pipelines;

/// <summary>The rows of <see cref="IncomingItem"/>: truth of this device, in the account's file, never synced.</summary>
internal sealed class IncomingItems(SoledadStore store)
{
    private const string Columns = "id, state, entry, generation, kept, attempts, next_attempt, reason, notice";

    private static readonly Migration[] Tables =
    [
        new("pipelines", 1, """
            CREATE TABLE incoming_item(
              id TEXT PRIMARY KEY,
              -- 1 fetched, 2 filed, 3 uploaded, 4 removed.
              state INTEGER NOT NULL,
              entry TEXT,
              -- The store's generation at filing.
              generation INTEGER NOT NULL,
              -- 1: stays at the provider.
              kept INTEGER NOT NULL,
              attempts INTEGER NOT NULL,
              -- Milliseconds since 1970.
              next_attempt INTEGER,
              reason TEXT,
              changed INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX incoming_item_by_state ON incoming_item(state);
            """),
        new("pipelines", 2, """
            -- 1: the entry is a notice in place of the mail, which could not be opened.
            ALTER TABLE incoming_item ADD COLUMN notice INTEGER NOT NULL DEFAULT 0;
            """),
    ];

    public Task SetUpAsync(CancellationToken cancellationToken) => store.WriteAsync(static tx => Migrations.Apply(tx.Sql, Tables), cancellationToken);

    public IncomingItem? Find(string id) => store.Read(reader => reader.Sql.QueryFirstOrDefault($"SELECT {Columns} FROM incoming_item WHERE id = ?1", Read, id));

    public IReadOnlyList<IncomingItem> All()
        => store.Read(reader => reader.Sql.Query($"SELECT {Columns} FROM incoming_item WHERE state <> ?1 ORDER BY state, id", Read, (int)IncomingState.Removed));

    public IReadOnlyList<IncomingItem> In(IncomingState state)
        => store.Read(reader => reader.Sql.Query($"SELECT {Columns} FROM incoming_item WHERE state = ?1 ORDER BY id", Read, (int)state));

    /// <summary>Items in whose place there is a notice.</summary>
    public IReadOnlyList<IncomingItem> Notices() => store.Read(reader => reader.Sql.Query($"SELECT {Columns} FROM incoming_item WHERE notice ORDER BY id", Read));

    /// <summary>Whether another item was filed here as the same entry.</summary>
    public bool HasOther(string id, EntryId entry)
        => store.Read(reader => reader.Sql.ScalarInt64("SELECT 1 FROM incoming_item WHERE entry = ?1 AND id <> ?2 LIMIT 1", entry.ToString(), id)) is not null;

    public bool HasFiledAfter(long generation)
        => store.Read(reader => reader.Sql.ScalarInt64("SELECT 1 FROM incoming_item WHERE state = ?1 AND generation > ?2 LIMIT 1", (int)IncomingState.Filed, generation)) is not null;

    public DateTimeOffset? NextAttempt()
        => store.Read(reader => reader.Sql.ScalarInt64("SELECT min(next_attempt) FROM incoming_item WHERE next_attempt IS NOT NULL")) is { } time
            ? DateTimeOffset.FromUnixTimeMilliseconds(time)
            : null;

    public static void Put(StoreTransaction transaction, IncomingItem item, DateTimeOffset now)
        => transaction.Sql.Execute(
            $"INSERT OR REPLACE INTO incoming_item({Columns}, changed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            item.Id, (int)item.State, item.Entry?.ToString(), item.Generation, item.IsKept, item.Attempts, item.NextAttempt?.ToUnixTimeMilliseconds(), item.Reason, item.IsNotice,
            now.ToUnixTimeMilliseconds());

    public Task PutAsync(IncomingItem item, DateTimeOffset now, CancellationToken cancellationToken) => store.WriteAsync(tx => Put(tx, item, now), cancellationToken);

    /// <summary>Items that wait need not wait longer.</summary>
    public Task MakeDueAsync(CancellationToken cancellationToken)
        => store.WriteAsync(tx => tx.Sql.Execute("UPDATE incoming_item SET next_attempt = NULL WHERE next_attempt IS NOT NULL"), cancellationToken);

    public Task ForgetAsync(string id, CancellationToken cancellationToken)
        => store.WriteAsync(tx => tx.Sql.Execute("DELETE FROM incoming_item WHERE id = ?1", id), cancellationToken);

    /// <summary>Rows of removed items answer for an item that a provider lists again; after a while they have done that.</summary>
    public Task ForgetRemovedAsync(DateTimeOffset before, CancellationToken cancellationToken)
        => store.WriteAsync(
            tx => tx.Sql.Execute("DELETE FROM incoming_item WHERE state = ?1 AND changed < ?2 AND NOT notice", (int)IncomingState.Removed, before.ToUnixTimeMilliseconds()),
            cancellationToken);

    private static IncomingItem Read(Row row) => new()
    {
        Id = row.GetText(0),
        State = (IncomingState)row.GetInt32(1),
        Entry = row.GetTextOrNull(2) is { } entry ? EntryId.Parse(entry) : null,
        Generation = row.GetInt64(3),
        IsKept = row.GetBoolean(4),
        Attempts = row.GetInt32(5),
        NextAttempt = row.IsNull(6) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6)),
        Reason = row.GetTextOrNull(7),
        IsNotice = row.GetBoolean(8),
    };
}
