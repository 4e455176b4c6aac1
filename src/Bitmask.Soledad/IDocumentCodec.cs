using Bitmask.Primitives;

namespace Bitmask.Soledad;

/// <summary>
/// Turns documents into what the provider sees and back. Two exist: <see cref="SealedCodec"/> (sealed accounts) and
/// <see cref="Leap.LeapCodec"/> (LEAP accounts). An account has exactly one for its whole life (security.md A1).
/// </summary>
public interface IDocumentCodec
{
    /// <summary>Encodes one version of a document.</summary>
    /// <param name="document">The version; without JSON it is a deletion.</param>
    /// <param name="seq">The number that the writing device gave to this write.</param>
    WireDocument Encode(Document document, ulong seq);

    /// <summary>Encodes a version that another device wrote, or this one under an earlier name: who wrote it stays true.</summary>
    WireDocument Encode(Document document, DocumentOrigin origin) => Encode(document, origin.Seq);

    /// <summary>Decodes what the provider sent. Never throws because of what was sent: the answer says <see cref="DecodeAnswer.Refused"/>.</summary>
    DecodeAnswer Decode(WireDocument wire);

    /// <summary>What it can read, as a text that changes when it can read more: what was put aside is tried again then (security.md B4).</summary>
    string Readable => "1";

    /// <summary>The id under which the provider knows a document.</summary>
    string WireId(string trueId);
}

/// <summary>One version of a document as the provider sees it.</summary>
/// <param name="WireId">The id on the wire.</param>
/// <param name="Rev">The revision, in clear.</param>
/// <param name="Content">The content line; null for a bare tombstone.</param>
public sealed record WireDocument(string WireId, string Rev, string? Content);

/// <summary>Who wrote a version, from inside the envelope.</summary>
/// <param name="Writer">The device.</param>
/// <param name="Seq">Its number for the write.</param>
public readonly record struct DocumentOrigin(DeviceId Writer, ulong Seq);

/// <summary>What came out of decoding one document.</summary>
public abstract record DecodeAnswer
{
    private DecodeAnswer()
    {
    }

    /// <summary>An authentic version.</summary>
    public sealed record Put(Document Document, DocumentOrigin? Origin) : DecodeAnswer;

    /// <summary>An authentic deletion (a LEAP tombstone is only as authentic as the provider).</summary>
    public sealed record Delete(Document Document, DocumentOrigin? Origin) : DecodeAnswer;

    /// <summary>Not acceptable. The reason is fit to show a person.</summary>
    public sealed record Refused(string Reason) : DecodeAnswer;

    /// <summary>LEAP only: arrived mail that the provider put in clear JSON around an OpenPGP message; belongs into its own table, never among the documents.</summary>
    public sealed record PlainIncoming(Document Document) : DecodeAnswer;
}
