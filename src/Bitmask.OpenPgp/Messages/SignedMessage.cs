namespace Bitmask.OpenPgp;

/// <summary>What came of reading a message that is signed and not encrypted.</summary>
public abstract record SignedMessage
{
    private SignedMessage()
    {
    }

    /// <summary>The data stands in the spool.</summary>
    /// <param name="Signatures">What each signature is worth; at least one.</param>
    /// <param name="IsText">Whether the writer said it is text.</param>
    public sealed record Read(IReadOnlyList<SignatureResult> Signatures, bool IsText) : SignedMessage;

    /// <summary>Not a signed message, or beyond a limit. No data is handed out.</summary>
    /// <param name="Reason">Fit to show a person.</param>
    public sealed record Damaged(string Reason) : SignedMessage;
}
