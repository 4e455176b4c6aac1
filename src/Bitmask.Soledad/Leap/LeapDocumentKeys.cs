using System.Security.Cryptography;
using System.Text;
using Bitmask.Primitives;

namespace Bitmask.Soledad.Leap;

/// <summary>Keys of single documents and blobs, derived from the 512-octet remote secret: the first 64 octets for the old MAC, the rest for the cipher.</summary>
internal static class LeapDocumentKeys
{
    private const int MacPartOctets = 64;

    /// <summary>Key of the cipher, old and new.</summary>
    public static byte[] Cipher(SecretBytes remoteSecret, string documentId)
        => HMACSHA256.HashData(remoteSecret.Span[MacPartOctets..], Encoding.ASCII.GetBytes(documentId));

    /// <summary>Key of the MAC of the old scheme.</summary>
    public static byte[] Mac(SecretBytes remoteSecret, string documentId)
        => HMACSHA256.HashData(remoteSecret.Span[..MacPartOctets], Encoding.ASCII.GetBytes(documentId));
}
