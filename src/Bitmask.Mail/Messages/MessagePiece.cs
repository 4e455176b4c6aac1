using Bitmask.Soledad;

namespace Bitmask.Mail;

/// <summary>A piece of a message and where its octets are.</summary>
internal abstract class MessagePiece(long start, long length)
{
    /// <summary>Where it begins in the message.</summary>
    public long Start { get; } = start;

    public long Length { get; } = length;

    /// <summary>SHA-256 of its octets, where one is known.</summary>
    public virtual string? Sha256 => null;

    /// <summary>The octets, when they are in a document; null for a blob.</summary>
    /// <exception cref="InvalidDataException">They are not what they were, or not there.</exception>
    public abstract ReadOnlyMemory<byte>? Octets();

    /// <summary>The octets from a place on.</summary>
    /// <param name="from">The place within the piece.</param>
    /// <param name="isHere">Read synchronously, and only what is here.</param>
    public virtual Stream Open(long from, bool isHere) => new ReadOnlyMemoryStream(Octets()!.Value[(int)from..]);

    /// <summary>Reads all of it at once, if it is a blob that is here; false leaves it to <see cref="Open"/>.</summary>
    public virtual bool TryReadHere(Memory<byte> into) => false;

    /// <summary>The piece of a recipe's item; null when this version can not read it.</summary>
    public static MessagePiece? Of(IMessageRecipe head, RecipeItem? item, long start, Func<string, PartDocument?> parts, BlobStore? blobs)
    {
        if (item?.Reference is { } blob)
        {
            return blobs is null ? null : new InBlob(start, blob, blobs);
        }

        if (item?.Part is { } part)
        {
            return item.Size is { } size and >= 0 and <= int.MaxValue ? new InDocument(start, size, part, parts) : null;
        }

        return item is null ? null : item.Headers ? new Inline(start, HeaderFields.Write(MessageJoiner.Fields(head))) : item.B64 is { } octets ? new Inline(start, octets) : null;
    }

    private sealed class Inline(long start, ReadOnlyMemory<byte> octets) : MessagePiece(start, octets.Length)
    {
        public override ReadOnlyMemory<byte>? Octets() => octets;
    }

    private sealed class InDocument(long start, long length, string part, Func<string, PartDocument?> parts) : MessagePiece(start, length)
    {
        public override ReadOnlyMemory<byte>? Octets()
            => parts(part) is { } document && document.Raw.Length == Length && MessageSplitter.Digest(document.Raw.Span) == document.Sha256
                ? document.Raw
                : throw new InvalidDataException($"part {part} is missing or damaged.");
    }

    private sealed class InBlob(long start, BlobRef blob, BlobStore blobs) : MessagePiece(start, blob.Size)
    {
        public override string? Sha256 => blob.Sha256;

        public override ReadOnlyMemory<byte>? Octets() => null;

        public override bool TryReadHere(Memory<byte> into) => blobs.TryReadHere(blob, into);

        public override Stream Open(long from, bool isHere) => isHere ? blobs.OpenHere(blob, from) : blobs.OpenRead(blob, from);
    }
}
