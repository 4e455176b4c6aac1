using System.Security.Cryptography;
using Bitmask.Primitives;
using Bitmask.Smtp;

namespace Bitmask.Provider.Mx;

/// <summary>
/// Mail from the world (RFC 5321). Unknown recipients are refused in the session, so there is nothing to bounce; 250 comes after the encrypted
/// mail is on disk; whatever fails on our side is a 4xx, and the sender keeps the mail.
/// </summary>
internal sealed partial class MxSink(ProviderSettings settings, LocalDelivery delivery, RepeatHash repeats, TimeProvider clock, ILogger<MxSink> logger) : IMessageSink
{
    private const int MaxReceivedFields = 100;
    private static readonly TimeSpan Remember = TimeSpan.FromHours(72);

    public ValueTask<SmtpReply> AuthenticateAsync(string user, SecretBytes password, CancellationToken cancellationToken) => new(SmtpReply.AuthenticationFailed);

    public ValueTask<SmtpReply> CheckSenderAsync(SmtpTransaction transaction, CancellationToken cancellationToken) => new(SmtpReply.SenderOk);

    public ValueTask<SmtpReply> CheckRecipientAsync(SmtpTransaction transaction, SmtpRecipient recipient, CancellationToken cancellationToken)
        => new(delivery.Find(recipient.Address) is RecipientAnswer.Refused refused ? refused.Reply : SmtpReply.RecipientOk);

    public async Task<SmtpReply> AcceptAsync(SmtpTransaction transaction, CancellationToken cancellationToken)
    {
        var header = MailHeader.Read(transaction.Message);
        if (header.Named("Received").Count() > MaxReceivedFields)
        {
            return new SmtpReply(554, "5.4.6", "Mail loop: too many Received fields");
        }

        var messageId = header.Named("Message-ID").Select(header.Value).FirstOrDefault() ?? "";
        var (id, now) = (RandomNumberGenerator.GetHexString(16, lowercase: true), clock.GetUtcNow());
        foreach (var recipient in transaction.Recipients)
        {
            // Judged again: between RCPT and here a key may have run out.
            if (delivery.Find(recipient.Address) is not RecipientAnswer.Deliverable found)
            {
                return new SmtpReply(450, "4.7.13", "A recipient can not be reached at present");
            }

            if (header.Named("Delivered-To").Any(field => header.Value(field).Equals(found.Address.Address, StringComparison.OrdinalIgnoreCase)))
            {
                return new SmtpReply(554, "5.4.6", "Mail loop: this was delivered here before");
            }

            var trace = LocalDelivery.Received(Peer(transaction), settings.MxHost, transaction.WithProtocol, id, found.Address.Address, now);
            var hash = repeats.OfMail(found.Address.Canonical, transaction.ReversePath, messageId, transaction.Message.Span);
            if (!await delivery.DeliverAsync(found, transaction.ReversePath, trace, transaction.Message, hash, Remember, cancellationToken))
            {
                return LocalDelivery.Full; // for all of them: those who have it will not get it twice
            }

            LogDelivered(id, found.User.Id, transaction.Message.Length);
        }

        return SmtpReply.Accepted with { Text = "Accepted as " + id };
    }

    /// <summary>Who brought it, for the Received field: what it called itself is only printed as far as it is printable.</summary>
    private static string Peer(SmtpTransaction transaction)
    {
        var helo = string.Concat(transaction.Helo.Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '[' or ']' or ':').Take(255));
        return $"{(helo.Length == 0 ? "unknown" : helo)} ([{transaction.RemoteAddress}])";
    }

    [LoggerMessage(5101, LogLevel.Information, "Mail {Id} for account {Account} taken in, {Octets} octets")]
    private partial void LogDelivered(string id, UserId account, int octets);
}
