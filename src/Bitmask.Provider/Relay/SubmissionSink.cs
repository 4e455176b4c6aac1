using System.Security.Cryptography;
using Bitmask.Primitives;
using Bitmask.Provider.Mx;
using Bitmask.Provider.Store;
using Bitmask.Smtp;

namespace Bitmask.Provider.Relay;

/// <summary>
/// Mail from our own users (RFC 6409). Who they are is told by the certificate they proved in TLS; envelope and author must be that
/// account's address, with any <c>+suffix</c>. 250 means: stored for local recipients, in the durable queue for others.
/// </summary>
internal sealed partial class SubmissionSink(
    ProviderSettings settings, ProviderStore store, LocalDelivery delivery, QueueKeys keys, RepeatHash repeats, RelayWorker worker, TimeProvider clock, ILogger<SubmissionSink> logger)
    : IMessageSink
{
    /// <summary>A client repeats a submission under its envelope id for days, when it was offline (security.md A9).</summary>
    private static readonly TimeSpan Remember = TimeSpan.FromDays(7);

    private static readonly SmtpReply UnknownCertificate = new(530, "5.7.0", "The client certificate is unknown, revoked or has run out; request a new one");

    public ValueTask<SmtpReply> AuthenticateAsync(string user, SecretBytes password, CancellationToken cancellationToken) => new(SmtpReply.AuthenticationFailed);

    public ValueTask<SmtpReply> CheckSenderAsync(SmtpTransaction transaction, CancellationToken cancellationToken) => new(
        Sender(transaction) is not { } user ? UnknownCertificate
        : EmailAddress.TryParse(transaction.ReversePath, out var address) && AddressOf(user).Owns(address) ? SmtpReply.SenderOk
        : SmtpReply.SenderNotOwned);

    public ValueTask<SmtpReply> CheckRecipientAsync(SmtpTransaction transaction, SmtpRecipient recipient, CancellationToken cancellationToken)
    {
        if (IsLocal(recipient))
        {
            return new(delivery.Find(recipient.Address) is RecipientAnswer.Refused refused ? refused.Reply : SmtpReply.RecipientOk);
        }

        return new(EmailAddress.TryParse(recipient.Address, out _) ? SmtpReply.RecipientOk : new SmtpReply(501, "5.1.3", "Not a mail address"));
    }

    public async Task<SmtpReply> AcceptAsync(SmtpTransaction transaction, CancellationToken cancellationToken)
    {
        if (Sender(transaction) is not { } user)
        {
            return UnknownCertificate;
        }

        var header = MailHeader.Read(transaction.Message);
        if (header.SingleAuthor() is not { } author || !AddressOf(user).Owns(author))
        {
            return new SmtpReply(550, "5.7.1", "The From field must hold your own address, and nothing else");
        }

        var (id, now) = (RandomNumberGenerator.GetHexString(32, lowercase: true), clock.GetUtcNow());
        var message = Prepare(header, id, now);
        var hashes = transaction.Recipients.Select(recipient => HashOf(user.Id, transaction, id, recipient)).ToList();
        var fresh = transaction.Recipients.Zip(hashes).Where(pair => IsLocal(pair.First) || !store.IsRemembered(user.Id, pair.Second)).ToList();
        foreach (var (recipient, hash) in fresh.Where(pair => IsLocal(pair.First)))
        {
            if (delivery.Find(recipient.Address) is not RecipientAnswer.Deliverable found)
            {
                return new SmtpReply(450, "4.7.13", "A recipient can not be reached at present");
            }

            if (!await delivery.DeliverAsync(found, transaction.ReversePath, null, message, hash, Remember, cancellationToken))
            {
                return LocalDelivery.Full;
            }
        }

        var remote = fresh.Where(pair => !IsLocal(pair.First)).ToList();
        if (remote.Count > 0)
        {
            var addresses = remote.Select(pair => new QueuedAddress(pair.First.Address, pair.First.Notify, pair.First.OriginalRecipient)).ToList();
            var mail = new QueuedMail(new QueuedEnvelope(transaction.ReversePath, transaction.EnvelopeId, addresses), message);
            var day = now.ToUnixTimeSeconds() / 86400;
            await store.EnqueueAsync(user.Id, id, day, mail.Seal(keys.Make(day), user.Id, id), addresses.Count, [.. remote.Select(pair => pair.Second)], Remember, cancellationToken);
            worker.Wake();
        }

        LogSubmitted(id, user.Id, transaction.Recipients.Count, transaction.Recipients.Count - fresh.Count);
        return SmtpReply.Accepted with { Text = "Accepted as " + id };
    }

    private EmailAddress AddressOf(User user) => EmailAddress.Parse($"{user.Login}@{settings.Domain}");

    private bool IsLocal(SmtpRecipient recipient)
        => !recipient.Address.Contains('@', StringComparison.Ordinal) || recipient.Address.EndsWith("@" + settings.Domain, StringComparison.OrdinalIgnoreCase);

    private User? Sender(SmtpTransaction transaction)
        => transaction.ClientCertificate is { } certificate ? store.FindUserByCertificate(SHA256.HashData(certificate.RawDataMemory.Span)) : null;

    /// <summary>Without an envelope id every submission is a new one.</summary>
    private byte[] HashOf(UserId sender, SmtpTransaction transaction, string id, SmtpRecipient recipient)
        => repeats.OfSubmission(sender, transaction.EnvelopeId ?? "\0" + id, EmailAddress.TryParse(recipient.Address, out var address) ? address.Canonical : recipient.Address);

    /// <summary>Our Received field replaces whatever came: it would tell where the user is. A Bcc field is nobody's to see.</summary>
    private byte[] Prepare(MailHeader header, string id, DateTimeOffset now) => header.Rewrite(
        $"Received: {LocalDelivery.Received("localhost", settings.MxHost, "ESMTPSA", id[..16], null, now)}\r\n",
        field => field.Name.ToUpperInvariant() is "RECEIVED" or "BCC" or "RESENT-BCC" or "RETURN-PATH" or "X-ORIGINATING-IP");

    [LoggerMessage(5201, LogLevel.Information, "Submission {Id} of account {Account}: {Recipients} recipients, {Repeated} of them taken before")]
    private partial void LogSubmitted(string id, UserId account, int recipients, int repeated);
}
