using Bitmask.Primitives;

namespace Bitmask.OpenPgp;

/// <summary>What one signature says, and what came of checking it.</summary>
/// <param name="Status">The outcome.</param>
/// <param name="Signer">Primary fingerprint of the certificate that holds the signing key, when it is at hand.</param>
/// <param name="KeyId">Key id that the signature names, 16 upper-case hex digits.</param>
/// <param name="Created">When it says it was made.</param>
/// <param name="HashAlgorithm">Such as <c>SHA512</c>.</param>
/// <param name="Packet">The whole signature packet, header included, so that it can be checked again later (security.md A10).</param>
public sealed record SignatureResult(
    SignatureStatus Status, Fingerprint? Signer, string? KeyId, DateTimeOffset? Created, string? HashAlgorithm, byte[] Packet)
{
    /// <summary>What was wrong with the signing key at the time of signing.</summary>
    public KeyFault KeyFault { get; init; }

    /// <summary>
    /// Primary fingerprints of those whom the signer wrote to, where he says so (RFC 9580 §5.2.3.36). Inside an encrypted message one that
    /// does not name its reader was written to somebody else, who passed it on.
    /// </summary>
    public IReadOnlyList<Fingerprint> IntendedRecipients { get; init; } = [];
}
