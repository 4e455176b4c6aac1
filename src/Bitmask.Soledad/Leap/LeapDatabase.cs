using Bitmask.Primitives;
using Bitmask.Sqlite;

namespace Bitmask.Soledad.Leap;

/// <summary>
/// The local database of a LEAP client (<c>&lt;uuid&gt;.db</c>), to be read by who moves from there to here; it is never written. Its documents are
/// in clear inside, so nothing has to be decrypted but the file.
/// </summary>
public sealed class LeapDatabase : IDisposable
{
    private const int PageSize = 128;

    /// <summary>What SQLCipher 2 and 3 did unasked, with the pages and rounds that LEAP's clients set.</summary>
    private static readonly LegacyCipher Cipher = new(PageOctets: 1024, KdfRounds: 4000, HashAlgorithm: "SHA1");

    private readonly LegacyDatabase _database;

    private LeapDatabase(LegacyDatabase database)
    {
        _database = database;
        ReplicaUid = database.Read(static sql => sql.ScalarText("SELECT value FROM u1db_config WHERE name = 'replica_uid'"))
            ?? throw new DatabaseDamagedException("The database has no replica uid; it is none of a LEAP client.");
        Generation = database.Read(static sql => sql.ScalarInt64("SELECT max(generation) FROM transaction_log")) ?? 0;
    }

    /// <summary>The copy's name in revisions. No other store may take it.</summary>
    public string ReplicaUid { get; }

    /// <summary>Number of the latest change.</summary>
    public long Generation { get; }

    /// <summary>Opens the database with the account's secrets, as the client's <c>&lt;uuid&gt;.secret</c> has them.</summary>
    /// <exception cref="WrongDatabaseKeyException">The secrets are of another account.</exception>
    /// <exception cref="DatabaseDamagedException">It is no database of a LEAP client.</exception>
    public static LeapDatabase Open(string path, LeapSecrets secrets)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        using var key = secrets.DeriveLocalKey();
        return Open(path, key);
    }

    /// <summary>Opens the database with its local key of 32 octets (<see cref="LeapSecrets.DeriveLocalKey"/>).</summary>
    public static LeapDatabase Open(string path, SecretBytes localKey)
    {
        ArgumentNullException.ThrowIfNull(localKey);
        using var passphrase = Passphrase(localKey);
        var database = LegacyDatabase.Open(path, passphrase, Cipher);
        try
        {
            return new LeapDatabase(database);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>All documents, tombstones included, ordered by id; read page by page as they are taken.</summary>
    public IEnumerable<Document> Documents()
    {
        for (var last = ""; ;)
        {
            var from = last;
            var page = _database.Read(sql => sql.Query(
                "SELECT doc_id, doc_rev, content FROM document WHERE doc_id > ?1 ORDER BY doc_id LIMIT ?2", StoreReader.ReadDocument, from, PageSize));
            foreach (var document in page)
            {
                yield return document;
            }

            if (page.Count < PageSize)
            {
                yield break;
            }

            last = page[^1].Id;
        }
    }

    /// <summary>Versions beside the current ones: LEAP's clients never settled conflicts.</summary>
    public IReadOnlyList<Document> Conflicts() => _database.Read(static sql => sql.Query("SELECT doc_id, doc_rev, content FROM conflicts ORDER BY doc_id, doc_rev", StoreReader.ReadDocument));

    /// <summary>All changes, oldest first.</summary>
    public IReadOnlyList<(long Generation, string Id, string TransactionId)> Log()
        => _database.Read(static sql => sql.Query("SELECT generation, doc_id, transaction_id FROM transaction_log ORDER BY generation", static row => (row.GetInt64(0), row.GetText(1), row.GetText(2))));

    /// <summary>Closes the file.</summary>
    public void Dispose() => _database.Dispose();

    /// <summary>
    /// LEAP's clients meant to give the raw key, <c>x'…'</c>, and lost the closing quote: SQLCipher takes the 66 characters that are left for a
    /// passphrase.
    /// </summary>
    private static SecretBytes Passphrase(SecretBytes localKey)
    {
        var text = new SecretBytes(2 + (2 * localKey.Length));
        "x'"u8.CopyTo(text.Span);
        Convert.TryToHexStringLower(localKey.Span, text.Span[2..], out _);
        return text;
    }
}
