namespace Bitmask.OpenPgp.Secret;

/// <summary>Decrypts messages and checks the signatures inside.</summary>
public static class MessageDecryptor
{
    /// <summary>
    /// Tries all <paramref name="keys"/>, also for hidden recipients. Plaintext is handed on only when the modification detection
    /// code proves it (RFC 9580 §5.13.1). Never throws on bytes from outside.
    /// </summary>
    public static DecryptionResult Decrypt(
        ReadOnlySpan<byte> message,
        IReadOnlyList<OpenPgpSecretKey> keys,
        IReadOnlyList<OpenPgpCertificate> signers,
        DateTimeOffset now,
        DecryptionLimits? limits = null)
        => throw new NotImplementedException();
}
