using System.Globalization;

namespace Bitmask.Protocol.Soledad;

/// <summary>Names, limits and headers of the blob requests that both sides know.</summary>
public static class BlobWire
{
    /// <summary>Content type of a batch in both directions.</summary>
    public const string BatchType = "application/x-bitmask-blobs";

    /// <summary>How many octets of an upload the server has; the next part begins there.</summary>
    public const string UploadOffset = "Upload-Offset";

    /// <summary><c>?1</c> when the blob is whole, <c>?0</c> while parts are missing.</summary>
    public const string UploadComplete = "Upload-Complete";

    /// <summary>LEAP's header with the last 16 octets of the stored blob in base64url.</summary>
    public const string Tag = "Tag";

    /// <summary>Most blobs in one batch.</summary>
    public const int MaxBatchBlobs = 1024;

    /// <summary>Largest stored blob that travels in a batch; larger ones go alone, where they can be resumed.</summary>
    public const int MaxBatchBlobOctets = 256 * 1024;

    /// <summary>Writes <c>bytes from-to/total</c> (RFC 9110 §14.4), the end included.</summary>
    public static string ContentRange(long from, long length, long total)
        => string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{from + length - 1}/{total}");

    /// <summary>Reads <c>bytes from-to/total</c>; false for anything else, an unknown total included.</summary>
    public static bool TryParseContentRange(string? text, out long from, out long length, out long total)
    {
        (from, length, total) = (0, 0, 0);
        if (text is null || !text.StartsWith("bytes ", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var rest = text.AsSpan("bytes ".Length).Trim();
        var (dash, slash) = (rest.IndexOf('-'), rest.IndexOf('/'));
        if (dash <= 0 || slash < dash || !TryNumber(rest[..dash], out from) || !TryNumber(rest[(dash + 1)..slash], out var last) || !TryNumber(rest[(slash + 1)..], out total)
            || last < from || last >= total)
        {
            return false;
        }

        length = last - from + 1;
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

/// <summary>Answer to <c>GET /blobs/UUID/?only_count=1</c>.</summary>
/// <param name="Count">How many blobs the list would have.</param>
public sealed record BlobCount([property: System.Text.Json.Serialization.JsonPropertyName("count")] long Count);
