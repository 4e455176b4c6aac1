using System.Security.Cryptography;
using Bitmask.OpenPgp.Encrypt;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Secret.Keys;

/// <summary>Takes a transferable secret key apart: secret numbers here, everything else into a certificate.</summary>
internal static class SecretKeyReader
{
    private const int MaxPackets = 1000;

    public static (OpenPgpCertificate Certificate, List<SecretKeyPart> Parts) Read(ReadOnlyMemory<byte> binary)
    {
        using var certificate = new OctetWriter(binary.Length + 64);
        var parts = new List<SecretKeyPart>();
        try
        {
            var packets = PacketReader.ReadAll(binary, MaxPackets);
            if (packets is not [{ Tag: PacketTag.SecretKey }, ..])
            {
                throw new OpenPgpFormatException("This is not an OpenPGP secret key.");
            }

            foreach (var packet in packets)
            {
                switch (packet.Tag)
                {
                    case PacketTag.SecretKey when parts.Count > 0:
                        throw new OpenPgpFormatException("There is more than one secret key.");
                    case PacketTag.SecretKey or PacketTag.SecretSubkey:
                        var part = ReadPart(packet.Body.Span);
                        parts.Add(part);
                        certificate.Packet(packet.Tag == PacketTag.SecretKey ? PacketTag.PublicKey : PacketTag.PublicSubkey, part.Key.Body);
                        break;
                    default:
                        certificate.Packet(packet.Tag, packet.Body.Span);
                        break;
                }
            }

            return (OpenPgpCertificate.FromBinary(certificate.ToArray(), MaxPackets), parts);
        }
        catch (Exception e) when (e is OpenPgpFormatException or CryptographicException)
        {
            parts.ForEach(part => part.Dispose());
            throw e as OpenPgpFormatException ?? new OpenPgpFormatException("The secret key's numbers are not valid.", e);
        }
    }

    private static SecretKeyPart ReadPart(ReadOnlySpan<byte> body)
    {
        var key = PublicKeyPacket.Parse(body, out var publicOctets);
        var secret = body[publicOctets..];
        if (secret.Length < 3)
        {
            throw new OpenPgpFormatException($"Secret keys of {key.AlgorithmText} are not supported.");
        }

        if (secret[0] != 0)
        {
            throw new OpenPgpFormatException("The secret key is locked with a passphrase.");
        }

        var numbers = secret[1..^2];
        if (SessionKeyPacket.Checksum(numbers) != ((secret[^2] << 8) | secret[^1]))
        {
            throw new OpenPgpFormatException("The secret key is damaged.");
        }

        var part = new SecretKeyPart(key, new SecretBytes(numbers));
        if (part.Matches())
        {
            return part;
        }

        part.Dispose();
        throw new OpenPgpFormatException(key.IsUsable ? "The secret key does not belong to its public half." : $"Secret keys of {key.AlgorithmText} are not supported.");
    }
}
