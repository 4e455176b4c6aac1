using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp.Keys;

/// <summary>The parts of one certificate with their checked signatures.</summary>
internal sealed class CertificateContent(PublicKeyPacket primary)
{
    public PublicKeyPacket Primary { get; } = primary;

    /// <summary>Signatures over the primary key alone.</summary>
    public PartSignatures Signatures { get; } = new();

    public List<UserIdPart> UserIds { get; } = [];

    public List<SubkeyPart> Subkeys { get; } = [];

    public List<UnknownPart> Unknown { get; } = [];

    /// <summary>The user id that speaks for the whole: marked as primary, else the one signed last.</summary>
    public UserIdPart? PrimaryUserId => UserIds
        .Where(part => part.IsBound && !part.IsAttribute)
        .OrderByDescending(part => part.Signatures.Own[0].IsPrimaryUserId)
        .ThenByDescending(part => part.Signatures.Own[0].Created)
        .ThenBy(part => part.Text, StringComparer.Ordinal)
        .FirstOrDefault();

    public KeyFlags FlagsAt(DateTimeOffset time)
    {
        var own = SelfSignaturesAt(time);
        // Without the subpacket an old key may do what its algorithm can.
        return own.Select(signature => signature.Flags).FirstOrDefault(found => found is not null)
            ?? (own.Count > 0 ? KeyFlags.Certify | KeyFlags.Sign | (Primary.CanEncrypt ? KeyFlags.Encrypt : KeyFlags.None) : KeyFlags.None);
    }

    public DateTimeOffset? ExpiresAt(DateTimeOffset time)
        => Primary.Created + SelfSignaturesAt(time).Select(signature => signature.KeyValidity).FirstOrDefault(found => found is not null);

    /// <summary>What is wrong with the primary key, and so with the whole.</summary>
    public KeyFault FaultAt(DateTimeOffset time)
    {
        if (!Primary.IsUsable)
        {
            return Primary.Fault;
        }

        var own = SelfSignaturesAt(time);
        return Signatures.RevocationAt(time, own.Max(signature => signature.Created)) is { } revocation ? Selection.Fault(revocation)
            : Primary.Created - Algorithms.ClockSkew > time ? KeyFault.NotYetValid
            : own.Count == 0 ? UserIds.Select(part => part.Signatures.Fault).Prepend(Signatures.Fault).Max(fault => fault)
            : ExpiresAt(time) <= time ? KeyFault.Expired
            : KeyFault.None;
    }

    /// <summary>What is wrong with a subkey, or with the key that it belongs to.</summary>
    public KeyFault FaultAt(SubkeyPart subkey, DateTimeOffset time)
        => FaultAt(time) == KeyFault.None ? subkey.FaultAt(time) : KeyFault.PrimaryKeyInvalid;

    /// <summary>
    /// The signatures that speak for the whole, the first one first: in version 6 that over the key itself, which must be there
    /// (RFC 9580 §10.1.1); in version 4 that over the primary user id, where most programs write.
    /// </summary>
    public List<SignaturePacket> SelfSignaturesAt(DateTimeOffset time)
    {
        var direct = Selection.InForce(Signatures.Own, time);
        if (Primary.Version == 6 && direct is null)
        {
            return [];
        }

        var userId = PrimaryUserId?.SelfSignatureAt(time);
        var found = Primary.Version == 6 ? new[] { direct, userId } : [userId, direct];
        return found.OfType<SignaturePacket>().ToList();
    }

    /// <summary>Writes everything that was kept.</summary>
    public byte[] WriteAll()
    {
        using var writer = new OctetWriter(4096);
        writer.Packet(PacketTag.PublicKey, Primary.Body);
        Signatures.Write(writer, newestOnly: false);
        UserIds.ForEach(part => part.Write(writer, newestOnly: false));
        Subkeys.ForEach(part => Write(writer, part, newestOnly: false));
        Unknown.ForEach(part => part.Write(writer));
        return writer.ToArray();
    }

    /// <summary>Writes the chosen parts, each with its newest signature of the owner and all of his revocations.</summary>
    public byte[] WriteMinimal(Func<UserIdPart, bool> keepUserId, Func<SubkeyPart, bool> keepSubkey, bool withDirect = true)
    {
        using var writer = new OctetWriter(4096);
        writer.Packet(PacketTag.PublicKey, Primary.Body);
        if (withDirect)
        {
            Signatures.Write(writer, newestOnly: true);
        }

        foreach (var userId in UserIds.Where(part => part.Signatures.Own.Count > 0 && keepUserId(part)))
        {
            userId.Write(writer, newestOnly: true);
        }

        foreach (var subkey in Subkeys.Where(part => part.IsBound && keepSubkey(part)))
        {
            Write(writer, subkey, newestOnly: true);
        }

        return writer.ToArray();
    }

    /// <summary>Takes over the parts and signatures of another copy that are not here yet. The other one is used up.</summary>
    public void Absorb(CertificateContent other)
    {
        Signatures.Absorb(other.Signatures);
        Absorb(UserIds, other.UserIds, (ours, theirs) => ours.IsSameAs(theirs), (ours, theirs) => ours.Signatures.Absorb(theirs.Signatures));
        Absorb(Subkeys, other.Subkeys, (ours, theirs) => ours.Key.Body.AsSpan().SequenceEqual(theirs.Key.Body), (ours, theirs) => ours.Signatures.Absorb(theirs.Signatures));
        Absorb(Unknown, other.Unknown, (ours, theirs) => ours.IsSameAs(theirs), (ours, theirs) => ours.Absorb(theirs));
    }

    /// <summary>Sorts the signatures at every part, newest first, and drops doubles.</summary>
    public void Tidy(int maxOthers)
    {
        Signatures.Tidy(maxOthers);
        UserIds.ForEach(part => part.Signatures.Tidy(maxOthers));
        Subkeys.ForEach(part => part.Signatures.Tidy(maxOthers));
        Unknown.ForEach(part => part.Tidy());
    }

    /// <summary>Brings the parts into the one order that all copies end in.</summary>
    public void SortParts()
    {
        var primary = PrimaryUserId;
        Sort(UserIds, UserIds.OrderByDescending(part => part == primary).ThenBy(part => part.IsAttribute).ThenBy(part => Convert.ToHexString(part.Body.Span), StringComparer.Ordinal));
        Sort(Subkeys, Subkeys.OrderBy(part => part.Key.Created).ThenBy(part => part.Key.Fingerprint.Value, StringComparer.Ordinal));
        Sort(Unknown, Unknown.OrderBy(part => part.Head.Tag).ThenBy(part => Convert.ToHexString(part.Head.Body.Span), StringComparer.Ordinal));
    }

    private static void Sort<T>(List<T> parts, IEnumerable<T> ordered)
    {
        var sorted = ordered.ToList();
        parts.Clear();
        parts.AddRange(sorted);
    }

    private static void Absorb<T>(List<T> ours, List<T> theirs, Func<T, T, bool> areSame, Action<T, T> absorb)
    {
        foreach (var their in theirs)
        {
            if (ours.Find(our => areSame(our, their)) is { } same)
            {
                absorb(same, their);
            }
            else
            {
                ours.Add(their);
            }
        }
    }

    private static void Write(OctetWriter writer, SubkeyPart subkey, bool newestOnly)
    {
        writer.Packet(PacketTag.PublicSubkey, subkey.Key.Body);
        subkey.Signatures.Write(writer, newestOnly);
    }
}
