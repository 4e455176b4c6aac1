namespace Bitmask.OpenPgp.Secret;

/// <summary>What came of decrypting a message from a stream.</summary>
public abstract record MessageReading
{
    private MessageReading()
    {
    }

    /// <summary>Decrypted, its integrity is proven, and the plaintext stands in the spool.</summary>
    public sealed record Opened : MessageReading
    {
        /// <summary>The signatures inside; empty when there is none.</summary>
        public required IReadOnlyList<SignatureResult> Signatures { get; init; }

        /// <summary>Key ids that the message names; <c>0000000000000000</c> stands for a hidden one.</summary>
        public required IReadOnlyList<string> RecipientKeyIds { get; init; }

        /// <summary>Such as <c>AES256</c>.</summary>
        public required string Cipher { get; init; }

        /// <summary>Such as <c>OCB</c>; null for CFB with a modification detection code.</summary>
        public required string? Mode { get; init; }

        /// <summary>Whether the cipher is one that is only read because the caller accepts weak ones.</summary>
        public required bool HasWeakCipher { get; init; }

        /// <summary>Whether the writer said it is text.</summary>
        public required bool IsText { get; init; }
    }

    /// <summary>None of the keys and passphrases at hand opens it.</summary>
    /// <param name="RecipientKeyIds">Key ids that the message names.</param>
    /// <param name="TakesPassphrase">Whether a passphrase would open it.</param>
    public sealed record NoKey(IReadOnlyList<string> RecipientKeyIds, bool TakesPassphrase) : MessageReading;

    /// <summary>Not an encrypted message, or changed on its way, or beyond a limit. No plaintext is handed out.</summary>
    /// <param name="Reason">Fit to show a person.</param>
    public sealed record Damaged(string Reason) : MessageReading;
}
