using System.Buffers;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.SoledadServer;

/// <summary>What a document may look like, as far as a server can tell. Refusals are <see cref="SoledadProtocolException"/>s.</summary>
internal static class ContentRules
{
    private const int MaxIdLength = 255;
    private static readonly SearchValues<char> Base64Url = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Checks one entry of an upload.</summary>
    public static void Check(SyncEntry entry, AccountMode mode)
    {
        if (!DocumentId.IsValid(entry.Id) || entry.Id.Length > MaxIdLength)
        {
            throw new SoledadProtocolException(WireErrors.InvalidDocumentId);
        }

        if (!Revision.TryParse(entry.Rev, out _))
        {
            throw new SoledadProtocolException("Not a revision.");
        }

        if (mode == AccountMode.Sealed)
        {
            CheckSealed(entry.Content);
        }
        else if (entry.Content is { } content && !DocumentContent.IsObject(content))
        {
            throw new SoledadProtocolException(WireErrors.Generic, "The content is no JSON object.");
        }
    }

    /// <summary>
    /// A sealed account holds nothing but method 4 (security.md A4, A8), deletions included: a client that errs, or one that was
    /// talked into another mode, is stopped before anything readable is stored.
    /// </summary>
    private static void CheckSealed(string? content)
    {
        if (content is null || !content.StartsWith(SealedHeader.ContentPrefix, StringComparison.Ordinal) || !content.EndsWith(SealedHeader.ContentSuffix, StringComparison.Ordinal))
        {
            throw new SoledadProtocolException("A sealed account takes sealed documents only.");
        }

        var start = SealedHeader.ContentPrefix.LastIndexOf('"') + 1;
        if (content.AsSpan(start, content.Length - start - SealedHeader.ContentSuffix.Length).ContainsAnyExcept(Base64Url))
        {
            throw new SoledadProtocolException("A sealed document is base64url and nothing else.");
        }
    }
}
