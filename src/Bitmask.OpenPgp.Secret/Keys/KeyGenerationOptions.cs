namespace Bitmask.OpenPgp.Secret;

/// <summary>The shape of a new key.</summary>
public enum KeyProfile
{
    /// <summary>Version 4, EdDSA and ECDH on the 25519 curves: every program in use reads it.</summary>
    Version4,

    /// <summary>Version 6, Ed25519 and X25519 (RFC 9580): for correspondents whose programs know the standard of 2024.</summary>
    Version6,
}

/// <summary>What a new key shall be like.</summary>
public sealed record KeyGenerationOptions
{
    /// <summary>Its shape; default <see cref="KeyProfile.Version4"/>.</summary>
    public KeyProfile Profile { get; init; } = KeyProfile.Version4;

    /// <summary>A name before the address in the user id; default none, for names are nobody's business who fetches a key.</summary>
    public string? Name { get; init; }

    /// <summary>How long it is valid, whole seconds; null = for ever. Default two years of 365 days.</summary>
    public TimeSpan? Validity { get; init; } = TimeSpan.FromDays(2 * 365);
}

/// <summary>A new key, and what revokes it should its secret be lost.</summary>
/// <param name="Key">The key; the caller disposes it.</param>
/// <param name="RevocationCertificate">Armored; to be kept where the key is not. Whoever has it can take the key out of use, and nothing else.</param>
public sealed record GeneratedKey(OpenPgpSecretKey Key, string RevocationCertificate) : IDisposable
{
    /// <summary>Wipes the key.</summary>
    public void Dispose() => Key.Dispose();
}

/// <summary>Why a key, a subkey or a user id is taken out of use (RFC 9580 §5.2.3.31).</summary>
public enum RevocationReason
{
    /// <summary>Not said: counts for all time.</summary>
    Unspecified = 0,

    /// <summary>Another one takes its place: what was signed before stays signed.</summary>
    Superseded = 1,

    /// <summary>Somebody else may have the secret: counts for all time.</summary>
    Compromised = 2,

    /// <summary>Not used any more: what was signed before stays signed.</summary>
    Retired = 3,

    /// <summary>A user id does not belong to the key any more.</summary>
    UserIdInvalid = 32,
}
