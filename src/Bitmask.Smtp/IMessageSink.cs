using Bitmask.Primitives;

namespace Bitmask.Smtp;

/// <summary>
/// Where the mail goes that an <see cref="Server.SmtpSession"/> takes in. Two real doors: the outbox of the client side (submission) and the
/// provider's (exchange and submission). An exception is answered with <see cref="SmtpReply.LocalError"/> and logged.
/// </summary>
public interface IMessageSink
{
    /// <summary>Judges a user and password. The session adds the delay after a bad one (security.md C5).</summary>
    /// <returns>A positive reply lets in; <see cref="SmtpReply.AuthenticationFailed"/> or <see cref="SmtpReply.AuthenticationUnavailable"/> does not.</returns>
    /// <param name="user">The authentication identity.</param>
    /// <param name="password">Borrowed: the session wipes it after the call.</param>
    /// <param name="cancellationToken">The connection is gone.</param>
    ValueTask<SmtpReply> AuthenticateAsync(string user, SecretBytes password, CancellationToken cancellationToken);

    /// <summary>Judges the sender, after MAIL.</summary>
    ValueTask<SmtpReply> CheckSenderAsync(SmtpTransaction transaction, CancellationToken cancellationToken);

    /// <summary>Judges one recipient, after RCPT; a positive answer adds it to <see cref="SmtpTransaction.Recipients"/>.</summary>
    ValueTask<SmtpReply> CheckRecipientAsync(SmtpTransaction transaction, SmtpRecipient recipient, CancellationToken cancellationToken);

    /// <summary>Takes the mail, after DATA. A positive answer means that it is on disk, synced.</summary>
    Task<SmtpReply> AcceptAsync(SmtpTransaction transaction, CancellationToken cancellationToken);
}
