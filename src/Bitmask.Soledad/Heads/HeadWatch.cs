using Bitmask.Primitives;

namespace Bitmask.Soledad;

/// <summary>
/// Compares this device with what the others say of themselves, and says its own (security.md B1). A provider that keeps documents back from
/// one device, or shows it an old state, can not keep up both stories for long: it is noticed and told, and nothing is deleted because of it.
/// </summary>
/// <remarks>
/// Two devices are comparable when they have seen the same changes. What a device has seen is taken from the changes that came and from
/// the heads of others, since a change may have been replaced by a later one before it came. On the way there may be differences for a
/// while (another device sends its changes just now); only one that stands for a day, and still does at the next sync, is told.
/// A device that is new and gets an old but whole state can not notice it before somebody else writes.
/// </remarks>
internal sealed class HeadWatch(SoledadStore store, Action<SoledadEvent> tell, TimeSpan pause)
{
    private static readonly TimeSpan Grace = TimeSpan.FromHours(24);

    /// <summary>To be called after a sync that is complete. True when there is a new head to send.</summary>
    /// <exception cref="RejoinNeededException">This device's own head is ahead of it: a copy of it runs elsewhere, or it is an old copy.</exception>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        if (!store.KeepsDigest || !store.Read(IsComplete))
        {
            return false;
        }

        if (store.Read(static reader => StateOf(reader)) is null)
        {
            await store.WriteAsync(static tx => tx.ComputeDigest(), cancellationToken).ConfigureAwait(false);
        }

        var heads = store.Read(Heads);
        var given = (long)store.Read(reader => StoreIdentity.Seq(reader.Sql));
        if (heads.Values.Any(head => head.Seen.GetValueOrDefault(store.DeviceId.ToString()) > given))
        {
            throw new RejoinNeededException(RejoinReason.Copied, "This device has sent changes that it does not remember. Was it restored from a copy? Nothing here was changed.");
        }

        var now = store.Clock.GetUtcNow();
        if (heads.Count > 0 && store.Read(reader => Verdict(reader, heads)) is var verdict
            && (verdict != true || store.Read(static reader => reader.Sql.ScalarInt64("SELECT 1 FROM head_doubt")) is not null))
        {
            await DoubtAsync(verdict, heads, now, cancellationToken).ConfigureAwait(false);
        }

