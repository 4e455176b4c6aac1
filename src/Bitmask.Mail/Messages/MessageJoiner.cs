using System.Security.Cryptography;

namespace Bitmask.Mail;

/// <summary>Puts a message together by its recipe.</summary>
internal static class MessageJoiner
{
    /// <summary>The message's octets, or null with the reason why they are not to be had.</summary>
    /// <param name="head">The head.</param>
    /// <param name="parts">Reads a part document by its id.</param>
    /// <param name="damage">Why the answer is null.</param>
    public static byte[]? Join(IMessageRecipe head, Func<string, PartDocument?> parts, out string damage)
    {
        damage = "";
        if (head.Size is < 0 or > int.MaxValue)
        {
            damage = "its size is impossible.";
            return null;
        }

        var message = new byte[head.Size];
        var position = 0;
        foreach (var item in head.Recipe)
        {
            if (Piece(head, item, parts) is not { } piece)
            {
                damage = item?.Part is null ? "its recipe names octets that this version can not read." : $"part {item.Part} is missing.";
                return null;
            }

            if (piece.Length > message.Length - position)
            {
                damage = "its pieces are longer than it is.";
                return null;
            }

            piece.Span.CopyTo(message.AsSpan(position));
            position += piece.Length;
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(message, digest);
        if (position != message.Length || !head.Sha256.AsSpan().SequenceEqual(Convert.ToHexStringLower(digest)))
        {
            damage = "its SHA-256 differs.";
            return null;
        }

        return message;
    }

    /// <summary>The header's octets, from the head alone, or null.</summary>
    public static byte[]? Header(HeadDocument head)
    {
        if (head.HeaderSize < 0 || head.HeaderSize > head.Size)
        {
            return null;
        }

        var header = new MemoryStream();
        foreach (var item in head.Recipe)
        {
            if (header.Length >= head.HeaderSize || Piece(head, item, static _ => null) is not { } piece)
            {
                break;
            }

            header.Write(piece.Span);
        }

        return header.Length >= head.HeaderSize ? header.ToArray()[..(int)head.HeaderSize] : null;
    }

    private static ReadOnlyMemory<byte>? Piece(IMessageRecipe head, RecipeItem? item, Func<string, PartDocument?> parts)
    {
        if (item is null)
        {
            return null;
        }

        if (item.Headers)
        {
            return HeaderFields.Write(Fields(head));
        }

        return item.B64 ?? (item.Part is null ? null : parts(item.Part)?.Raw);
    }

    /// <summary>The header fields as the head holds them.</summary>
    public static IEnumerable<HeaderField> Fields(IMessageRecipe head)
        => head.HeadersList.Where(pair => pair is [not null, not null]).Select(pair => new HeaderField(pair[0], pair[1]));
}
