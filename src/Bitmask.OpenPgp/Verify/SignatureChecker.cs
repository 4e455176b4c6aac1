using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Policy;

namespace Bitmask.OpenPgp.Verify;

/// <summary>Judges one signature packet over data.</summary>
internal static class SignatureChecker
{
    /// <summary>Over data at hand.</summary>
    public static SignatureResult Check(ReadOnlySpan<byte> body, ReadOnlySpan<byte> data, IReadOnlyList<OpenPgpCertificate> candidates, DateTimeOffset now)
    {
        using var hashes = new DataHashes();
        SignaturePacket.TryParse(body)?.AnnounceTo(hashes);
        hashes.Append(data);
        return Check(body, hashes, candidates, now);
    }

    /// <summary>Over data that has passed.</summary>
    public static SignatureResult Check(ReadOnlySpan<byte> body, DataHashes data, IReadOnlyList<OpenPgpCertificate> candidates, DateTimeOffset now)
    {
        using var writer = new OctetWriter(body.Length + 6);
        var packet = writer.Packet(PacketTag.Signature, body).ToArray();
        if (SignaturePacket.TryParse(body) is not { } signature)
        {
            return new SignatureResult(SignatureStatus.Unsupported, null, null, null, null, packet);
        }

        var (status, signer, fault) = Judge(signature, data, candidates, now);
        return new SignatureResult(status, signer?.Fingerprint, KeyId(signature), signature.Created, Algorithms.Text(signature.Hash), packet)
        {
            KeyFault = fault,
            IntendedRecipients = signature.Says.IntendedRecipients,
        };
    }

    // The ends of a fingerprint that are its key id differ (RFC 9580 §5.5.4).
    private static string? KeyId(SignaturePacket signature)
        => signature.IssuerKeyId ?? (signature.Issuer is not { Value: var digits } ? null : digits.Length == 64 ? digits[..16] : digits[^16..]);

    private static (SignatureStatus Status, OpenPgpCertificate? Signer, KeyFault Fault) Judge(
        SignaturePacket signature, DataHashes data, IReadOnlyList<OpenPgpCertificate> candidates, DateTimeOffset now)
    {
        if (signature.Type is not (SignatureType.Binary or SignatureType.Text))
        {
            return (SignatureStatus.Bad, null, KeyFault.None);
        }

        if (!HashPolicy.IsGoodForData(signature.Hash) || signature.Numbers.Length == 0 || signature.Created is null || signature.HasUnknownCritical)
        {
            return (SignatureStatus.Unsupported, null, KeyFault.None);
        }

        // A signature that nothing before the data announced is not one over the data as it was read.
        if (signature.DigestOf(data) is not { } digest)
        {
            return (SignatureStatus.Bad, null, KeyFault.None);
        }

        var named = signature.Issuer is not null || signature.IssuerKeyId is not null;
        var (failure, holder, fault) = (SignatureStatus.UnknownKey, (OpenPgpCertificate?)null, KeyFault.None);
        foreach (var certificate in candidates)
        {
            foreach (var (key, subkey) in Keys(certificate))
            {
                if (!signature.MayBeFrom(key))
                {
                    continue;
                }

                if (signature.VerifyDigest(key, digest))
                {
                    var (status, keyFault) = JudgeKey(certificate, key, subkey, signature, now);
                    return (status, certificate, keyFault);
                }

                if (named)
                {
                    (failure, holder, fault) = (key.CanVerify ? SignatureStatus.Bad : SignatureStatus.Unsupported, certificate, key.Fault);
                }
            }
        }

        return (failure, holder, fault);
    }

    private static IEnumerable<(PublicKeyPacket Key, SubkeyPart? Subkey)> Keys(OpenPgpCertificate certificate)
        => certificate.Content.Subkeys.Where(part => part.IsBound).Select(part => (part.Key, (SubkeyPart?)part)).Prepend((certificate.Content.Primary, null));

    // Keys are judged at the time of signing: what was signed while a key was good stays signed, except for hard revocations.
    private static (SignatureStatus Status, KeyFault Fault) JudgeKey(
        OpenPgpCertificate certificate, PublicKeyPacket key, SubkeyPart? subkey, SignaturePacket signature, DateTimeOffset now)
    {
        var created = signature.Created!.Value;
        if (created - Algorithms.ClockSkew > now || key.Created - Algorithms.ClockSkew > created)
        {
            return (SignatureStatus.Bad, KeyFault.NotYetValid);
        }

        var time = created < now ? created : now;
        // The graver of both: a revoked subkey of an expired key is revoked.
        var faults = new[] { certificate.FaultAt(time), subkey?.FaultAt(time) ?? KeyFault.None };
        var fault = faults.Max();
        if (fault is KeyFault.Revoked or KeyFault.Compromised or KeyFault.Superseded or KeyFault.Retired)
        {
            return (SignatureStatus.RevokedKey, fault);
        }

        if (Array.Exists(faults, each => each is not (KeyFault.None or KeyFault.Expired)))
        {
            return (SignatureStatus.Bad, fault);
        }

        return ((subkey?.FlagsAt(time) ?? certificate.Content.FlagsAt(time)) & KeyFlags.Sign) == 0 ? (SignatureStatus.Bad, KeyFault.WrongPurpose)
            : fault == KeyFault.Expired || signature.IsExpiredAt(now) ? (SignatureStatus.ExpiredKey, fault)
            : (SignatureStatus.Good, KeyFault.None);
    }
}
