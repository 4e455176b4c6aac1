using System.Buffers;

namespace Bitmask.Protocol.Soledad;

/// <summary>What blobs and their namespaces may be called. The names become parts of paths at the server, so nothing else passes.</summary>
public static class BlobName
{
    /// <summary>Longest name of a blob or a namespace.</summary>
    public const int MaxLength = 128;

    /// <summary>The namespace of a request that names none.</summary>
    public const string DefaultNamespace = "default";

    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Letters, digits, <c>-</c> and <c>_</c>, at least one, at most <see cref="MaxLength"/>.</summary>
    public static bool IsValid(ReadOnlySpan<char> name) => name.Length is > 0 and <= MaxLength && !name.ContainsAnyExcept(Allowed);
}
