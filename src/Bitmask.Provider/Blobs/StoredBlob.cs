using Bitmask.Primitives;

namespace Bitmask.Provider.Blobs;

/// <summary>Whose blob, in which namespace, by which name. All three are checked before a key is made: they become a path.</summary>
internal readonly record struct BlobKey(UserId Account, string Namespace, string Name);

/// <summary>What the database says of a blob.</summary>
/// <param name="Seq">Order of arrival.</param>
/// <param name="Key">Which one.</param>
/// <param name="Size">Stored octets.</param>
/// <param name="Hash">SHA-256 of them, taken when they came; null when they are gone for good and only the name is remembered.</param>
/// <param name="Flags">See <see cref="BlobFlags"/>.</param>
/// <param name="Deleted">Since when it is in the trash.</param>
internal sealed record StoredBlob(long Seq, BlobKey Key, long Size, byte[]? Hash, int Flags, long? Deleted)
{
    public bool IsDeleted => Deleted is not null;

    public bool HasContent => Hash is not null;
}

/// <summary>LEAP's four flags as bits.</summary>
internal static class BlobFlags
{
    private static readonly string[] Names = ["PENDING", "PROCESSING", "PROCESSED", "FAILED"];

    /// <summary>Null when one is unknown; <paramref name="unknown"/> says which.</summary>
    public static int? Parse(IEnumerable<string> names, out string? unknown)
    {
        var bits = 0;
        foreach (var name in names)
        {
            var at = Array.IndexOf(Names, name);
            if (at < 0)
            {
                unknown = name;
                return null;
            }

            bits |= 1 << at;
        }

        unknown = null;
        return bits;
    }

    public static List<string> Format(int bits) => [.. Names.Where((_, at) => (bits & (1 << at)) != 0)];
}
