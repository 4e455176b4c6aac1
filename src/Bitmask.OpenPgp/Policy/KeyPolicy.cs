using Bitmask.OpenPgp.Keys;

namespace Bitmask.OpenPgp.Policy;

/// <summary>Which public keys are strong enough to be used at all.</summary>
internal static class KeyPolicy
{
    /// <summary>Shortest RSA key (RFC 9580 §12.4).</summary>
    public const int MinRsaBits = 2048;

    /// <summary>Longest RSA key: what is longer only costs time, the reader's.</summary>
    public const int MaxRsaBits = 16384;

    /// <summary>Why a key of this algorithm and version is not used, whatever its numbers; <see cref="KeyFault.None"/> if it may be.</summary>
    public static KeyFault Judge(int version, PublicKeyAlgorithm algorithm) => algorithm switch
    {
        // Fingerprints of version 3 are MD5 over numbers that can be split in several ways, its key ids can be chosen at will.
        _ when version < 4 => KeyFault.OutdatedVersion,
        // Withdrawn for signing by FIPS 186-5, and the other half of the same keys; RFC 9580 §12.5 and §12.6 forbid to make them.
        PublicKeyAlgorithm.Dsa or PublicKeyAlgorithm.ElGamal or PublicKeyAlgorithm.ElGamalEncryptOrSign => KeyFault.OutdatedAlgorithm,
        // The forms with an object identifier end with version 4 (RFC 9580 §5.5.5.5, §5.5.5.6).
        PublicKeyAlgorithm.EdDsaLegacy when version > 4 => KeyFault.MalformedNumbers,
        _ => KeyFault.None,
    };
}
