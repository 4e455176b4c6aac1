using Bitmask.Primitives;

namespace Bitmask.OpenPgp;

/// <summary>How the data of a message is protected.</summary>
public enum MessageProtection
{
    /// <summary>
    /// What all readers understand: <see cref="Ocb"/> when every recipient's key says so (keys of version 6 do), or only passphrases open the message;
    /// else <see cref="Mdc"/>.
    /// </summary>
    Automatic,

    /// <summary>CFB with a modification detection code (RFC 9580 §5.13.1), which every program reads.</summary>
    Mdc,

    /// <summary>OCB in chunks (RFC 9580 §5.13.2), for programs of RFC 9580.</summary>
    Ocb,

    /// <summary>GCM in chunks, where the other side is known to read it.</summary>
    Gcm,

    /// <summary>EAX in chunks, where the other side is known to read it.</summary>
    Eax,
}

/// <summary>To whom, and how, a message is encrypted.</summary>
public sealed record EncryptionOptions
{
    /// <summary>Who can read it; each is named in the message by its key.</summary>
    public IReadOnlyList<OpenPgpCertificate> Recipients { get; init; } = [];

    /// <summary>Who can read it without being named (RFC 9580 §5.1.8); how many they are still shows.</summary>
    public IReadOnlyList<OpenPgpCertificate> HiddenRecipients { get; init; } = [];

    /// <summary>Passphrases in UTF-8, each of which opens it, too. The caller disposes them.</summary>
    public IReadOnlyList<SecretBytes> Passphrases { get; init; } = [];

    /// <summary>The time at which keys must be valid.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>How the data is protected; default <see cref="MessageProtection.Automatic"/>.</summary>
    public MessageProtection Protection { get; init; }

    /// <summary>
    /// Whether passphrases are turned into keys by Argon2id, which makes guessing dear but which gpg does not know; default: exactly when
    /// <see cref="Protection"/> is not <see cref="MessageProtection.Mdc"/>.
    /// </summary>
    public bool? UseArgon2 { get; init; }

    /// <summary>Whether the message is written as text; default true.</summary>
    public bool Armor { get; init; } = true;

    /// <summary>
    /// Whether octets without meaning are added so that the length tells little, at most an eighth; default false. Only where
    /// <see cref="Protection"/> is not <see cref="MessageProtection.Mdc"/>: older programs do not know the packet.
    /// </summary>
    public bool Pad { get; init; }
}
