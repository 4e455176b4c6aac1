using System.Security.Cryptography;
using Bitmask.Soledad;

namespace Bitmask.Mail;

/// <summary>A message taken apart: its head, without the ids that filing gives, and the octets that go into part documents or blobs.</summary>
internal sealed class SplitMessage(HeadDocument head, IReadOnlyList<SplitPart> parts)
{
    public HeadDocument Head { get; } = head;

    public IReadOnlyList<SplitPart> Parts { get; } = parts;

    /// <summary>What ties it to other messages.</summary>
    public ThreadKeys Keys { get; } = ThreadKeys.Of([.. MessageJoiner.Fields(head)]);

    /// <summary>The documents of the message under an id, parts first: the head is there only when all documents that it names are.</summary>
    public IEnumerable<(string Id, string Json)> Documents(HeadId id, ThreadId? thread = null)
    {
        var recipe = new List<RecipeItem>();
        var (number, at) = (0, 0);
        foreach (var item in Head.Recipe)
        {
            if (item.Part is null)
            {
                recipe.Add(item);
                continue;
            }

            var part = Parts[at++];
            if (part.Blob is { } blob)
            {
                recipe.Add(RecipeItem.Of(blob));
                continue;
            }

            for (var position = 0; position < part.Octets.Length; position += MessageSplitter.MaxPart)
            {
                var octets = part.Octets.Slice(position, Math.Min(MessageSplitter.MaxPart, part.Octets.Length - position));
                var document = DocumentIds.Part(id, number++);
                recipe.Add(new RecipeItem { Part = document, Size = octets.Length });
                yield return (document, PartJson(octets, Head.Sha256, part.ContentType));
            }
        }

        yield return (DocumentIds.Of(id), MailJson.Write(Head with { Eid = id.ToString(), Thread = thread?.ToString(), Recipe = recipe, Keys = Keys }, MailJson.Head));
    }

    /// <summary>A part document.</summary>
    public static string PartJson(ReadOnlyMemory<byte> octets, string message, string contentType)
        => MailJson.Write(
            new PartDocument { Raw = octets, Size = octets.Length, Sha256 = MessageSplitter.Digest(octets.Span), Message = message, ContentType = contentType }, MailJson.Part);
}

/// <summary>The octets of one part of a message, outside of the head.</summary>
internal sealed class SplitPart(ReadOnlyMemory<byte> octets, string contentType)
{
    public ReadOnlyMemory<byte> Octets { get; } = octets;

    public string ContentType { get; } = contentType;

    /// <summary>Whether they are to go into a blob.</summary>
    public bool IsLarge => Octets.Length > MessageSplitter.MaxDocumentPart;

    /// <summary>The blob that they went into; null while they go into documents.</summary>
    public BlobRef? Blob { get; set; }
}

/// <summary>
/// Takes a message apart so that its pieces, put together again, are the same octets: the MIME tree only says where to cut, nothing is
/// ever written anew. A small message stays whole in its head; of a larger one, the bodies of large parts become documents, those of very large ones blobs.
/// </summary>
internal static class MessageSplitter
{
    /// <summary>A message up to this many octets is kept whole in its head.</summary>
    internal const int MaxInlineMessage = 32 * 1024;

    /// <summary>A part's body from this many octets on gets its own document.</summary>
    internal const int MinPart = 8 * 1024;

    /// <summary>A part's body over this many octets goes into a blob, when the account has a store for them (docs/decisions/0011).</summary>
    internal const int MaxDocumentPart = 64 * 1024;

    /// <summary>Most octets in one part document; a longer body is several.</summary>
    internal const int MaxPart = 4 * 1024 * 1024;

    /// <summary>The type of octets that belong to no part.</summary>
    internal const string UnknownType = "application/octet-stream";

    /// <summary>What may stay in the head; beyond it, everything large after the header is cut out, part of the tree or not.</summary>
    private const int MaxInline = 256 * 1024;

