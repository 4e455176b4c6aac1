namespace Bitmask.Mail;

/// <summary>One node of a MIME tree as it is stored. The tree is written flat, in pre-order, so that a deep one can not overwhelm a JSON reader.</summary>
internal sealed record StructureNode
{
    /// <summary>Number of nodes above this one.</summary>
    public int Depth { get; init; }

    /// <summary>Media type, <c>type/subtype</c>.</summary>
    public required string Type { get; init; }

    /// <summary>First octet of the header, first octet of the body, octet after the body.</summary>
    public required IReadOnlyList<long> Range { get; init; }

    public int Lines { get; init; }

    public required string Encoding { get; init; }

    /// <summary>Content-Type's parameters: name and value of each.</summary>
    public IReadOnlyList<IReadOnlyList<string>>? Params { get; init; }

    public string? Id { get; init; }

    public string? Description { get; init; }

    public string? Md5 { get; init; }

    public string? Disposition { get; init; }

    public IReadOnlyList<IReadOnlyList<string>>? DispositionParams { get; init; }

    public IReadOnlyList<string>? Languages { get; init; }

    public string? Location { get; init; }

    /// <summary>Present when the next node is the message inside this one: its envelope.</summary>
    public MessageEnvelope? Envelope { get; init; }
}

/// <summary>Writes a MIME tree flat and reads it back.</summary>
internal static class StructureNodes
{
    private const int MaxDepth = 256;

    public static IReadOnlyList<StructureNode> Flatten(MimePartInfo root)
    {
        var nodes = new List<StructureNode>();
        Add(root, 0, nodes);
        return nodes;
    }

    /// <summary>The tree; null when the nodes are not one, or point outside of a message of <paramref name="size"/> octets.</summary>
    public static MimePartInfo? Build(IReadOnlyList<StructureNode>? nodes, long size)
    {
        var position = 0;
        return nodes is { Count: > 0 } && nodes.All(node => node is not null) && nodes[0].Depth == 0 && Build(nodes, ref position, size) is { } root && position == nodes.Count ? root : null;
    }

    private static void Add(MimePartInfo part, int depth, List<StructureNode> nodes)
    {
        nodes.Add(new StructureNode
        {
            Depth = depth,
            Type = part.Type + "/" + part.Subtype,
            Range = [part.Offset, part.BodyOffset, part.End],
            Lines = part.Lines,
            Encoding = part.Encoding,
            Params = Write(part.Parameters),
            Id = part.Id,
            Description = part.Description,
            Md5 = part.Md5,
            Disposition = part.Disposition,
            DispositionParams = Write(part.DispositionParameters),
            Languages = part.Languages.Count == 0 ? null : part.Languages,
            Location = part.Location,
            Envelope = part.Message is null ? null : part.Envelope ?? MessageEnvelope.Empty,
        });
        foreach (var child in part.Message is null ? part.Parts : [part.Message])
        {
            Add(child, depth + 1, nodes);
        }
    }

    private static MimePartInfo? Build(IReadOnlyList<StructureNode> nodes, ref int position, long size)
    {
        var node = nodes[position++];
        var slash = node.Type.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || node.Depth > MaxDepth || node.Range is not [>= 0 and var offset, var body, var end]
            || body < offset || end < body || end > size)
        {
            return null;
        }

        var children = new List<MimePartInfo>();
        while (position < nodes.Count && nodes[position].Depth == node.Depth + 1)
        {
            if (Build(nodes, ref position, size) is not { } child)
            {
                return null;
            }

            children.Add(child);
        }

        var part = new MimePartInfo
        {
            Type = node.Type[..slash],
            Subtype = node.Type[(slash + 1)..],
            Parameters = Read(node.Params),
            Id = node.Id,
            Description = node.Description,
            Encoding = node.Encoding,
            Offset = offset,
            BodyOffset = body,
            End = end,
            Lines = node.Lines,
            Md5 = node.Md5,
            Disposition = node.Disposition,
            DispositionParameters = Read(node.DispositionParams),
            Languages = node.Languages ?? [],
            Location = node.Location,
        };
        return (node.Envelope, children) switch
        {
            (null, _) => part with { Parts = children },
            (_, [var message]) => part with { Message = message, Envelope = node.Envelope },
            _ => null,
        };
    }

    private static IReadOnlyList<string>[]? Write(IReadOnlyList<MimeParameter> parameters)
        => parameters.Count == 0 ? null : [.. parameters.Select(parameter => (IReadOnlyList<string>)[parameter.Name, parameter.Value])];

    private static MimeParameter[] Read(IReadOnlyList<IReadOnlyList<string>>? pairs)
        => pairs is null ? [] : [.. pairs.Where(pair => pair is [not null, not null]).Select(pair => new MimeParameter(pair[0], pair[1]))];
}
