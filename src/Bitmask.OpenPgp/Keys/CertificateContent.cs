using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp.Keys;

/// <summary>The parts of one certificate with their checked signatures.</summary>
internal sealed class CertificateContent(PublicKeyPacket primary)
{
    public PublicKeyPacket Primary { get; } = primary;

    public List<SignaturePacket> DirectSignatures { get; } = [];

    public List<SignaturePacket> Revocations { get; } = [];

    public List<UserIdPart> UserIds { get; } = [];

    public List<SubkeyPart> Subkeys { get; } = [];

    /// <summary>The user id that speaks for the whole: marked as primary, else the one signed last.</summary>
    public UserIdPart? PrimaryUserId => UserIds
        .Where(part => part.IsBound)
        .OrderByDescending(part => part.SelfSignatures[0].IsPrimaryUserId)
        .ThenByDescending(part => part.SelfSignatures[0].Created)
        .FirstOrDefault();

    public bool IsBoundAt(DateTimeOffset time) => SelfSignaturesAt(time).Any();

    public KeyFlags FlagsAt(DateTimeOffset time)
    {
        var flags = SelfSignaturesAt(time).Select(signature => signature.Flags).FirstOrDefault(found => found is not null);
        // Without the subpacket an old key may do what its algorithm can.
        return flags ?? (IsBoundAt(time) ? KeyFlags.Certify | KeyFlags.Sign | (Primary.CanEncrypt ? KeyFlags.Encrypt : KeyFlags.None) : KeyFlags.None);
    }

    public DateTimeOffset? ExpiresAt(DateTimeOffset time)
        => Primary.Created + SelfSignaturesAt(time).Select(signature => signature.KeyValidity).FirstOrDefault(found => found is not null);

    /// <summary>Writes the parts with every checked signature, or only the newest of each kind.</summary>
    public byte[] Write(Func<UserIdPart, bool> keepUserId, bool newestOnly)
    {
        using var writer = new OctetWriter(4096);
        writer.Packet(PacketTag.PublicKey, Primary.Body);
        WriteAll(writer, Revocations);
        WriteSome(writer, DirectSignatures, newestOnly);
        foreach (var userId in UserIds.Where(part => part.SelfSignatures.Count > 0 && keepUserId(part)))
        {
            writer.Packet(PacketTag.UserId, userId.Body.Span);
            WriteAll(writer, userId.Revocations);
            WriteSome(writer, userId.SelfSignatures, newestOnly);
        }

        foreach (var subkey in Subkeys.Where(part => part.Bindings.Count > 0))
        {
            writer.Packet(PacketTag.PublicSubkey, subkey.Key.Body);
            WriteAll(writer, subkey.Revocations);
            WriteSome(writer, subkey.Bindings, newestOnly);
        }

        return writer.ToArray();
    }

    /// <summary>Takes over the checked parts and signatures of another copy that are not here yet.</summary>
    public void Absorb(CertificateContent other)
    {
        Absorb(DirectSignatures, other.DirectSignatures);
        Absorb(Revocations, other.Revocations);
        foreach (var theirs in other.UserIds)
        {
            if (UserIds.Find(part => part.Body.Span.SequenceEqual(theirs.Body.Span)) is { } ours)
            {
                Absorb(ours.SelfSignatures, theirs.SelfSignatures);
                Absorb(ours.Revocations, theirs.Revocations);
            }
            else
            {
                UserIds.Add(theirs);
            }
        }

        foreach (var theirs in other.Subkeys)
        {
            if (Subkeys.Find(part => part.Key.Body.AsSpan().SequenceEqual(theirs.Key.Body)) is { } ours)
            {
                Absorb(ours.Bindings, theirs.Bindings);
                Absorb(ours.Revocations, theirs.Revocations);
            }
            else
            {
                Subkeys.Add(theirs);
            }
        }
    }

    private static void Absorb(List<SignaturePacket> ours, List<SignaturePacket> theirs)
        => ours.AddRange(theirs.Where(their => !ours.Exists(our => our.Body.AsSpan().SequenceEqual(their.Body))).ToList());

    private IEnumerable<SignaturePacket> SelfSignaturesAt(DateTimeOffset time)
    {
        if (PrimaryUserId is { } userId && Selection.InForce(userId.SelfSignatures, time) is { } certification)
        {
            yield return certification;
        }

        if (Selection.InForce(DirectSignatures, time) is { } direct)
        {
            yield return direct;
        }
    }

    private static void WriteSome(OctetWriter writer, List<SignaturePacket> signatures, bool newestOnly)
        => WriteAll(writer, newestOnly && signatures.Count > 1 ? signatures[..1] : signatures);

    private static void WriteAll(OctetWriter writer, List<SignaturePacket> signatures)
        => signatures.ForEach(signature => writer.Packet(PacketTag.Signature, signature.Body));
}