        return store.Read(reader => IsDue(reader, heads.GetValueOrDefault(store.DeviceId), now))
            && await store.WriteAsync(tx => Write(tx, now), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// How long until what was written here since the last head has to be in another: until then no device that has it can be compared with this one. Null when there is nothing.
    /// </summary>
    public TimeSpan? NextHead()
        => store.KeepsDigest && store.Read(reader => IsComplete(reader) ? WaitFor(reader, Heads(reader).GetValueOrDefault(store.DeviceId), store.Clock.GetUtcNow()) : null) is { } wait
            ? wait > TimeSpan.Zero ? wait : pause // what kept it from being written just now may be over then
            : null;

    /// <summary>
    /// Whether a head of this device, under its name or a former one, says less than the one here, which the provider had acknowledged. To be asked before it is taken in.
    /// </summary>
    public static bool IsOwnGoneBack(StoreTransaction transaction, Document incoming)
    {
        var identity = StoreIdentity.Read(transaction.Sql);
        var isNow = DeviceHead.DocumentIdOf(identity.DeviceId) == incoming.Id;
        var device = isNow ? identity.DeviceId : FormerNames.List(transaction).FirstOrDefault(name => DeviceHead.DocumentIdOf(name.Device) == incoming.Id)?.Device;
        if (device is not { } named || transaction.Get(incoming.Id) is not { IsDeleted: false } ours || DeviceHead.Read(ours) is not { } held || DeviceHead.Read(incoming) is not { } shown)
        {
            return false;
        }

        // Under a former name: what was not acknowledged was stamped anew with the name of today.
        var isAcknowledged = transaction.WriterOf(ours.Id) is { } writer && writer.Device == named && (!isNow || writer.Seq <= StoreIdentity.Acknowledged(transaction.Sql));
        var name = named.ToString();
        return isAcknowledged && shown.Seen.GetValueOrDefault(name) < held.Seen.GetValueOrDefault(name);
    }

    /// <summary>Whether all that is at the provider is here, and all that was written here is there.</summary>
    public static bool IsComplete(StoreReader reader)
        => BackfillCursor.Read(reader) is null && reader.Sql.ScalarInt64("SELECT 1 FROM quarantine LIMIT 1") is null
            && StoreIdentity.Seq(reader.Sql) == StoreIdentity.Acknowledged(reader.Sql);

    private static StateDigest? StateOf(StoreReader reader)
        => reader.Sql.QueryFirstOrDefault("SELECT digest FROM state_digest", static row => row.GetBytesOrNull(0)) is { } octets ? StateDigest.Read(octets) : null;

    private static Dictionary<DeviceId, DeviceHead> Heads(StoreReader reader)
    {
        var heads = new Dictionary<DeviceId, DeviceHead>();
        foreach (var document in reader.GetByType(DeviceHead.DocumentType))
        {
            if (DeviceHead.IsHead(document.Id) && document.Id.Length == DeviceHead.DocumentIdOf(default).Length
                && ulong.TryParse(document.Id.AsSpan(^(2 * DeviceId.Octets)..), System.Globalization.NumberStyles.AllowHexSpecifier, null, out var id)
                && DeviceHead.Read(document) is { } head)
            {
                heads[new DeviceId(id)] = head;
            }
        }

        return heads;
    }

    /// <summary>Whose changes are in the documents here, by what came and by what others say has come.</summary>
    private static SortedDictionary<string, long> Seen(StoreReader reader, IEnumerable<DeviceHead> heads)
    {
        var seen = new SortedDictionary<string, long>(StringComparer.Ordinal);
        var known = reader.Sql.Query("SELECT device, seq FROM device_seen WHERE seq > 0", static row => KeyValuePair.Create(row.GetText(0), row.GetInt64(1)));
        foreach (var (device, seq) in known.Concat(heads.SelectMany(static head => head.Seen)))
        {
            seen[device] = Math.Max(seen.GetValueOrDefault(device), seq);
        }

        return seen;
    }

    private static string Text(SortedDictionary<string, long> seen) => string.Join(' ', seen.Select(static entry => $"{entry.Key}:{entry.Value}"));

    /// <summary>True when another device that has seen the same has the same, false when it has something else, null when there is none to compare with.</summary>
    private bool? Verdict(StoreReader reader, Dictionary<DeviceId, DeviceHead> heads)
    {
        if (!IsComplete(reader) || StateOf(reader) is not { } state)
        {
            return null;
        }

        var (seen, digest) = (Seen(reader, heads.Values), Convert.ToHexStringLower(state.ToBytes()));
        var comparable = heads.Where(head => head.Key != store.DeviceId && head.Value.Seen.SequenceEqual(seen)).Select(static head => head.Value.Digest).ToList();
        return comparable.Count == 0 ? null : comparable.Contains(digest);
    }

    private async Task DoubtAsync(bool? verdict, Dictionary<DeviceId, DeviceHead> heads, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var isNew = await store.WriteAsync(
            tx =>
            {
                if (verdict == true)
                {
                    tx.Sql.Execute("DELETE FROM head_doubt");
                    return false;
                }

                var seen = Text(Seen(tx, heads.Values));
                var doubt = tx.Sql.QueryFirstOrDefault<(long Since, string Seen, bool IsTold)?>(
                    "SELECT since, seen, is_told FROM head_doubt", static row => (row.GetInt64(0), row.GetText(1), row.GetBoolean(2)));
                if (verdict is null || doubt is { IsTold: true })
                {
                    return false;
                }

                // A clock that was set back begins the wait anew.
                var since = doubt is var (began, _, _) && began <= now.ToUnixTimeSeconds() ? began : now.ToUnixTimeSeconds();
                var isDue = doubt is { Seen: var before } && before == seen && now - DateTimeOffset.FromUnixTimeSeconds(since) >= Grace;
                tx.Sql.Execute("INSERT OR REPLACE INTO head_doubt(id, since, seen, is_told) VALUES (1, ?1, ?2, ?3)", since, seen, isDue);
                return isDue;
            },
            cancellationToken).ConfigureAwait(false);
        if (isNew)
        {
            tell(new SoledadEvent(
                SoledadCodes.ProviderInconsistent,
                "Another device of yours has seen the same changes for a day and still has other documents: the provider keeps something back from one of them, or shows it an old state. Nothing was deleted."));
        }
    }

    /// <summary>Whether something was written here since the last head, which was not just now.</summary>
    private bool IsDue(StoreReader reader, DeviceHead? own, DateTimeOffset now) => WaitFor(reader, own, now) is { } wait && wait <= TimeSpan.Zero;

    private TimeSpan? WaitFor(StoreReader reader, DeviceHead? own, DateTimeOffset now)
    {
        var device = store.DeviceId.ToString();
        var written = reader.Sql.ScalarInt64("SELECT seq FROM device_seen WHERE device = ?1", device) ?? 0;
        var isNew = own is null ? written > 0 || reader.Sql.ScalarInt64("SELECT 1 FROM rejoin") is not null : written > own.Seen.GetValueOrDefault(device);
        return !isNew ? null : own is null || now < own.Time ? TimeSpan.Zero : own.Time + pause - now;
    }

    private bool Write(StoreTransaction transaction, DateTimeOffset now)
    {
        // Between the sync and this somebody may have written; then the next sync is the time.
        if (!IsComplete(transaction) || StateOf(transaction) is not { } state)
        {
            return false;
        }

        var id = DeviceHead.DocumentIdOf(store.DeviceId);
        var head = new DeviceHead { Seen = Seen(transaction, Heads(transaction).Values), Digest = Convert.ToHexStringLower(state.ToBytes()), Time = now };
        transaction.Put(id, transaction.Get(id) is { IsDeleted: false } current ? current.Rev : null, head.ToJson());
        return true;
    }
}
