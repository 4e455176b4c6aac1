using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Bitmask.OpenPgp.Encrypt;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Secret.Keys;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Secret;

/// <summary>A transferable secret key (RFC 9580 §10.2) without a passphrase: it lives in the encrypted store only. Wiped on dispose.</summary>
public sealed class OpenPgpSecretKey : IDisposable
{
    private readonly List<SecretKeyPart> _parts;

    internal OpenPgpSecretKey(OpenPgpCertificate certificate, List<SecretKeyPart> parts)
    {
        Certificate = certificate;
        _parts = parts;
    }

    /// <summary>The public half.</summary>
    public OpenPgpCertificate Certificate { get; }

    /// <summary>Fingerprint of the primary key.</summary>
    public Fingerprint Fingerprint => Certificate.Fingerprint;

    /// <summary>
    /// Makes a version 4 key: Ed25519 to certify and sign, a Curve25519 subkey to encrypt to, one user id <c>&lt;address&gt;</c>, valid for two years.
    /// </summary>
    public static OpenPgpSecretKey Generate(EmailAddress address, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(address);
        return KeyGenerator.Generate(address, now);
    }

    /// <summary>Reads exactly one secret key, armored or binary.</summary>
    /// <exception cref="OpenPgpFormatException">Not a secret key, more than one, or locked with a passphrase.</exception>
    public static OpenPgpSecretKey Parse(ReadOnlySpan<byte> bytes)
    {
        var binary = Armor.Decode(bytes, out var hasMore);
        try
        {
            if (hasMore)
            {
                throw new OpenPgpFormatException("There is more than one block of OpenPGP data.");
            }

            var (certificate, parts) = SecretKeyReader.Read(binary);
            return new OpenPgpSecretKey(certificate, parts);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsMemory(binary).Span);
        }
    }

    /// <summary>Writes it in binary, not protected.</summary>
    public byte[] Export()
    {
        using var writer = new OctetWriter(4096);
        foreach (var packet in PacketReader.ReadAll(Certificate.ToBinary(), int.MaxValue))
        {
            var part = packet.Tag is PacketTag.PublicKey or PacketTag.PublicSubkey ? Find(packet.Body.Span) : null;
            if (part is null)
            {
                writer.Packet(packet.Tag, packet.Body.Span);
                continue;
            }

            var numbers = part.Numbers;
            writer.Header(packet.Tag == PacketTag.PublicKey ? PacketTag.SecretKey : PacketTag.SecretSubkey, part.Key.Body.Length + 3 + numbers.Length)
                .Octets(part.Key.Body).Octet(0).Octets(numbers).UInt16(SessionKeyPacket.Checksum(numbers));
        }

        return writer.ToArray();
    }

    /// <summary>Writes it as text, not protected.</summary>
    public string ExportArmor()
    {
        var binary = Export();
        var armor = Armor.Encode(Armor.PrivateKey, binary);
        var text = Encoding.ASCII.GetString(armor);
        CryptographicOperations.ZeroMemory(binary);
        CryptographicOperations.ZeroMemory(armor);
        return text;
    }

    /// <summary>Wipes the secret parts.</summary>
    public void Dispose() => _parts.ForEach(part => part.Dispose());

    /// <summary>Never the content.</summary>
    public override string ToString() => "(secret key)";

    /// <summary>The keys that session keys may be encrypted to; expired and revoked ones, too, for old mail stays readable.</summary>
    internal IEnumerable<SecretKeyPart> DecryptionParts() => _parts.Where(part => part.Key.CanEncrypt);

    /// <summary>The key to sign with at <paramref name="time"/>.</summary>
    internal SecretKeyPart SigningPart(DateTimeOffset time)
    {
        var allowed = Certificate.SigningKeysAt(time);
        return allowed.Select(key => _parts.Find(part => part.Key.Fingerprint == key.Fingerprint)).FirstOrDefault(part => part is not null)
            ?? throw new UnusableKeyException(Fingerprint, "it has no valid key to sign with");
    }

    private SecretKeyPart? Find(ReadOnlySpan<byte> publicBody)
    {
        foreach (var part in _parts)
        {
            if (publicBody.SequenceEqual(part.Key.Body))
            {
                return part;
            }
        }

        return null;
    }
}
