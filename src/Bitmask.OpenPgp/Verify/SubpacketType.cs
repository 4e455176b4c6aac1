namespace Bitmask.OpenPgp.Verify;

/// <summary>Signature subpackets (RFC 9580 §5.2.3.7, table 5); any other number is possible in a packet.</summary>
internal enum SubpacketType
{
    SignatureCreationTime = 2,
    SignatureExpirationTime = 3,
    ExportableCertification = 4,
    TrustSignature = 5,
    RegularExpression = 6,
    Revocable = 7,
    KeyExpirationTime = 9,
    PreferredCiphers = 11,
    RevocationKey = 12,
    IssuerKeyId = 16,
    NotationData = 20,
    PreferredHashes = 21,
    PreferredCompression = 22,
    KeyServerPreferences = 23,
    PreferredKeyServer = 24,
    PrimaryUserId = 25,
    PolicyUri = 26,
    KeyFlags = 27,
    SignersUserId = 28,
    ReasonForRevocation = 29,
    Features = 30,
    SignatureTarget = 31,
    EmbeddedSignature = 32,
    IssuerFingerprint = 33,
    IntendedRecipient = 35,
    PreferredAeadSuites = 39,
}
