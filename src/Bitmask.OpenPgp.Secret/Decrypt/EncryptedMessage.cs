using Bitmask.OpenPgp.Encrypt;
using Bitmask.OpenPgp.Packets;

namespace Bitmask.OpenPgp.Secret.Decrypt;

/// <summary>The outside of an encrypted message (RFC 9580 §10.3): session keys for its recipients, then the data.</summary>
internal sealed record EncryptedMessage(List<ReadOnlyMemory<byte>> SessionKeys, List<string> KeyIds, ReadOnlyMemory<byte> CipherText)
{
    public static EncryptedMessage Read(ReadOnlyMemory<byte> octets, DecryptionLimits limits)
    {
        var (sessionKeys, keyIds) = (new List<ReadOnlyMemory<byte>>(), new List<string>());
        foreach (var packet in PacketReader.ReadAll(octets, limits.MaxRecipients + 16))
        {
            switch (packet.Tag)
            {
                case PacketTag.PublicKeyEncryptedSessionKey:
                    if (SessionKeyOpener.KeyId(packet.Body.Span) is { } keyId)
                    {
                        sessionKeys.Add(packet.Body);
                        keyIds.Add(keyId);
                    }

                    break;
                case PacketTag.SymmetricKeyEncryptedSessionKey or PacketTag.Marker or PacketTag.Padding:
                    break;
                case PacketTag.IntegrityProtected when packet.Body.Span is [IntegrityProtectedData.Version, ..]:
                    return new EncryptedMessage(sessionKeys, keyIds, packet.Body[1..]);
                case PacketTag.IntegrityProtected:
                    throw new OpenPgpFormatException("The message is encrypted in a way that is not supported.");
                case PacketTag.SymmetricallyEncrypted:
                    throw new OpenPgpFormatException("The message has no protection against changes.");
                default:
                    throw new OpenPgpFormatException("The message is not encrypted.");
            }
        }

        throw new OpenPgpFormatException("The message is not encrypted, or not whole.");
    }
}
