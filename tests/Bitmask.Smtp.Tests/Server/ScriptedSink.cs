using System.Text;
using Bitmask.Primitives;

namespace Bitmask.Smtp.Tests.Server;

/// <summary>Knows alice, takes mail for everybody at *.test but nobody@, and keeps what it took. The local part chooses other answers.</summary>
internal sealed class ScriptedSink : IMessageSink
{
    public List<(SmtpTransaction Transaction, byte[] Message)> Accepted { get; } = [];

    public ValueTask<SmtpReply> AuthenticateAsync(string user, SecretBytes password, CancellationToken cancellationToken) => ValueTask.FromResult(user switch
    {
        "locked@red.test" => SmtpReply.AuthenticationUnavailable,
        "alice@red.test" when password.FixedTimeEquals("token"u8) => SmtpReply.AuthenticationOk,
        _ => SmtpReply.AuthenticationFailed,
    });

    public ValueTask<SmtpReply> CheckSenderAsync(SmtpTransaction transaction, CancellationToken cancellationToken)
        => ValueTask.FromResult(transaction.ReversePath.StartsWith("mallory", StringComparison.Ordinal) ? SmtpReply.SenderNotOwned : SmtpReply.SenderOk);

    public ValueTask<SmtpReply> CheckRecipientAsync(SmtpTransaction transaction, SmtpRecipient recipient, CancellationToken cancellationToken)
        => ValueTask.FromResult(recipient.Address.Split('@')[0] switch
        {
            "nobody" => SmtpReply.UnknownRecipient,
            "broken" => throw new IOException("disk"),
            _ => SmtpReply.RecipientOk,
        });

    public Task<SmtpReply> AcceptAsync(SmtpTransaction transaction, CancellationToken cancellationToken)
    {
        if (Encoding.ASCII.GetString(transaction.Message.Span).StartsWith("Subject: fail", StringComparison.Ordinal))
        {
            throw new InvalidOperationException("sink");
        }

        lock (Accepted)
        {
            Accepted.Add((transaction, transaction.Message.ToArray()));
        }

        return Task.FromResult(SmtpReply.Accepted);
    }
}
