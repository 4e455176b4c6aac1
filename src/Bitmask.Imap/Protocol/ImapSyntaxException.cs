namespace Bitmask.Imap.Protocol;

/// <summary>The client's command is not in the grammar: the answer is a tagged <c>BAD</c>.</summary>
public sealed class ImapSyntaxException : FormatException
{
    /// <summary>An error without text.</summary>
    public ImapSyntaxException()
    {
    }

    /// <summary>An error whose <paramref name="message"/> is shown to the client.</summary>
    public ImapSyntaxException(string message)
        : base(message)
    {
    }

    /// <summary>An error with a cause.</summary>
    public ImapSyntaxException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
