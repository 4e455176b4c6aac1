using System.Security.Cryptography;
using System.Text;

namespace Bitmask.Protocol.Bonafide;

/// <summary>
/// How a device renews its session without a passphrase (security.md B2): it signs <c>"bitmask/session/1" 00 domain 00 nonce</c> with its ECDSA P-256 key and
/// SHA-256; the signature is r and s, 32 octets each (IEEE P1363).
/// </summary>
public static class DeviceSignature
{
    /// <summary>Octets of the server's nonce.</summary>
    public const int NonceOctets = 32;

    /// <summary>Octets of a signature.</summary>
    public const int Octets = 64;

    /// <summary>Signs.</summary>
    public static byte[] Sign(ECDsa key, string domain, ReadOnlySpan<byte> nonce)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.SignData(Input(domain, nonce), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <summary>Whether the signature is good.</summary>
    public static bool Verify(ECDsa key, string domain, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(key);
        return signature.Length == Octets
            && key.VerifyData(Input(domain, nonce), signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private static byte[] Input(string domain, ReadOnlySpan<byte> nonce)
        => [.. "bitmask/session/1"u8, 0, .. Encoding.ASCII.GetBytes(domain), 0, .. nonce];
}