    /// <summary>A tree that takes more than this to write down is an attack: the message is then one text.</summary>
    private const int MaxStructure = 1024 * 1024;

    public static SplitMessage Split(ReadOnlyMemory<byte> raw)
    {
        var root = StructureReader.Read(raw);
        var structure = StructureNodes.Flatten(root);
        if (raw.Length > MaxStructure && MailJson.WriteBytes(structure, MailJson.Structure).Length > MaxStructure)
        {
            root = StructureReader.Text(raw);
            structure = StructureNodes.Flatten(root);
        }

        var cuts = raw.Length <= MaxInlineMessage ? [] : Cuts(root);
        if (raw.Length - cuts.Sum(cut => cut.Length) > MaxInline)
        {
            cuts = WithGaps(cuts, (int)root.BodyOffset, raw.Length);
        }

        var header = raw[..(int)root.BodyOffset];
        var fields = HeaderFields.Parse(header.Span, out var exact);
        var written = exact ? HeaderFields.Write(fields) : [];
        exact = exact && header.Span.StartsWith(written);

        var recipe = new List<RecipeItem>();
        var parts = new List<SplitPart>();
        var position = 0;
        if (exact && written.Length > 0)
        {
            recipe.Add(new RecipeItem { Headers = true });
            position = written.Length;
        }

        foreach (var cut in cuts)
        {
            AddInline(recipe, raw, position, cut.Start);
            recipe.Add(new RecipeItem { Part = "", Size = cut.Length });
            parts.Add(new SplitPart(raw.Slice(cut.Start, cut.Length), cut.ContentType));
            position = cut.Start + cut.Length;
        }

        AddInline(recipe, raw, position, raw.Length);
        var head = new HeadDocument
        {
            Eid = "",
            Sha256 = Digest(raw.Span),
            Size = raw.Length,
            Msgid = EnvelopeReader.First(fields, "Message-ID"),
            Subject = EnvelopeReader.First(fields, "Subject"),
            Date = EnvelopeReader.First(fields, "Date"),
            Preview = Preview.Of(raw, root),
            HeaderSize = root.BodyOffset,
            HeadersList = [.. fields.Select(field => (IReadOnlyList<string>)[field.Name, field.Raw])],
            Structure = structure,
            Recipe = recipe,
        };
        return new SplitMessage(head, parts);
    }

    /// <summary>SHA-256 as the documents write it.</summary>
    public static string Digest(ReadOnlySpan<byte> octets) => Convert.ToHexStringLower(SHA256.HashData(octets));

    private static void AddInline(List<RecipeItem> recipe, ReadOnlyMemory<byte> raw, int start, int end)
    {
        if (end > start)
        {
            recipe.Add(new RecipeItem { B64 = raw[start..end] });
        }
    }

    private static List<Cut> Cuts(MimePartInfo root)
    {
        var cuts = new List<Cut>();
        AddCuts(root, cuts);
        return cuts;
    }

    private static void AddCuts(MimePartInfo part, List<Cut> cuts)
    {
        if (part.Message is not null)
        {
            AddCuts(part.Message, cuts);
        }
        else if (part.IsMultipart)
        {
            foreach (var child in part.Parts)
            {
                AddCuts(child, cuts);
            }
        }
        else if (part.Size >= MinPart)
        {
            cuts.Add(new Cut((int)part.BodyOffset, (int)part.Size, part.Type + "/" + part.Subtype));
        }
    }

    private static List<Cut> WithGaps(List<Cut> cuts, int start, int end)
    {
        var all = new List<Cut>();
        foreach (var cut in cuts.Append(new Cut(end, 0, "")))
        {
            if (cut.Start - start >= MinPart)
            {
                all.Add(new Cut(start, cut.Start - start, UnknownType));
            }

            if (cut.Length > 0)
            {
                all.Add(cut);
            }

            start = cut.Start + cut.Length;
        }

        return all;
    }

    private readonly record struct Cut(int Start, int Length, string ContentType);
}
