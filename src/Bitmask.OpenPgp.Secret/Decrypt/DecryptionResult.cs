namespace Bitmask.OpenPgp.Secret;

/// <summary>What came of decrypting a message.</summary>
public abstract record DecryptionResult
{
    private DecryptionResult()
    {
    }

    /// <summary>Decrypted, and its integrity is proven.</summary>
    /// <param name="Data">The plaintext, byte for byte.</param>
    /// <param name="Signatures">The signatures inside; empty when there is none.</param>
    /// <param name="RecipientKeyIds">Key ids that the message names; <c>0000000000000000</c> stands for a hidden one.</param>
    /// <param name="Cipher">Such as <c>AES256</c>.</param>
    public sealed record Opened(byte[] Data, IReadOnlyList<SignatureResult> Signatures, IReadOnlyList<string> RecipientKeyIds, string Cipher) : DecryptionResult
    {
        /// <summary>Never the content.</summary>
        public override string ToString() => $"Opened ({Data.Length} octets)";
    }

    /// <summary>None of the keys at hand opens it.</summary>
    /// <param name="RecipientKeyIds">Key ids that the message names.</param>
    public sealed record NoKey(IReadOnlyList<string> RecipientKeyIds) : DecryptionResult;

    /// <summary>Not an encrypted message, or changed on its way, or beyond a limit. No plaintext is handed out.</summary>
    /// <param name="Reason">Fit to show a person.</param>
    public sealed record Damaged(string Reason) : DecryptionResult;
}
