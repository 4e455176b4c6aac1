using System.Security.Cryptography;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;

namespace Bitmask.OpenPgp.Encrypt;

/// <summary>From the shared point to the key that wraps the session key (RFC 9580 §11.5).</summary>
internal static class EcdhKeyDerivation
{
    public static byte[] WrappingKey(PublicKeyPacket recipient, ReadOnlySpan<byte> sharedSecret)
    {
        using var input = new OctetWriter();
        input.UInt32(1).Octets(sharedSecret)
            .Octet(recipient.Curve!.Oid.Length).Octets(recipient.Curve.Oid).Octet((int)PublicKeyAlgorithm.Ecdh)
            .Octet(3).Octet(1).Octet((int)recipient.KdfHash).Octet((int)recipient.KdfCipher)
            .Octets("Anonymous Sender    "u8).Octets(Convert.FromHexString(recipient.Fingerprint.Value));
        var digest = CryptographicOperations.HashData(Algorithms.Name(recipient.KdfHash)!.Value, input.Written);
        var key = digest[..Algorithms.KeyOctets(recipient.KdfCipher)];
        CryptographicOperations.ZeroMemory(digest);
        return key;
    }
}
