namespace Bitmask.OpenPgp.Packets;

/// <summary>Packet types (RFC 9580 §5, table 3).</summary>
internal enum PacketTag
{
    PublicKeyEncryptedSessionKey = 1,
    Signature = 2,
    SymmetricKeyEncryptedSessionKey = 3,
    OnePassSignature = 4,
    SecretKey = 5,
    PublicKey = 6,
    SecretSubkey = 7,
    Compressed = 8,
    SymmetricallyEncrypted = 9,
    Marker = 10,
    Literal = 11,
    Trust = 12,
    UserId = 13,
    PublicSubkey = 14,
    UserAttribute = 17,
    IntegrityProtected = 18,
    ModificationDetection = 19,
    /// <summary>What gpg 2.3 and later write to each other (not in the standard).</summary>
    AeadEncrypted = 20,
    Padding = 21,
}
