using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>
/// A re-join (security.md B5, A7): the device takes a new name and compares everything with the provider. It adds and merges, and deletes
/// nothing: what one side lacks is given to it, unless a deletion is known. A provider that forces re-joins costs time and nothing else, and
/// less and less of it.
/// </summary>
internal sealed class RejoinRun(SoledadStore store, Action<SoledadEvent> tell)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Rest = TimeSpan.FromDays(1);

    /// <summary>
    /// Takes the new name and forgets what the provider was thought to have, in one transaction. False when the last re-join is
    /// not long enough ago: then the contradiction stands, and a later sync tries again.
    /// </summary>
    public async Task<bool> BeginAsync(RejoinReason reason, CancellationToken cancellationToken)
    {
        var now = store.Clock.GetUtcNow();
        var lately = store.Read(reader => Lately(reader.Sql, now));
        if (lately is not { } before)
        {
            return false;
        }

        await BeginAsync(reason, now, before, cancellationToken).ConfigureAwait(false);
        tell(new SoledadEvent(SoledadCodes.DeviceRejoined, Describe(reason)));
        return true;
    }

    /// <summary>After a salvage, whatever was before: no provider has forced it.</summary>
    public Task BeginSalvagedAsync(CancellationToken cancellationToken) => BeginAsync(RejoinReason.Salvaged, store.Clock.GetUtcNow(), 0, cancellationToken);

    /// <summary>Whether a re-join has begun and not yet compared everything: it goes on with the next sync, whatever broke this one off.</summary>
    public static bool IsOpen(StoreReader reader) => reader.Sql.ScalarInt64("SELECT is_open FROM rejoin") is 1;

    /// <summary>Everything is compared.</summary>
    public static void Close(StoreTransaction transaction)
    {
        transaction.Sql.Execute("UPDATE rejoin SET is_open = 0");
        transaction.Sql.Execute("DELETE FROM compared");
    }

    private Task BeginAsync(RejoinReason reason, DateTimeOffset now, int before, CancellationToken cancellationToken)
    {
        var (replica, device) = store.Read(static reader => StoreIdentity.Read(reader.Sql));
        return store.RenameAsync(
            tx =>
            {
                FormerNames.Add(tx, replica, device, isShared: reason == RejoinReason.Copied);
                tx.Sql.Execute("DELETE FROM compared");
                tx.Sql.Execute(
                    """
                    INSERT INTO rejoin(id, reason, began, lately, is_open) VALUES (1, ?1, ?2, ?3, 1)
                    ON CONFLICT(id) DO UPDATE SET reason = excluded.reason, began = excluded.began, lately = excluded.lately, is_open = 1
                    """,
                    reason.ToString(), now.ToUnixTimeSeconds(), before + 1);
                tx.Sql.Execute("DELETE FROM sync_log");
                SyncClient.ForgetTarget(tx);
            },
            cancellationToken);
    }

    private static string Describe(RejoinReason reason) => reason switch
    {
        RejoinReason.Copied => "The provider has changes that this device does not remember making: it was restored from a copy, or a copy of it runs elsewhere.",
        RejoinReason.WentBack => "The provider went back to an earlier state.",
        RejoinReason.OtherDatabase => "The provider has another database for this account than before.",
        RejoinReason.AwayTooLong => "This device was away for longer than the provider keeps deletions for it.",
        _ => "The provider does not know the state that it had told before.",
    } + " This device goes on under a new name and compares everything with the provider; nothing here was lost.";

    /// <summary>How many re-joins there were without a day's rest; null when it is too early for another. Each pause is twice the one before.</summary>
    private static int? Lately(ReadTransaction transaction, DateTimeOffset now)
    {
        if (transaction.QueryFirstOrDefault<(long Began, int Lately)?>(
            "SELECT began, lately FROM rejoin", static row => (row.GetInt64(0), row.GetInt32(1))) is not { } latest)
        {
            return 0;
        }

        // A clock that was set back must not stop re-joins for years.
        var since = now - DateTimeOffset.FromUnixTimeSeconds(latest.Began);
        if (since < TimeSpan.Zero || since >= Rest)
        {
            return 0;
        }

        return since >= FirstPause * Math.Pow(2, Math.Min(latest.Lately - 1, 10)) ? latest.Lately : null;
    }
}
