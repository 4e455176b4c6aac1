using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bitmask.Protocol.Bonafide;

/// <summary>
/// The member <c>ca_cert_fingerprint</c> of provider.json: <c>SHA256: </c> and hex digits, of the whole certificate. Reading allows either case, spaces
/// and colons; SHA-256, SHA-384 and SHA-512 only.
/// </summary>
public sealed class CaFingerprint
{
    private const int MaxLength = 512;

    private CaFingerprint(HashAlgorithmName algorithm, byte[] digest)
    {
        Algorithm = algorithm;
        Digest = digest;
    }

    /// <summary>The digest's algorithm.</summary>
    public HashAlgorithmName Algorithm { get; }

    /// <summary>The digest.</summary>
    public ReadOnlyMemory<byte> Digest { get; }

    /// <summary>The fingerprint of a certificate, by SHA-256.</summary>
    public static CaFingerprint Of(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return new CaFingerprint(HashAlgorithmName.SHA256, SHA256.HashData(certificate.RawDataMemory.Span));
    }

    /// <summary>Reads a fingerprint.</summary>
    /// <exception cref="FormatException">Not a fingerprint, or by a weak algorithm.</exception>
    public static CaFingerprint Parse(string? text)
        => TryParse(text, out var fingerprint) ? fingerprint! : throw new FormatException("The CA fingerprint is malformed, or its algorithm is not SHA-256, SHA-384 or SHA-512.");

    /// <summary>Reads a fingerprint; false when it is none, or by a weak algorithm.</summary>
    public static bool TryParse(string? text, out CaFingerprint? fingerprint)
    {
        fingerprint = null;
        var colon = text is { Length: <= MaxLength } ? text.IndexOf(':', StringComparison.Ordinal) : -1;
        if (colon < 0)
        {
            return false;
        }

        var (algorithm, octets) = text![..colon].Trim().ToUpperInvariant() switch
        {
            "SHA256" or "SHA-256" => (HashAlgorithmName.SHA256, 32),
            "SHA384" or "SHA-384" => (HashAlgorithmName.SHA384, 48),
            "SHA512" or "SHA-512" => (HashAlgorithmName.SHA512, 64),
            _ => (default, 0),
        };
        var digits = string.Concat(text[(colon + 1)..].Where(c => c is not (' ' or ':')));
        if (octets == 0 || digits.Length != 2 * octets || !digits.All(char.IsAsciiHexDigit))
        {
            return false;
        }

        fingerprint = new CaFingerprint(algorithm, Convert.FromHexString(digits));
        return true;
    }

    /// <summary>Whether this is the fingerprint of that certificate.</summary>
    public bool Matches(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return CryptographicOperations.FixedTimeEquals(CryptographicOperations.HashData(Algorithm, certificate.RawDataMemory.Span), Digest.Span);
    }

    /// <summary>The form for provider.json.</summary>
    public override string ToString() => Algorithm.Name + ": " + Convert.ToHexStringLower(Digest.Span);
}
