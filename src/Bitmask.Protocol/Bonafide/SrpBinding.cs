using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bitmask.Protocol.Bonafide;

/// <summary>
/// What the hardened login's proof covers beside the password: the provider's CA certificate, as each side knows it. Who stands in between with a CA of
/// his own gets a proof that is worth nothing at the provider.
/// </summary>
public static class SrpBinding
{
    /// <summary>"bitmask/srp-ca/1" and the SHA-256 of the CA certificate.</summary>
    public static byte[] Of(X509Certificate2 ca)
    {
        ArgumentNullException.ThrowIfNull(ca);
        return [.. "bitmask/srp-ca/1"u8, 0, .. SHA256.HashData(ca.RawDataMemory.Span)];
    }
}
