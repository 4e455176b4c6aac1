using Bitmask.OpenPgp.Policy;
using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp.Keys;

/// <summary>Signatures by one key over a user id of another.</summary>
internal static class Certification
{
    /// <summary>Whether the newest word of <paramref name="certifier"/> on the user id is a certification, not a revocation.</summary>
    public static bool IsInForce(UserIdPart userId, PublicKeyPacket owner, PublicKeyPacket certifier, DateTimeOffset time)
    {
        var newest = userId.Signatures.Others
            .Where(signature => (signature.IsCertification || signature.Type == SignatureType.CertificationRevocation)
                && (signature.Issuer is not null || signature.IssuerKeyId is not null) && signature.MayBeFrom(certifier)
                && HashPolicy.IsGoodForData(signature.Hash) && signature.Created - Algorithms.ClockSkew <= time
                && signature.Verify(certifier, owner.HashPrefix, userId.HashPrefix))
            .OrderByDescending(signature => signature.Created)
            .FirstOrDefault();
        return newest is not null && newest.Type != SignatureType.CertificationRevocation && !newest.IsExpiredAt(time);
    }
}
