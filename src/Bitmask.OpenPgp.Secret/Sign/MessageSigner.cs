namespace Bitmask.OpenPgp.Secret;

/// <summary>Signs, and signs while encrypting; always SHA-512.</summary>
public static class MessageSigner
{
    /// <summary>Signs <paramref name="data"/> and encrypts both as <see cref="MessageEncryptor"/> does.</summary>
    /// <exception cref="UnusableKeyException">A recipient has no key to encrypt to, or the signer none to sign with.</exception>
    public static byte[] EncryptAndSign(
        ReadOnlySpan<byte> data, IReadOnlyList<OpenPgpCertificate> recipients, OpenPgpSecretKey signer, DateTimeOffset now, bool armor = true)
        => throw new NotImplementedException();

    /// <summary>An armored detached signature over exactly <paramref name="data"/>; the name for the <c>micalg</c> parameter is <c>pgp-sha512</c>.</summary>
    /// <exception cref="UnusableKeyException">The signer has no key to sign with.</exception>
    public static string SignDetached(ReadOnlySpan<byte> data, OpenPgpSecretKey signer, DateTimeOffset now) => throw new NotImplementedException();
}
