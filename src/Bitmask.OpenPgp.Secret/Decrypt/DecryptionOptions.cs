using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Secret;

/// <summary>With what, and within which limits, a message is decrypted.</summary>
public sealed record DecryptionOptions
{
    /// <summary>The keys to try, also for recipients that are not named.</summary>
    public IReadOnlyList<OpenPgpSecretKey> Keys { get; init; } = [];

    /// <summary>Passphrases to try, in UTF-8. The caller disposes them.</summary>
    public IReadOnlyList<SecretBytes> Passphrases { get; init; } = [];

    /// <summary>Certificates whose keys may have signed.</summary>
    public IReadOnlyList<OpenPgpCertificate> Signers { get; init; } = [];

    /// <summary>The time at which signatures and ciphers are judged.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>What the message may cost; default <see cref="MessageLimits.Default"/>.</summary>
    public MessageLimits Limits { get; init; } = MessageLimits.Default;

    /// <summary>
    /// Whether mail from long ago is read though its cipher has blocks of 64 bits (3DES, CAST5, Blowfish, IDEA); default false. Only what is
    /// protected against changes is read in any case.
    /// </summary>
    public bool AcceptWeakCiphers { get; init; }

    /// <summary>Never the content.</summary>
    public override string ToString() => $"DecryptionOptions ({Keys.Count} keys, {Passphrases.Count} passphrases)";
}
