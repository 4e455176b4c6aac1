namespace Bitmask.Smtp.Client;

/// <summary>Sends raw mail to one server (RFC 5321). One connection, used by one caller at a time, for any number of mails.</summary>
public sealed class SmtpClient : IAsyncDisposable
{
    /// <summary>Connects, reads the greeting, says EHLO and sets up TLS as asked.</summary>
    /// <exception cref="SmtpProtocolException">No connection, no acceptable TLS, or not SMTP.</exception>
    /// <exception cref="SmtpCommandException">The server does not want us.</exception>
    public static Task<SmtpClient> ConnectAsync(SmtpEndpoint endpoint, TimeProvider clock, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// Sends one mail. The answers stand in the order of <see cref="SmtpEnvelope.Recipients"/>: what RCPT said where it said no, else what the
    /// server said after the message. The octets are sent as they are, dots stuffed; lines must end with CRLF.
    /// </summary>
    /// <exception cref="SmtpProtocolException">The connection broke: it is not known whether the mail was taken.</exception>
    /// <exception cref="SmtpCommandException">The server refused the sender or the whole mail before any recipient was judged.</exception>
    public Task<IReadOnlyList<SmtpReply>> SendAsync(SmtpEnvelope envelope, ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Says QUIT when the connection still lives, and closes it.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
