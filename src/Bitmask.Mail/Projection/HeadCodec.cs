namespace Bitmask.Mail;

/// <summary>
/// Envelopes and MIME trees as columns: lists of messages are made of them, so they are in a form that is read without a parser. Strings
/// are their length and UTF-8, numbers are in seven bits an octet; null is told from empty. Documents stay JSON.
/// </summary>
internal static class HeadCodec
{
    private const byte Version = 2;

    public static byte[] Write(MessageEnvelope envelope)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Version);
        Write(writer, envelope);
        return stream.ToArray();
    }

    public static byte[] Write(IReadOnlyList<StructureNode> nodes)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Version);
        writer.Write7BitEncodedInt(nodes.Count);
        foreach (var node in nodes)
        {
            Write(writer, node);
        }

        return stream.ToArray();
    }

    /// <summary>The envelope; null when the octets are none.</summary>
    public static MessageEnvelope? ReadEnvelope(ReadOnlySpan<byte> octets)
    {
        var reader = new PackedReader(octets);
        var envelope = reader.Octet() == Version ? ReadEnvelope(ref reader) : null;
        return reader.IsAtEnd ? envelope : null;
    }

    /// <summary>The tree; null when the octets are none.</summary>
    public static MimePartInfo? ReadStructure(ReadOnlySpan<byte> octets)
    {
        var reader = new PackedReader(octets);
        if (reader.Octet() != Version)
        {
            return null;
        }

        var nodes = new List<StructureNode>();
        for (var left = reader.Count(); left > 0; left--)
        {
            nodes.Add(ReadNode(ref reader));
        }

        return reader.IsAtEnd ? StructureNodes.Build(nodes, long.MaxValue) : null;
    }

    private static void Write(BinaryWriter writer, MessageEnvelope envelope)
    {
        Write(writer, envelope.Date);
        Write(writer, envelope.Subject);
        Write(writer, envelope.InReplyTo);
        Write(writer, envelope.MessageId);
        foreach (var list in (ReadOnlySpan<IReadOnlyList<EnvelopeAddress>>)[envelope.From, envelope.Sender, envelope.ReplyTo, envelope.To, envelope.Cc, envelope.Bcc])
        {
            writer.Write7BitEncodedInt(list.Count);
            foreach (var address in list)
            {
                Write(writer, address.Name);
                Write(writer, address.Mailbox);
                Write(writer, address.Host);
                Write(writer, address.Route);
            }
        }
    }

    private static void Write(BinaryWriter writer, StructureNode node)
    {
        writer.Write7BitEncodedInt(node.Depth);
        writer.Write(node.Type);
        writer.Write7BitEncodedInt(node.Range.Count);
        foreach (var place in node.Range)
        {
            writer.Write7BitEncodedInt64(place);
        }

        writer.Write7BitEncodedInt(node.Lines);
        writer.Write(node.Encoding);
        Write(writer, node.Params);
        Write(writer, node.Id);
        Write(writer, node.Description);
        Write(writer, node.Md5);
        Write(writer, node.Disposition);
        Write(writer, node.DispositionParams);
        Write(writer, node.Languages);
        Write(writer, node.Location);
        writer.Write(node.Envelope is not null);
        if (node.Envelope is { } envelope)
        {
            Write(writer, envelope);
        }
    }

    private static void Write(BinaryWriter writer, IReadOnlyList<IReadOnlyList<string>>? pairs)
        => Write(writer, pairs?.Where(static pair => pair is [not null, not null]).SelectMany(static pair => pair).ToList());

    internal static void Write(BinaryWriter writer, IReadOnlyList<string>? texts)
    {
        writer.Write7BitEncodedInt(texts?.Count ?? 0);
        foreach (var text in texts ?? [])
        {
            writer.Write(text ?? "");
        }
    }

    internal static void Write(BinaryWriter writer, string? text)
    {
        writer.Write(text is not null);
        if (text is not null)
        {
            writer.Write(text);
        }
    }

    private static MessageEnvelope ReadEnvelope(ref PackedReader reader)
    {
        var (date, subject, reply, id) = (reader.TextOrNull(), reader.TextOrNull(), reader.TextOrNull(), reader.TextOrNull());
        return new MessageEnvelope(
            date, subject, Addresses(ref reader), Addresses(ref reader), Addresses(ref reader), Addresses(ref reader), Addresses(ref reader), Addresses(ref reader), reply, id);
    }

    private static EnvelopeAddress[] Addresses(ref PackedReader reader)
    {
        var count = reader.Count();
        var addresses = count == 0 ? [] : new EnvelopeAddress[count];
        for (var i = 0; i < addresses.Length; i++)
        {
            addresses[i] = new EnvelopeAddress(reader.TextOrNull(), reader.TextOrNull(), reader.TextOrNull(), reader.TextOrNull());
        }

        return addresses;
    }

    private static StructureNode ReadNode(ref PackedReader reader)
    {
        var (depth, type) = ((int)reader.Number(), reader.Text());
        var range = new long[reader.Count()];
        for (var i = 0; i < range.Length; i++)
        {
            range[i] = reader.Number();
        }

        return new StructureNode
        {
            Depth = depth,
            Type = type,
            Range = range,
            Lines = (int)reader.Number(),
            Encoding = reader.Text(),
            Params = Pairs(ref reader),
            Id = reader.TextOrNull(),
            Description = reader.TextOrNull(),
            Md5 = reader.TextOrNull(),
            Disposition = reader.TextOrNull(),
            DispositionParams = Pairs(ref reader),
            Languages = Texts(ref reader),
            Location = reader.TextOrNull(),
            Envelope = reader.Octet() == 0 ? null : ReadEnvelope(ref reader),
        };
    }

    private static IReadOnlyList<string>[]? Pairs(ref PackedReader reader)
        => Texts(ref reader) is { } texts ? [.. texts.Chunk(2)] : null;

    internal static string[]? Texts(ref PackedReader reader)
    {
        var count = reader.Count();
        var texts = count == 0 ? null : new string[count];
        for (var i = 0; i < count; i++)
        {
            texts![i] = reader.Text();
        }

        return texts;
    }
}
