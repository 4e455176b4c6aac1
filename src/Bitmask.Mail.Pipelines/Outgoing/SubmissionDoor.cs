using Bitmask.Primitives;
using Bitmask.Smtp;

namespace Bitmask.Mail.Pipelines;

/// <summary>
/// The local submission server's way in: one listener for all accounts, the login chooses the account. An account that is locked answers
/// "later", never "wrong password" (security.md A6).
/// </summary>
/// <param name="authenticate">Judges the login: full address and mail token (security.md C4).</param>
/// <param name="pipelineOf">The pipeline of an account that is open; null when it is locked.</param>
public sealed class SubmissionDoor(
    Func<string, SecretBytes, CancellationToken, ValueTask<SmtpReply>> authenticate, Func<EmailAddress, OutgoingPipeline?> pipelineOf) : IMessageSink
{
    /// <inheritdoc/>
    public ValueTask<SmtpReply> AuthenticateAsync(string user, SecretBytes password, CancellationToken cancellationToken) => authenticate(user, password, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SmtpReply> CheckSenderAsync(SmtpTransaction transaction, CancellationToken cancellationToken)
        => ValueTask.FromResult(PipelineOf(transaction)?.CheckSender(transaction) ?? SmtpReply.AuthenticationUnavailable);

    /// <inheritdoc/>
    public ValueTask<SmtpReply> CheckRecipientAsync(SmtpTransaction transaction, SmtpRecipient recipient, CancellationToken cancellationToken)
        => ValueTask.FromResult(OutgoingPipeline.CheckRecipient(recipient));

    /// <inheritdoc/>
    public Task<SmtpReply> AcceptAsync(SmtpTransaction transaction, CancellationToken cancellationToken)
        => PipelineOf(transaction)?.AcceptAsync(transaction, cancellationToken) ?? Task.FromResult(SmtpReply.AuthenticationUnavailable);

    private OutgoingPipeline? PipelineOf(SmtpTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return EmailAddress.TryParse(transaction.AuthenticatedUser, out var address) ? pipelineOf(address) : null;
    }
}
