using System.Text;
using Bitmask.OpenPgp;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Keys.Documents;

/// <summary>
/// Under which names documents of keys are found: the address that an active or a peer document is about; the fingerprint of a key, and of a public one the addresses it is for
/// and the key ids of it and its subkeys, by which a signature names its maker. Derived from the documents, so that no question about one key has to look at all, whatever
/// ids other programs gave them.
/// </summary>
internal sealed class KeyNames : IDocumentProjection
{
    private static readonly CertificateLimits OwnDocuments = new() { MaxOctets = int.MaxValue };

    public string Component => "key-names";

    public IReadOnlyList<Migration> Migrations { get; } =
    [
        new("key-names", 1, """
            -- name: the type of the document and an address in lower case, a fingerprint, or a key id of 16 upper-case hex digits.
            CREATE TABLE key_name(name TEXT NOT NULL, doc_id TEXT NOT NULL, PRIMARY KEY(name, doc_id)) STRICT, WITHOUT ROWID;
            """),
    ];

    public bool Handles(string documentType) => documentType is KeyDocument.DocumentType or ActiveDocument.DocumentType or PeerDocument.DocumentType;

    public void Apply(WriteTransaction tx, Document? before, Document? after)
    {
        var (old, current) = (NamesIn(before?.Json), NamesIn(after?.Json));
        var id = (after ?? before)!.Id;
        foreach (var name in current.Except(old))
        {
            tx.Execute("INSERT INTO key_name(name, doc_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING", name, id); // salvage may have left it
        }

        foreach (var name in old.Except(current))
        {
            tx.Execute("DELETE FROM key_name WHERE name = ?1 AND doc_id = ?2", name, id);
        }
    }

    /// <summary>The documents of a type that have a name.</summary>
    public static IEnumerable<Document> Find(StoreReader reader, string type, string name)
        => reader.Sql.Query("SELECT doc_id FROM key_name WHERE name = ?1", static row => row.GetText(0), Name(type, name)).Select(reader.Get).OfType<Document>();

    private static string Name(string type, string name) => type + ":" + name;

    private static HashSet<string> NamesIn(string? json)
    {
        if (KeyDocuments.Read(json, KeyJson.Default.KeyDocument) is { Type: KeyDocument.DocumentType } key)
        {
            return [.. (key.Private ? [key.Fingerprint] : key.Uids.Concat(KeyIdsIn(key)).Append(key.Fingerprint)).Select(static name => Name(KeyDocument.DocumentType, name))];
        }

        if (KeyDocuments.Read(json, KeyJson.Default.ActiveDocument) is { Type: ActiveDocument.DocumentType } active)
        {
            return [Name(ActiveDocument.DocumentType, active.Address.ToLowerInvariant())];
        }

        return KeyDocuments.Read(json, KeyJson.Default.PeerDocument) is { Type: PeerDocument.DocumentType } peer ? [Name(PeerDocument.DocumentType, peer.Address.ToLowerInvariant())] : [];
    }

    private static IEnumerable<string> KeyIdsIn(KeyDocument key)
    {
        try
        {
            return OpenPgpCertificate.Parse(Encoding.UTF8.GetBytes(key.KeyData), OwnDocuments).KeyIds;
        }
        catch (OpenPgpFormatException)
        {
            return [];
        }
    }
}
