using Bitmask.OpenPgp.Packets;

namespace Bitmask.OpenPgp.Keys;

/// <summary>A part of a certificate that says nothing here, with whatever stands behind it: kept for readers who know more.</summary>
internal sealed record UnknownPart(Packet Head, List<Packet> Signatures)
{
    public void Write(OctetWriter writer)
    {
        writer.Packet(Head.Tag, Head.Body.Span);
        Signatures.ForEach(signature => writer.Packet(signature.Tag, signature.Body.Span));
    }

    public bool IsSameAs(UnknownPart other) => Head.Tag == other.Head.Tag && Head.Body.Span.SequenceEqual(other.Head.Body.Span);

    public void Absorb(UnknownPart other)
        => Signatures.AddRange(other.Signatures.Where(theirs => !Signatures.Exists(ours => ours.Body.Span.SequenceEqual(theirs.Body.Span))).ToList());

    public void Tidy() => Signatures.Sort(static (a, b) => a.Body.Span.SequenceCompareTo(b.Body.Span));
}
