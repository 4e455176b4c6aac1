using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp.Keys;

/// <summary>Which of several signatures counts at a time. Lists are sorted newest first.</summary>
internal static class Selection
{
    /// <summary>
    /// The newest one made before <paramref name="time"/>. Where all are younger, the oldest: owners renew their self-signatures and
    /// drop the old ones, and what they signed before stays theirs.
    /// </summary>
    public static SignaturePacket? InForce(List<SignaturePacket> signatures, DateTimeOffset time)
    {
        SignaturePacket? chosen = null;
        foreach (var signature in signatures)
        {
            if (signature.IsExpiredAt(time))
            {
                continue;
            }

            chosen = signature;
            if (signature.Created - Algorithms.ClockSkew <= time)
            {
                break;
            }
        }

        return chosen;
    }

    /// <summary>What a revocation says of the key.</summary>
    public static KeyFault Fault(SignaturePacket revocation) => revocation.RevocationReason switch
    {
        1 => KeyFault.Superseded,
        2 => KeyFault.Compromised,
        3 or 32 => KeyFault.Retired,
        _ => KeyFault.Revoked,
    };
}
