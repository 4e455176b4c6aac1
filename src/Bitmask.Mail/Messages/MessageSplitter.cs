using System.Security.Cryptography;

namespace Bitmask.Mail;

/// <summary>A message taken apart: its head, without the ids that filing gives, and the octets that go into part documents.</summary>
internal sealed class SplitMessage(HeadDocument head, IReadOnlyList<SplitPart> parts)
{
    public HeadDocument Head { get; } = head;

    public IReadOnlyList<SplitPart> Parts { get; } = parts;

    /// <summary>The documents of the message under an id, parts first: the head is there only when all it names is.</summary>
    public IEnumerable<(string Id, string Json)> Documents(HeadId id)
    {
        for (var n = 0; n < Parts.Count; n++)
        {
            var part = Parts[n];
            yield return (DocumentIds.Part(id, n), MailJson.Write(
                new PartDocument { Raw = part.Octets, Size = part.Octets.Length, Sha256 = MessageSplitter.Digest(part.Octets.Span), Message = Head.Sha256, ContentType = part.ContentType },
                MailJson.Part));
        }

        var number = 0;
        var recipe = Head.Recipe.Select(item => item.Part is null ? item : item with { Part = DocumentIds.Part(id, number++) }).ToList();
        yield return (DocumentIds.Of(id), MailJson.Write(Head with { Eid = id.ToString(), Recipe = recipe }, MailJson.Head));
    }
}

/// <summary>Octets for one part document.</summary>
internal sealed record SplitPart(ReadOnlyMemory<byte> Octets, string ContentType);

/// <summary>
/// Takes a message apart so that its pieces, put together again, are the same octets: the MIME tree only says where to cut, nothing is
/// ever written anew. A small message stays whole in its head; of a larger one, the bodies of large parts become documents.
/// </summary>
internal static class MessageSplitter
{
    /// <summary>A message up to this many octets is kept whole in its head.</summary>
    internal const int MaxInlineMessage = 32 * 1024;

    /// <summary>A part's body from this many octets on gets its own document.</summary>
    internal const int MinPart = 8 * 1024;

    /// <summary>Most octets in one part document; a longer body is several.</summary>
    internal const int MaxPart = 4 * 1024 * 1024;

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
            for (position = cut.Start; position < cut.Start + cut.Length;)
            {
                var octets = raw.Slice(position, Math.Min(MaxPart, cut.Start + cut.Length - position));
                recipe.Add(new RecipeItem { Part = "", Size = octets.Length });
                parts.Add(new SplitPart(octets, cut.ContentType));
                position += octets.Length;
            }
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
                all.Add(new Cut(start, cut.Start - start, "application/octet-stream"));
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
