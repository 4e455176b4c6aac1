using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;

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

        var (status, signer) = Judge(signature, data, candidates, now);
        return new SignatureResult(
            status, signer?.Fingerprint, signature.IssuerKeyId ?? signature.Issuer?.Value[^16..], signature.Created, Algorithms.Text(signature.Hash), packet);
    }

    private static (SignatureStatus Status, OpenPgpCertificate? Signer) Judge(
        SignaturePacket signature, DataHashes data, IReadOnlyList<OpenPgpCertificate> candidates, DateTimeOffset now)
    {
        if (signature.Type is not (SignatureType.Binary or SignatureType.Text))
        {
            return (SignatureStatus.Bad, null);
        }

        if (!Algorithms.IsGoodForData(signature.Hash) || signature.Numbers.Length == 0 || signature.Created is null || signature.HasUnknownCritical)
        {
            return (SignatureStatus.Unsupported, null);
        }

        // A signature that nothing before the data announced is not one over the data as it was read.
        if (signature.DigestOf(data) is not { } digest)
        {
            return (SignatureStatus.Bad, null);
        }

        var named = signature.Issuer is not null || signature.IssuerKeyId is not null;
        var (failure, holder) = (SignatureStatus.UnknownKey, (OpenPgpCertificate?)null);
        foreach (var certificate in candidates)
        {
            foreach (var key in Keys(certificate))
            {
                if (!signature.MayBeFrom(key))
                {
                    continue;
                }

                if (signature.VerifyData(key, digest))
                {
                    return (JudgeKey(certificate, key, signature, now), certificate);
                }

                if (named)
                {
                    (failure, holder) = (key.CanVerify ? SignatureStatus.Bad : SignatureStatus.Unsupported, certificate);
                }
            }
        }

        return (failure, holder);
    }

    private static IEnumerable<PublicKeyPacket> Keys(OpenPgpCertificate certificate)
        => certificate.Content.Subkeys.Where(part => part.Bindings.Count > 0).Select(part => part.Key).Prepend(certificate.Content.Primary);

    // Keys are judged at the time of signing: what was signed while a key was good stays signed, except for hard revocations.
    private static SignatureStatus JudgeKey(OpenPgpCertificate certificate, PublicKeyPacket key, SignaturePacket signature, DateTimeOffset now)
    {
        var created = signature.Created!.Value;
        if (created - Algorithms.ClockSkew > now || key.Created - Algorithms.ClockSkew > created)
        {
            return SignatureStatus.Bad;
        }

        var time = created < now ? created : now;
        var subkey = certificate.Content.Subkeys.Find(part => part.Key == key);
        var flags = subkey?.FlagsAt(time) ?? certificate.Content.FlagsAt(time);
        var state = certificate.StateAt(time);
        if (state == CertificateState.Revoked || subkey?.IsRevokedAt(time) == true)
        {
            return SignatureStatus.RevokedKey;
        }

        if ((state != CertificateState.Valid && state != CertificateState.Expired) || (flags & KeyFlags.Sign) == 0)
        {
            return SignatureStatus.Bad;
        }

        return state == CertificateState.Expired || subkey?.ExpiresAt(time) <= time || signature.IsExpiredAt(now)
            ? SignatureStatus.ExpiredKey
            : SignatureStatus.Good;
    }
}
