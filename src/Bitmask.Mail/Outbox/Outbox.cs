using Bitmask.Primitives;

namespace Bitmask.Mail;

/// <summary>
/// Mail that was accepted for sending, on this device only: durable before the sender hears OK, kept until every recipient is relayed
/// or failed and told of (security.md C10). A decision is written once and never becomes weaker.
/// </summary>
public sealed class Outbox
{
    internal Outbox()
    {
    }

    /// <summary>Accepts a mail: durable when the task completes.</summary>
    public Task<OutboxItem> AddAsync(EmailAddress reversePath, IReadOnlyList<EmailAddress> recipients, ReadOnlyMemory<byte> raw, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <summary>One mail, or null.</summary>
    public OutboxItem? Find(OutboxId id) => throw new NotImplementedException();

    /// <summary>All mails, oldest first.</summary>
    public IReadOnlyList<OutboxItem> All() => throw new NotImplementedException();

    /// <summary>Mails with a waiting or held recipient whose next attempt is not after <paramref name="now"/>, oldest first.</summary>
    public IReadOnlyList<OutboxItem> Due(DateTimeOffset now, int limit = 100) => throw new NotImplementedException();

    /// <summary>The earliest next attempt of all, or null when nothing waits.</summary>
    public DateTimeOffset? NextAttempt() => throw new NotImplementedException();

    /// <summary>The octets of a mail.</summary>
    public ReadOnlyMemory<byte> Content(OutboxId id) => throw new NotImplementedException();

    /// <summary>Freezes the decision for a recipient. A decision that is there stays, unless the new one is stronger.</summary>
    /// <returns>The decision that counts from now on.</returns>
    public Task<OutboxDecision> DecideAsync(OutboxId id, EmailAddress recipient, OutboxDecision decision, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <summary>Writes where recipients stand now (state, attempts, next attempt, reason, notified); decisions are not touched.</summary>
    public Task UpdateAsync(OutboxId id, IReadOnlyList<OutboxRecipient> recipients, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <summary>Forgets a mail.</summary>
    public Task RemoveAsync(OutboxId id, CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
