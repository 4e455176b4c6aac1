using Bitmask.Mail;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon.Accounts;

/// <summary>What the user does with mail on its way out.</summary>
internal sealed partial class AccountSession
{
    public int OutboxCount => Mail.Outbox.All().Count(item => !item.IsDone);

    public IReadOnlyList<OutboxLine> ListOutbox() => [.. Mail.Outbox.All().Where(item => !item.IsDone).Select(Line)];

    public async Task<IReadOnlyList<PreflightLine>> PreflightAsync(IReadOnlyList<string> recipients, CancellationToken cancellationToken)
        => [.. (await Outgoing.PreflightAsync(recipients, null, cancellationToken)).Select(one => new PreflightLine(one.Address, one.Code, one.Fingerprint?.Value, one.Reason))];

    public async Task<OutboxAnswer> ReleaseAsync(string id, OutboxRelease release, CancellationToken cancellationToken)
    {
        var mail = FindOutgoing(id);
        var recipient = mail.Recipients.FirstOrDefault(recipient => recipient.Address.Address.Equals(release.Recipient, StringComparison.OrdinalIgnoreCase))
            ?? throw new DaemonException("unknown-recipient", $"That mail does not go to {release.Recipient}.", "See its recipients with: bitmaskctl outbox list");
        return await Outgoing.ReleaseAsync(mail.Id, recipient.Address, release.InClear, cancellationToken) is { } reason
            ? throw new DaemonException("no-usable-key", $"It can not leave encrypted: {reason}", "Import or confirm a key with bitmaskctl keys, or let it leave in clear with --in-clear.")
            : new OutboxAnswer(id, []);
    }

    public async Task<OutboxAnswer> RetryAsync(string id, CancellationToken cancellationToken)
    {
        await Outgoing.RetryAsync(FindOutgoing(id).Id, cancellationToken);
        return new OutboxAnswer(id, []);
    }

    public async Task<OutboxAnswer> ScheduleAsync(string id, OutboxSchedule schedule, CancellationToken cancellationToken)
    {
        await Outgoing.ScheduleAsync(FindOutgoing(id).Id, schedule.NotBefore, cancellationToken);
        return new OutboxAnswer(id, []);
    }

    public async Task<OutboxAnswer> WithdrawAsync(string id, bool toDrafts, CancellationToken cancellationToken)
    {
        var answer = await Outgoing.WithdrawAsync(FindOutgoing(id).Id, toDrafts, cancellationToken)
            ?? throw new DaemonException("on-its-way", "It is being handed to the provider at this moment.", "Look with bitmaskctl outbox list whether it left.");
        return new OutboxAnswer(id, [.. answer.Relayed.Select(address => address.Address)]);
    }

    private OutboxItem FindOutgoing(string id)
    {
        try
        {
            return Mail.Outbox.Find(OutboxId.Parse(id)) ?? throw NoSuchMail();
        }
        catch (FormatException)
        {
            throw NoSuchMail();
        }
    }

    private static DaemonException NoSuchMail() => new("unknown-mail", "There is no such mail in the outbox: it has left, or the id is wrong.", "See what waits with: bitmaskctl outbox list");

    private static OutboxLine Line(OutboxItem item)
        => new(item.Id.ToString(), item.Accepted, [.. item.Recipients.Select(Line)], item.NotBefore, item.Policy == OutboxPolicy.EncryptedOnly);

    private static OutboxRecipientLine Line(OutboxRecipient recipient)
        => new(recipient.Address.Address, recipient.State.ToString().ToLowerInvariant(), recipient.Decision?.Kind.ToString().ToLowerInvariant(), recipient.Reason, recipient.NextAttempt);
}
