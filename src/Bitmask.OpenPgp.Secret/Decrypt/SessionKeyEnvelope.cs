using Bitmask.OpenPgp.Encrypt;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;

namespace Bitmask.OpenPgp.Secret.Decrypt;

/// <summary>The packet with a session key for one recipient, taken apart as far as anybody can (RFC 9580 §5.1).</summary>
/// <param name="IsAead">Whether it is of version 6, before integrity protected data of version 2.</param>
/// <param name="Recipient">Key id in version 3, fingerprint in version 6, in upper-case hex; null = not named.</param>
/// <param name="Algorithm">The key's algorithm.</param>
/// <param name="Encrypted">What only the recipient understands.</param>
internal sealed record SessionKeyEnvelope(bool IsAead, string? Recipient, PublicKeyAlgorithm Algorithm, ReadOnlyMemory<byte> Encrypted)
{
    private const string NobodyNamed = "0000000000000000";

    /// <summary>The key id that the packet names; zeros for a recipient who is not named (RFC 9580 §5.1.8).</summary>
    public string KeyId => Recipient switch { null => NobodyNamed, { Length: 64 } v6 => v6[..16], var other => other[^16..] };

    /// <summary>Null when the packet is of a kind that is not known here.</summary>
    public static SessionKeyEnvelope? TryRead(byte[] body)
    {
        try
        {
            var reader = new OctetReader(body);
            switch (reader.Octet())
            {
                case SessionKeyPacket.Version:
                    var keyId = Convert.ToHexString(reader.Take(8));
                    return new SessionKeyEnvelope(IsAead: false, keyId == NobodyNamed ? null : keyId, (PublicKeyAlgorithm)reader.Octet(), body.AsMemory(reader.Position));
                case SessionKeyPacket.AeadVersion:
                    var recipient = reader.Take(reader.Octet());
                    return recipient is not ([] or [4, ..] and { Length: 21 } or [6, ..] and { Length: 33 }) ? null : new SessionKeyEnvelope(
                        IsAead: true, recipient.IsEmpty ? null : Convert.ToHexString(recipient[1..]), (PublicKeyAlgorithm)reader.Octet(), body.AsMemory(reader.Position));
                default:
                    return null;
            }
        }
        catch (OpenPgpFormatException)
        {
            return null;
        }
    }

    /// <summary>Whether it names this key.</summary>
    public bool Names(PublicKeyPacket key) => Recipient == (IsAead ? key.Fingerprint.Value : key.KeyId);
}
