using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bitmask.Primitives;
using Bitmask.Soledad;

namespace Bitmask.Keys.Documents;

/// <summary>
/// Finds and writes the two kinds of documents. Their ids are made from what they are about, so that two devices that learn of a
/// key at the same time write one document; copies under other ids, as old clients left them, are read, too, and cleared away by
/// the next write.
/// </summary>
internal sealed class KeyDocuments(bool randomIds)
{
    public static KeyDocument? FindKey(StoreReader reader, Fingerprint fingerprint, bool isPrivate)
        => BestKey(Copies(reader, fingerprint, isPrivate)).Content;

    public static ActiveDocument? FindActive(StoreReader reader, EmailAddress address, bool isPrivate)
        => BestActive(reader, Copies(reader, address, isPrivate)).Content;

    public static PeerDocument? FindPeer(StoreReader reader, EmailAddress address) => PeerCopies(reader, address) is [var first, ..] ? first.Content : null;

    public static IEnumerable<KeyDocument> Keys(StoreReader reader, bool isPrivate)
        => All(reader, KeyDocument.DocumentType, KeyJson.Default.KeyDocument)
            .Where(copy => copy.Content.Private == isPrivate)
            .GroupBy(copy => copy.Content.Fingerprint)
            .Select(copies => BestKey(copies).Content!);

    /// <summary>The public keys for an address, or with a key id.</summary>
    public static IEnumerable<KeyDocument> Named(StoreReader reader, string name)
        => Named(reader, KeyDocument.DocumentType, name, KeyJson.Default.KeyDocument)
            .Where(copy => !copy.Content.Private)
            .GroupBy(copy => copy.Content.Fingerprint)
            .Select(copies => BestKey(copies).Content!);

    public static IEnumerable<ActiveDocument> Actives(StoreReader reader, bool isPrivate)
        => All(reader, ActiveDocument.DocumentType, KeyJson.Default.ActiveDocument)
            .Where(copy => copy.Content.Private == isPrivate)
            .GroupBy(copy => copy.Content.Address)
            .Select(copies => BestActive(reader, copies).Content!);

    public void Put(StoreTransaction transaction, KeyDocument key)
    {
        var copies = Copies(transaction, new Fingerprint(key.Fingerprint), key.Private);
        var id = randomIds ? null : KeyId(new Fingerprint(key.Fingerprint), key.Private);
        Put(transaction, copies.ConvertAll(copy => copy.Document), BestKey(copies).Document, id, JsonSerializer.Serialize(key, KeyJson.Default.KeyDocument));
    }

    public void Put(StoreTransaction transaction, ActiveDocument active)
    {
        var copies = Copies(transaction, EmailAddress.Parse(active.Address), active.Private);
        var id = randomIds ? null : ActiveId(EmailAddress.Parse(active.Address), active.Private);
        Put(transaction, copies.ConvertAll(copy => copy.Document), BestActive(transaction, copies).Document, id, JsonSerializer.Serialize(active, KeyJson.Default.ActiveDocument));
    }

    public void Put(StoreTransaction transaction, PeerDocument peer)
    {
        var copies = PeerCopies(transaction, EmailAddress.Parse(peer.Address));
        var id = randomIds ? null : "KP-" + HashOf(EmailAddress.Parse(peer.Address));
        Put(transaction, copies.ConvertAll(copy => copy.Document), copies.FirstOrDefault().Document, id, JsonSerializer.Serialize(peer, KeyJson.Default.PeerDocument));
    }

    public static void DeleteActive(StoreTransaction transaction, EmailAddress address)
    {
        foreach (var copy in Copies(transaction, address, isPrivate: false))
        {
            transaction.Delete(copy.Document.Id, copy.Document.Rev);
        }
    }

    public static void DeleteKey(StoreTransaction transaction, Fingerprint fingerprint)
    {
        foreach (var copy in Copies(transaction, fingerprint, isPrivate: false))
        {
            transaction.Delete(copy.Document.Id, copy.Document.Rev);
        }
    }

    internal static T? Read<T>(string? json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return json is null ? null : JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException)
        {
            // Not what it says it is; as if it were not there.
            return null;
        }
    }

    private static string KeyId(Fingerprint fingerprint, bool isPrivate) => $"K-{fingerprint.Value}{(isPrivate ? "-secret" : "")}";

    private static string ActiveId(EmailAddress address, bool isPrivate)
        => "KA-" + HashOf(address) + (isPrivate ? "-secret" : "");

    private static string HashOf(EmailAddress address) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address.Canonical)))[..32];

    private static List<(Document Document, PeerDocument Content)> PeerCopies(StoreReader reader, EmailAddress address)
        => [.. Named(reader, PeerDocument.DocumentType, address.Canonical, KeyJson.Default.PeerDocument)];

    private static List<(Document Document, KeyDocument Content)> Copies(StoreReader reader, Fingerprint fingerprint, bool isPrivate)
        => [.. Named(reader, KeyDocument.DocumentType, fingerprint.Value, KeyJson.Default.KeyDocument).Where(copy => copy.Content.Fingerprint == fingerprint.Value && copy.Content.Private == isPrivate)];

    private static List<(Document Document, ActiveDocument Content)> Copies(StoreReader reader, EmailAddress address, bool isPrivate)
        => [.. Named(reader, ActiveDocument.DocumentType, address.Canonical, KeyJson.Default.ActiveDocument).Where(copy => copy.Content.Private == isPrivate)];

    private static IEnumerable<(Document Document, T Content)> Named<T>(StoreReader reader, string type, string name, JsonTypeInfo<T> json)
        where T : class
        => Read(KeyNames.Find(reader, type, name), json);

    private static IEnumerable<(Document Document, T Content)> All<T>(StoreReader reader, string type, JsonTypeInfo<T> json)
        where T : class
        => Read(reader.GetByType(type), json);

    private static IEnumerable<(Document Document, T Content)> Read<T>(IEnumerable<Document> documents, JsonTypeInfo<T> json)
        where T : class
        => documents.Select(document => (document, Read(document.Json, json))).Where(copy => copy.Item2 is not null).Select(copy => (copy.document, copy.Item2!));

    private static (Document? Document, KeyDocument? Content) BestKey(IEnumerable<(Document Document, KeyDocument Content)> copies)
        => copies.OrderByDescending(copy => copy.Content.RefreshedAt).ThenBy(copy => copy.Document.Id, StringComparer.Ordinal).FirstOrDefault();

    private static (Document? Document, ActiveDocument? Content) BestActive(StoreReader reader, IEnumerable<(Document Document, ActiveDocument Content)> copies)
    {
        var all = copies.ToList();
        return all.Count < 2 ? all.FirstOrDefault() : all
            .OrderByDescending(copy => copy.Content.TimesUsed)
            .ThenByDescending(copy => FindKey(reader, new Fingerprint(copy.Content.Fingerprint), copy.Content.Private)?.RefreshedAt ?? 0)
            .ThenBy(copy => copy.Document.Id, StringComparer.Ordinal)
            .First();
    }

    private static void Put(StoreTransaction transaction, List<Document> copies, Document? best, string? newId, string json)
    {
        foreach (var copy in copies.Where(copy => copy.Id != best!.Id))
        {
            transaction.Delete(copy.Id, copy.Rev);
        }

        if (best is null)
        {
            transaction.Create(newId, json);
        }
        else if (best.Json != json)
        {
            transaction.Put(best.Id, best.Rev, json);
        }
    }
}
