using Bitmask.Keys;
using Bitmask.OpenPgp;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines;

/// <summary>A recipient whose copy can leave now.</summary>
/// <param name="Row">The row, with the frozen decision.</param>
/// <param name="Certificate">The certificate to encrypt to; null when the copy leaves in clear.</param>
internal sealed record ReadyRecipient(OutboxRecipient Row, OpenPgpCertificate? Certificate);

/// <summary>One of both: ready to leave, or why not.</summary>
internal readonly record struct Judgement(ReadyRecipient? Ready, OutboxRecipient? Stopped);

/// <summary>
/// Decides how a mail leaves for one recipient, fail closed: only the directory's "there is no key" lets it leave in clear; a look-up that
/// failed makes it wait, a key that must not be used or has changed holds it. A frozen decision never becomes weaker.
/// </summary>
internal sealed class RecipientJudge(Outbox outbox, KeyManager keys, TimeProvider clock, OutgoingOptions options, Backoff backoff)
{
    /// <summary>Why a mail is held that may leave encrypted only.</summary>
    public const string OnlyEncrypted = "No key is known, and you chose to send encrypted only.";

    /// <param name="item">The mail.</param>
    /// <param name="recipient">The recipient.</param>
    /// <param name="traits">What of the mail itself counts. When it was encrypted before it was handed in, there is nothing to look up, and nothing to hold it for.</param>
    /// <param name="cancellationToken">Ends the look-up.</param>
    public async Task<Judgement> JudgeAsync(OutboxItem item, OutboxRecipient recipient, MailTraits traits, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var enough = recipient.State == OutboxState.Held ? options.GiveUpLooks : options.GiveUpAttempts;
        if (now - item.Accepted >= options.GiveUpAfter && recipient.Attempts >= enough)
        {
            return Stop(recipient with { State = OutboxState.Failed, NextAttempt = null, Reason = $"Given up after {options.GiveUpAfter.TotalDays:0} days. {recipient.Reason}" });
        }

        if (recipient.Decision?.Kind == OutboxDecisionKind.PlainAllowedByUser)
        {
            return new Judgement(new ReadyRecipient(recipient, null), null);
        }

        if (traits.IsEncrypted && recipient.Decision?.Kind != OutboxDecisionKind.Encrypt)
        {
            return await FreezeAsync(item, recipient, new OutboxDecision(OutboxDecisionKind.EncryptedByClient, null, now), null, cancellationToken).ConfigureAwait(false);
        }

        switch (await keys.FindAsync(recipient.Address, cancellationToken).ConfigureAwait(false))
        {
            case KeyLookup.Found { Binds: false } or KeyLookup.NotFound when item.Policy == OutboxPolicy.AsAutocryptRecommends && Recommended(recipient, traits) is { } shown:
                var toShown = new OutboxDecision(OutboxDecisionKind.Encrypt, shown.Fingerprint, now);
                return await FreezeAsync(item, recipient, toShown, shown, cancellationToken).ConfigureAwait(false);
            case KeyLookup.Found { Binds: false } when item.Policy == OutboxPolicy.AsAutocryptRecommends && recipient.Decision?.Kind != OutboxDecisionKind.Encrypt:
                return await FreezeAsync(item, recipient, new OutboxDecision(OutboxDecisionKind.PolicyPlain, null, now), null, cancellationToken).ConfigureAwait(false);
            case KeyLookup.Found found:
                var encrypt = new OutboxDecision(OutboxDecisionKind.Encrypt, found.Certificate.Fingerprint, now);
                return await FreezeAsync(item, recipient, encrypt, found.Certificate, cancellationToken).ConfigureAwait(false);
            case KeyLookup.Released when recipient.Decision is null && item.Policy == OutboxPolicy.EncryptedOnly:
                return Hold(recipient, OnlyEncrypted, now);
            case KeyLookup.Released:
                return await FreezeAsync(item, recipient, new OutboxDecision(OutboxDecisionKind.PlainAllowedByUser, null, now), null, cancellationToken).ConfigureAwait(false);
            case KeyLookup.NotFound when recipient.Decision is null && item.Policy == OutboxPolicy.EncryptedOnly:
                return Hold(recipient, OnlyEncrypted, now);
            case KeyLookup.NotFound when recipient.Decision?.Kind != OutboxDecisionKind.Encrypt:
                return await FreezeAsync(item, recipient, new OutboxDecision(OutboxDecisionKind.PolicyPlain, null, now), null, cancellationToken).ConfigureAwait(false);
            case KeyLookup.NotFound:
                return Hold(recipient, "The key that this mail was to be encrypted to is not known any more.", now);
            case KeyLookup.Rejected rejected:
                return Hold(recipient, rejected.Reason, now);
            case KeyLookup.Failed when recipient.Decision?.Kind == OutboxDecisionKind.PolicyPlain:
                // The directory has said before that there is no key; not reaching it now is no news.
                return new Judgement(new ReadyRecipient(recipient, null), null);
            case KeyLookup.Failed failed:
                return Stop(recipient with
                {
                    State = OutboxState.Waiting,
                    Attempts = recipient.Attempts + 1,
                    NextAttempt = backoff.Next(now, recipient.Attempts + 1),
                    Reason = "The recipient's key could not be looked up: " + failed.Reason,
                });
            default:
                throw new InvalidOperationException("Unknown answer of the key manager.");
        }
    }

    /// <summary>The key of the recipient's mail program, when Autocrypt wants it used, or it was decided to use it: later advice does not weaken that.</summary>
    private OpenPgpCertificate? Recommended(OutboxRecipient recipient, MailTraits traits)
    {
        var (advice, certificate) = keys.Recommend(recipient.Address, options.PrefersEncryption, traits.AnswersEncrypted);
        return advice == AutocryptRecommendation.Encrypt || (certificate is not null && recipient.Decision is { Kind: OutboxDecisionKind.Encrypt } frozen && frozen.Fingerprint == certificate.Fingerprint)
            ? certificate : null;
    }

    private static Judgement Stop(OutboxRecipient recipient) => new(null, recipient);

    private Judgement Hold(OutboxRecipient recipient, string reason, DateTimeOffset now)
        => Stop(recipient with { State = OutboxState.Held, Attempts = recipient.Attempts + 1, NextAttempt = now + options.Reminder, Reason = reason });

    private async Task<Judgement> FreezeAsync(OutboxItem item, OutboxRecipient recipient, OutboxDecision wanted, OpenPgpCertificate? certificate, CancellationToken cancellationToken)
    {
        var counts = await outbox.DecideAsync(item.Id, recipient.Address, wanted, cancellationToken).ConfigureAwait(false);
        if (counts.Kind == wanted.Kind && counts.Fingerprint == wanted.Fingerprint)
        {
            return new Judgement(new ReadyRecipient(recipient with { Decision = counts }, certificate), null);
        }

        return Hold(recipient with { Decision = counts }, $"The recipient's key changed from {counts.Fingerprint} to {Name(wanted.Fingerprint)} after the mail was sent.", clock.GetUtcNow());

        static string Name(Fingerprint? fingerprint) => fingerprint?.Value ?? "none";
    }
}
