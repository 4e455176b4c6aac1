using System.Security.Cryptography;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Passphrases;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Secret.Keys;

/// <summary>Takes a transferable secret key apart: secret numbers here, everything else into a certificate.</summary>
internal static class SecretKeyReader
{
    private static readonly CertificateLimits Limits = new() { MaxOctets = int.MaxValue };

    public static (OpenPgpCertificate Certificate, List<SecretKeyPart> Parts) Read(ReadOnlyMemory<byte> binary, SecretBytes? passphrase)
    {
        using var certificate = new OctetWriter(binary.Length + 64);
        var parts = new List<SecretKeyPart>();
        var (budget, hasPrimary) = (new StringToKeyBudget(), false);
        try
        {
            var packets = PacketReader.ReadAll(binary, Limits.MaxPackets);
            if (packets is not [{ Tag: PacketTag.SecretKey }, ..])
            {
                throw new OpenPgpFormatException("This is not an OpenPGP secret key.");
            }

            foreach (var packet in packets)
            {
                switch (packet.Tag)
                {
                    case PacketTag.SecretKey when hasPrimary:
                        throw new OpenPgpFormatException("There is more than one secret key.");
                    case PacketTag.SecretKey or PacketTag.SecretSubkey:
                        hasPrimary = true;
                        certificate.Packet(packet.Tag == PacketTag.SecretKey ? PacketTag.PublicKey : PacketTag.PublicSubkey, ReadPart(packet, passphrase, budget, parts).Body);
                        break;
                    default:
                        certificate.Packet(packet.Tag, packet.Body.Span);
                        break;
                }
            }

            return (OpenPgpCertificate.FromBinary(certificate.ToArray(), Limits), parts);
        }
        catch (Exception e) when (e is OpenPgpFormatException or CryptographicException or PlatformNotSupportedException or WrongPassphraseException)
        {
            parts.ForEach(part => part.Dispose());
            if (e is OpenPgpFormatException or WrongPassphraseException)
            {
                throw;
            }

            throw new OpenPgpFormatException("The secret key's numbers are not valid.", e);
        }
    }

    // Keys that are too weak to be used are kept with their secrets: to throw them away is the owner's choice.
    private static PublicKeyPacket ReadPart(Packet packet, SecretBytes? passphrase, StringToKeyBudget budget, List<SecretKeyPart> parts)
    {
        var key = PublicKeyPacket.Parse(packet.Body.Span, out var publicOctets);
        var secret = packet.Body.Span[publicOctets..];
        if (key.Version < 4 || key.Fault is KeyFault.UnknownAlgorithm or KeyFault.MalformedNumbers || secret.IsEmpty)
        {
            throw new OpenPgpFormatException($"Secret keys of {key.AlgorithmText} are not supported.");
        }

        if (SecretKeyLock.Open(packet.Tag, key, secret, passphrase, budget) is not { } numbers)
        {
            return key;
        }

        var part = new SecretKeyPart(key, numbers);
        parts.Add(part);
        return !key.IsUsable || part.Matches() ? key : throw new OpenPgpFormatException("The secret key does not belong to its public half.");
    }
}
