namespace Bitmask.OpenPgp;

/// <summary>Encrypts without signing: what a provider does at arrival.</summary>
public static class MessageEncryptor
{
    /// <summary>
    /// Encrypts to every valid encryption key of every certificate: AES-256, integrity protected (RFC 9580 §5.13.1), not compressed.
    /// </summary>
    /// <exception cref="UnusableKeyException">A certificate has no key to encrypt to at that time; nothing is encrypted to the others either.</exception>
    /// <exception cref="ArgumentException">No certificate at all.</exception>
    public static byte[] Encrypt(ReadOnlySpan<byte> data, IReadOnlyList<OpenPgpCertificate> to, DateTimeOffset now, bool armor = true)
        => throw new NotImplementedException();
}
