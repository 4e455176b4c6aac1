using Bitmask.Keys;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines;

/// <content>What the user does with a mail before and after it is handed in.</content>
public sealed partial class OutgoingPipeline
{
    /// <summary>How long an act on a mail waits while it is being handed over.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Tells for each recipient what would happen to a mail sent now that answers none.</summary>
    /// <param name="recipients">The addresses, as they were typed.</param>
    /// <param name="policy">When it may leave in clear; null for what the account sends with.</param>
    /// <param name="cancellationToken">Ends the look-ups.</param>
    public async Task<IReadOnlyList<Preflight>> PreflightAsync(IReadOnlyList<string> recipients, OutboxPolicy? policy = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recipients);
        var used = policy ?? _options.Policy;
        var scope = _options.LooksEarly ? LookupScope.Everywhere : LookupScope.OwnProvider;
        return await Task.WhenAll(recipients.Select(async recipient =>
            EmailAddress.TryParse(recipient, out var address)
                ? Preflight.Of(
                    recipient, await _keys.FindAsync(address, scope, cancellationToken).ConfigureAwait(false), used,
                    used == OutboxPolicy.AsAutocryptRecommends && _keys.Recommend(address, _options.PrefersEncryption, answersEncrypted: false) is (AutocryptRecommendation.Encrypt, { } shown)
                        ? shown.Fingerprint : null)
                : new Preflight(recipient, PreflightCodes.Invalid, null, "This is not a mail address."))).ConfigureAwait(false);
    }

    /// <summary>
    /// The user's word on a recipient who is held: let it leave in clear, or encrypted to the key that is known now. Without it a frozen decision never becomes
    /// weaker (security.md C10).
    /// </summary>
    /// <param name="id">The mail.</param>
    /// <param name="recipient">The recipient.</param>
    /// <param name="inClear">In clear, whatever keys are known.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    /// <returns>Null, or why it stays held: there is no key that can be used.</returns>
    /// <exception cref="MailException">There is no such mail or recipient.</exception>
    public async Task<string?> ReleaseAsync(OutboxId id, EmailAddress recipient, bool inClear, CancellationToken cancellationToken = default)
    {
        var now = _clock.GetUtcNow();
        OutboxDecision decision;
        if (inClear)
        {
            decision = new OutboxDecision(OutboxDecisionKind.PlainAllowedByUser, null, now);
        }
        else
        {
            switch (await _keys.FindAsync(recipient, cancellationToken).ConfigureAwait(false))
            {
                case KeyLookup.Found found:
                    decision = new OutboxDecision(OutboxDecisionKind.Encrypt, found.Certificate.Fingerprint, now);
                    break;
                case var other:
                    return Preflight.Of(recipient.Address, other, OutboxPolicy.EncryptedOnly).Reason;
            }
        }

        await _account.Outbox.ReleaseAsync(id, recipient, decision, cancellationToken).ConfigureAwait(false);
        Wake();
        return null;
    }

    /// <summary>Tries a mail now, whatever it waits for.</summary>
    /// <exception cref="MailException">There is no such mail.</exception>
    public async Task RetryAsync(OutboxId id, CancellationToken cancellationToken = default)
    {
        await _account.Outbox.RetryAsync(id, cancellationToken).ConfigureAwait(false);
        Wake();
    }

    /// <summary>Sets the earliest time that a mail may leave; null for at once.</summary>
    /// <exception cref="MailException">There is no such mail.</exception>
    public async Task ScheduleAsync(OutboxId id, DateTimeOffset? notBefore, CancellationToken cancellationToken = default)
    {
        await _account.Outbox.ScheduleAsync(id, notBefore, cancellationToken).ConfigureAwait(false);
        Wake();
    }

    /// <summary>Takes a mail back; see <see cref="MailAccount.WithdrawAsync"/>.</summary>
    /// <returns>Null when it is being handed over at this moment: ask again, then it will have left or failed.</returns>
    /// <exception cref="MailException">There is no such mail: it has left.</exception>
    public async Task<WithdrawAnswer?> WithdrawAsync(OutboxId id, bool toDrafts, CancellationToken cancellationToken = default)
    {
        if (!await _turn.WaitAsync(Patience, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        try
        {
            return await _account.WithdrawAsync(id, toDrafts, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }
}
