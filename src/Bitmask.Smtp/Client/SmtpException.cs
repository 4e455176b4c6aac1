namespace Bitmask.Smtp.Client;

/// <summary>Sending did not work.</summary>
public abstract class SmtpException(string message, Exception? inner) : IOException(message, inner)
{
    /// <summary>The same may work later.</summary>
    public abstract bool IsTransient { get; }
}

/// <summary>The connection failed, or the server broke the rules: hang up and come back later.</summary>
public sealed class SmtpProtocolException(string message, Exception? inner = null) : SmtpException(message, inner)
{
    /// <summary>True: nothing was said about the mail itself.</summary>
    public override bool IsTransient => true;
}

/// <summary>The server said no to the mail as a whole; the connection lives.</summary>
public sealed class SmtpCommandException(string command, SmtpReply reply) : SmtpException($"{command} was refused: {reply}", null)
{
    /// <summary>What the server said.</summary>
    public SmtpReply Reply { get; } = reply;

    /// <inheritdoc/>
    public override bool IsTransient => !Reply.IsPermanent;
}
