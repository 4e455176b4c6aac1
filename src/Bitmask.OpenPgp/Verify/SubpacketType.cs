namespace Bitmask.OpenPgp.Verify;

/// <summary>Signature subpackets (RFC 9580 §5.2.3.7) that are read or written here.</summary>
internal enum SubpacketType
{
    SignatureCreationTime = 2,
    SignatureExpirationTime = 3,
    KeyExpirationTime = 9,
    PreferredCiphers = 11,
    IssuerKeyId = 16,
    NotationData = 20,
    PreferredHashes = 21,
    PreferredCompression = 22,
    KeyServerPreferences = 23,
    PrimaryUserId = 25,
    KeyFlags = 27,
    ReasonForRevocation = 29,
    Features = 30,
    EmbeddedSignature = 32,
    IssuerFingerprint = 33,
}
