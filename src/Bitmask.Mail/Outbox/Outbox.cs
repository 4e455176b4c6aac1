using Bitmask.Primitives;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>
/// Mail that was accepted for sending, on this device only: durable before the sender hears OK, kept until every recipient is relayed
/// or failed and told of (security.md C10). A decision is written once and never becomes weaker.
/// </summary>
public sealed class Outbox
{
    private static readonly TimeSpan FarAhead = TimeSpan.FromDays(30);

    private readonly SoledadStore _store;
    private readonly ChangeLog _log;
    private readonly TimeProvider _clock;

    internal Outbox(SoledadStore store, ChangeLog log, TimeProvider clock) => (_store, _log, _clock) = (store, log, clock);

    /// <summary>Accepts a mail: durable when the task completes. All recipients are due at once; one named twice is one.</summary>
    /// <exception cref="ArgumentException">There is no recipient.</exception>
    public Task<OutboxItem> AddAsync(EmailAddress reversePath, IReadOnlyList<EmailAddress> recipients, ReadOnlyMemory<byte> raw, CancellationToken cancellationToken = default)
        => _store.WriteAsync(tx => Add(tx, reversePath, recipients, raw), cancellationToken);

    /// <summary>As <see cref="AddAsync"/>, inside the caller's transaction.</summary>
    /// <exception cref="ArgumentException">There is no recipient.</exception>
    public OutboxItem Add(StoreTransaction tx, EmailAddress reversePath, IReadOnlyList<EmailAddress> recipients, ReadOnlyMemory<byte> raw, OutboxTerms? terms = null)
    {
        ArgumentNullException.ThrowIfNull(tx);
        ArgumentNullException.ThrowIfNull(reversePath);
        ArgumentNullException.ThrowIfNull(recipients);
        if (recipients.Count == 0)
        {
            throw new ArgumentException("A mail needs a recipient.", nameof(recipients));
        }

        var id = OutboxId.New();
        var key = HexId.Bytes(id.Value);
        var now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        tx.Sql.Execute(
            "INSERT INTO mail_outbox(id, accepted, reverse_path, size, policy, not_before) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            key, now, reversePath.Address, raw.Length, (int)(terms?.Policy ?? OutboxPolicy.WheneverPossible), terms?.NotBefore?.ToUnixTimeMilliseconds());
        tx.Sql.Execute("INSERT INTO mail_outbox_content(id, raw) VALUES (?1, ?2)", key, raw);
        var number = 0;
        foreach (var recipient in recipients.Distinct())
        {
            tx.Sql.Execute(
                "INSERT INTO mail_outbox_recipient(outbox, number, address, canonical, state, next_attempt) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                key, number++, recipient.Address, recipient.Canonical, (int)OutboxState.Waiting, now);
        }

        _log.Add(tx.Sql, MailChangeKind.OutboxChanged);
        return Find(tx.Sql, id)!;
    }

    /// <summary>One mail, or null.</summary>
    public OutboxItem? Find(OutboxId id) => _store.Read(store => Find(store.Sql, id));

    /// <summary>All mails, oldest first.</summary>
    public IReadOnlyList<OutboxItem> All()
        => _store.Read(store => Items(store.Sql, store.Sql.Query("SELECT id FROM mail_outbox ORDER BY accepted, id", ReadId)));

    /// <summary>Whether the time of an attempt has come: also when it is farther ahead than anything here waits, for then the clock has been set back since.</summary>
    public static bool IsDue(DateTimeOffset? attempt, DateTimeOffset now) => attempt - now is { } wait && (wait <= TimeSpan.Zero || wait > FarAhead);

    /// <summary>Mails that may leave and have a waiting or held recipient whose next attempt <see cref="IsDue"/>, the longest due first.</summary>
    public IReadOnlyList<OutboxItem> Due(DateTimeOffset now, int limit = 100)
        => _store.Read(store => Items(store.Sql, store.Sql.Query(
            """
            SELECT r.outbox FROM mail_outbox_recipient r JOIN mail_outbox o ON o.id = r.outbox
            WHERE (r.next_attempt <= ?1 OR r.next_attempt > ?3) AND (o.not_before IS NULL OR o.not_before <= ?1)
            GROUP BY r.outbox ORDER BY min(r.next_attempt), r.outbox LIMIT ?2
            """,
            ReadId, now.ToUnixTimeMilliseconds(), limit, (now + FarAhead).ToUnixTimeMilliseconds())));

    /// <summary>The earliest next attempt of all, or null when nothing waits.</summary>
    public DateTimeOffset? NextAttempt()
        => Time(_store.Read(store => store.Sql.ScalarInt64(
            "SELECT min(max(r.next_attempt, coalesce(o.not_before, 0))) FROM mail_outbox_recipient r JOIN mail_outbox o ON o.id = r.outbox WHERE r.next_attempt IS NOT NULL")));

    /// <summary>
    /// What kept mail waiting may be over: waiting recipients are due soon, a second later for each attempt that failed, so that a line that comes and
    /// goes is no reason to try without end. Held ones stay held.
    /// </summary>
    public Task HurryAsync(CancellationToken cancellationToken = default)
        => _store.WriteAsync(
            tx =>
            {
                var rows = tx.Sql.Execute(
                    "UPDATE mail_outbox_recipient SET next_attempt = ?2 + 1000 * attempts WHERE state = ?1 AND next_attempt > ?2 + 1000 * attempts",
                    (int)OutboxState.Waiting, _clock.GetUtcNow().ToUnixTimeMilliseconds());
                if (rows > 0)
                {
                    _log.Add(tx.Sql, MailChangeKind.OutboxChanged);
                }
            },
            cancellationToken);

    /// <summary>The user wants it tried now: everybody who waits or is held is due at once.</summary>
    /// <exception cref="MailException">There is no such mail.</exception>
    public Task RetryAsync(OutboxId id, CancellationToken cancellationToken = default)
        => ChangeAsync(id, "UPDATE mail_outbox_recipient SET next_attempt = ?2 WHERE outbox = ?1 AND next_attempt IS NOT NULL", _clock.GetUtcNow(), cancellationToken);

    /// <summary>Sets the earliest time that a mail may leave; null for at once.</summary>
    /// <exception cref="MailException">There is no such mail.</exception>
    public Task ScheduleAsync(OutboxId id, DateTimeOffset? notBefore, CancellationToken cancellationToken = default)
        => ChangeAsync(id, "UPDATE mail_outbox SET not_before = ?2 WHERE id = ?1", notBefore, cancellationToken);

    /// <summary>The octets of a mail.</summary>
    /// <exception cref="MailException">There is no such mail.</exception>
    public ReadOnlyMemory<byte> Content(OutboxId id)
        => _store.Read(store => store.Sql.QueryFirstOrDefault("SELECT raw FROM mail_outbox_content WHERE id = ?1", static row => row.GetBytes(0), HexId.Bytes(id.Value)))
            ?? throw NoMail();

    /// <summary>
    /// Freezes the decision for a recipient. A decision that is there stays: only clear text may still become encrypted, never the other
    /// way round, and never to another key (that is a hold, which <see cref="ReleaseAsync"/> ends).
    /// </summary>
    /// <returns>The decision that counts from now on.</returns>
    /// <exception cref="MailException">There is no such mail or recipient.</exception>
    public Task<OutboxDecision> DecideAsync(OutboxId id, EmailAddress recipient, OutboxDecision decision, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(decision);
        return WriteDecisionAsync(id, recipient, there => IsStronger(decision, there) ? decision : there!, release: false, cancellationToken);
    }

    /// <summary>The user's own word on a held recipient: this decision counts, whatever was frozen before; the recipient is due at once.</summary>
    /// <exception cref="MailException">There is no such mail or recipient.</exception>
    public Task<OutboxDecision> ReleaseAsync(OutboxId id, EmailAddress recipient, OutboxDecision decision, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(decision);
        return WriteDecisionAsync(id, recipient, _ => decision, release: true, cancellationToken);
    }

    /// <summary>Writes where recipients stand now (state, attempts, next attempt, reason, notified); decisions are not touched.</summary>
    /// <exception cref="MailException">There is no such mail or recipient.</exception>
    public Task UpdateAsync(OutboxId id, IReadOnlyList<OutboxRecipient> recipients, CancellationToken cancellationToken = default)
        => _store.WriteAsync(tx => Update(tx, id, recipients), cancellationToken);

    /// <summary>As <see cref="UpdateAsync"/>, inside the caller's transaction (with a notice that is filed, for example).</summary>
    /// <exception cref="MailException">There is no such mail or recipient.</exception>
    public void Update(StoreTransaction tx, OutboxId id, IReadOnlyList<OutboxRecipient> recipients)
    {
        ArgumentNullException.ThrowIfNull(tx);
        ArgumentNullException.ThrowIfNull(recipients);
        foreach (var recipient in recipients)
        {
            // What is relayed or given up is not tried again, whatever the caller left in the field.
            var isOpen = recipient.State is OutboxState.Waiting or OutboxState.Held;
            var rows = tx.Sql.Execute(
                "UPDATE mail_outbox_recipient SET state = ?3, attempts = ?4, next_attempt = ?5, reason = ?6, notified = ?7 WHERE outbox = ?1 AND canonical = ?2",
                HexId.Bytes(id.Value), recipient.Address.Canonical, (int)recipient.State, recipient.Attempts,
                isOpen ? recipient.NextAttempt?.ToUnixTimeMilliseconds() : null, recipient.Reason, recipient.Notified);
            if (rows == 0)
            {
                throw NoMail();
            }
        }

        _log.Add(tx.Sql, MailChangeKind.OutboxChanged);
    }

    /// <summary>Forgets a mail.</summary>
    public Task RemoveAsync(OutboxId id, CancellationToken cancellationToken = default) => _store.WriteAsync(tx => Remove(tx, id), cancellationToken);

    /// <summary>As <see cref="RemoveAsync"/>, inside the caller's transaction; gives the mail as it was, null when it was gone already.</summary>
    public OutboxItem? Remove(StoreTransaction tx, OutboxId id)
    {
        ArgumentNullException.ThrowIfNull(tx);
        if (Find(tx.Sql, id) is not { } item)
        {
            return null;
        }

        var key = HexId.Bytes(id.Value);
        tx.Sql.Execute("DELETE FROM mail_outbox_recipient WHERE outbox = ?1", key);
        tx.Sql.Execute("DELETE FROM mail_outbox_content WHERE id = ?1", key);
        tx.Sql.Execute("DELETE FROM mail_outbox WHERE id = ?1", key);
        _log.Add(tx.Sql, MailChangeKind.OutboxChanged);
        return item;
    }

    private Task ChangeAsync(OutboxId id, string sql, DateTimeOffset? time, CancellationToken cancellationToken)
        => _store.WriteAsync(
            tx =>
            {
                _ = Find(tx.Sql, id) ?? throw NoMail();
                tx.Sql.Execute(sql, HexId.Bytes(id.Value), time?.ToUnixTimeMilliseconds());
                _log.Add(tx.Sql, MailChangeKind.OutboxChanged);
            },
            cancellationToken);

    private Task<OutboxDecision> WriteDecisionAsync(
        OutboxId id, EmailAddress recipient, Func<OutboxDecision?, OutboxDecision> choose, bool release, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        return _store.WriteAsync(
            tx =>
            {
                var there = Find(tx.Sql, id)?.Recipients.FirstOrDefault(known => known.Address.Equals(recipient)) ?? throw NoMail();
                var chosen = choose(there.Decision);
                tx.Sql.Execute(
                    "UPDATE mail_outbox_recipient SET decision = ?3 WHERE outbox = ?1 AND canonical = ?2",
                    HexId.Bytes(id.Value), recipient.Canonical, MailJson.Write(chosen, MailJson.Decision));
                if (release && there.State == OutboxState.Held)
                {
                    Update(tx, id, [there with { State = OutboxState.Waiting, NextAttempt = _clock.GetUtcNow(), Reason = null, Notified = false }]);
                }

                return chosen;
            },
            cancellationToken);
    }

    private static bool IsStronger(OutboxDecision decision, OutboxDecision? there)
        => there is null || (!IsEncrypted(there) && IsEncrypted(decision));

    private static bool IsEncrypted(OutboxDecision decision) => decision.Kind is OutboxDecisionKind.Encrypt or OutboxDecisionKind.EncryptedByClient;

    private static MailException NoMail() => new(MailError.MessageNotFound, "There is no such mail, or no such recipient, in the outbox.");

    private static List<OutboxItem> Items(ReadTransaction sql, List<OutboxId> ids) => [.. ids.Select(id => Find(sql, id)).OfType<OutboxItem>()];

    private static OutboxItem? Find(ReadTransaction sql, OutboxId id)
    {
        var key = HexId.Bytes(id.Value);
        var recipients = sql.Query(
            "SELECT address, state, decision, attempts, next_attempt, reason, notified FROM mail_outbox_recipient WHERE outbox = ?1 ORDER BY number", ReadRecipient, key);
        return sql.QueryFirstOrDefault(
            "SELECT reverse_path, accepted, size, policy, not_before FROM mail_outbox WHERE id = ?1",
            row => new OutboxItem(id, EmailAddress.Parse(row.GetText(0)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)), row.GetInt64(2), recipients)
            {
                Policy = (OutboxPolicy)row.GetInt32(3),
                NotBefore = Time(row.GetInt64OrNull(4)),
            },
            key);
    }

    private static OutboxRecipient ReadRecipient(Row row)
        => new()
        {
            Address = EmailAddress.Parse(row.GetText(0)),
            State = (OutboxState)row.GetInt32(1),
            Decision = MailJson.TryRead(row.GetTextOrNull(2), MailJson.Decision),
            Attempts = row.GetInt32(3),
            NextAttempt = Time(row.GetInt64OrNull(4)),
            Reason = row.GetTextOrNull(5),
            Notified = row.GetBoolean(6),
        };

    private static OutboxId ReadId(Row row) => new(HexId.Read(row.GetBytes(0)));

    private static DateTimeOffset? Time(long? milliseconds) => milliseconds is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value) : null;
}
