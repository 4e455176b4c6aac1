using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp.Keys;

/// <summary>
/// The signatures at one part of a certificate, newest first: those of its own primary key, which were checked, and those of everybody
/// else, which were not. The latter never decide whether a part is valid.
/// </summary>
internal sealed class PartSignatures
{
    public List<SignaturePacket> Own { get; private set; } = [];

    public List<SignaturePacket> Revocations { get; private set; } = [];

    public List<SignaturePacket> Others { get; private set; } = [];

    /// <summary>Why there is none of its own, where one was seen that did not count.</summary>
    public KeyFault Fault { get; set; } = KeyFault.NotBound;

    /// <summary>Takes over what another copy of the part has in addition.</summary>
    public void Absorb(PartSignatures other)
    {
        Own.AddRange(other.Own);
        Revocations.AddRange(other.Revocations);
        Others.AddRange(other.Others);
    }

    /// <summary>
    /// Brings the lists into the one order that every copy ends in, without doubles. What others signed is cut at <paramref name="maxOthers"/>,
    /// the newest first: anybody can add to it.
    /// </summary>
    public void Tidy(int maxOthers)
    {
        Own = Tidy(Own);
        Revocations = Tidy(Revocations);
        Others = Tidy(Others);
        if (Others.Count > maxOthers)
        {
            Others.RemoveRange(maxOthers, Others.Count - maxOthers);
        }
    }

    public void Write(OctetWriter writer, bool newestOnly)
    {
        WriteAll(writer, Revocations);
        WriteAll(writer, newestOnly && Own.Count > 1 ? Own[..1] : Own);
        if (!newestOnly)
        {
            WriteAll(writer, Others);
        }
    }

    /// <summary>The revocation that counts at <paramref name="time"/>, the gravest where there are several.</summary>
    /// <param name="time">When.</param>
    /// <param name="renewed">When the owner last said that the part is in use: what came before does not take it out of use.</param>
    public SignaturePacket? RevocationAt(DateTimeOffset time, DateTimeOffset? renewed)
        => Revocations.Find(revocation => revocation.IsHardRevocation)
            ?? Revocations.Find(revocation => revocation.Created <= time && !revocation.IsExpiredAt(time) && !(renewed > revocation.Created));

    private static List<SignaturePacket> Tidy(List<SignaturePacket> signatures)
    {
        // What is not covered by a signature can be changed by anybody: of two forms of one signature the shorter stays.
        signatures.Sort(static (a, b) =>
        {
            var byTime = Nullable.Compare(b.Created, a.Created);
            var byLength = byTime != 0 ? byTime : a.Body.Length.CompareTo(b.Body.Length);
            return byLength != 0 ? byLength : a.Body.AsSpan().SequenceCompareTo(b.Body);
        });
        var tidy = new List<SignaturePacket>(signatures.Count);
        foreach (var signature in signatures)
        {
            // Doubles were made in the same second, so they stand near each other.
            var isDouble = false;
            for (var i = tidy.Count - 1; i >= 0 && tidy[i].Created == signature.Created && !isDouble; i--)
            {
                isDouble = tidy[i].IsSameAs(signature);
            }

            if (!isDouble)
            {
                tidy.Add(signature);
            }
        }

        return tidy;
    }

    private static void WriteAll(OctetWriter writer, List<SignaturePacket> signatures)
        => signatures.ForEach(signature => writer.Packet(PacketTag.Signature, signature.Body));
}
