using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>
/// Which heads hold which large octets, so that what the user keeps again is stored once: messages with blobs and the blobs themselves, by their SHA-256.
/// Small messages have no rows.
/// </summary>
internal sealed class OctetsIndex : IDocumentProjection
{
    /// <summary>The number of the row that stands for the whole message.</summary>
    public const int WholeMessage = -1;

    public string Component => "mail-octets";

    public IReadOnlyList<Migration> Migrations { get; } =
    [
        new("mail-octets", 1, """
            -- number: place in the head's recipe, or -1 for the message. id: only rises, so that whoever looks through it knows where he was.
            CREATE TABLE mail_octets(id INTEGER PRIMARY KEY AUTOINCREMENT, head BLOB NOT NULL, number INTEGER NOT NULL, sha256 BLOB NOT NULL, UNIQUE(head, number)) STRICT;
            CREATE INDEX mail_octets_sha256 ON mail_octets(sha256);
            """),
    ];

    public bool Handles(string documentType) => documentType == HeadDocument.DocumentType;

    public void Apply(WriteTransaction tx, Document? before, Document? after)
    {
        var (old, now) = (Rows(before), Rows(after));
        if (old.SequenceEqual(now) || DocumentIds.Head((after ?? before)!.Id) is not { } head)
        {
            return;
        }

        if (old.Count > 0)
        {
            tx.Execute("DELETE FROM mail_octets WHERE head = ?1", HexId.Bytes(head.Value));
        }

        foreach (var (number, sha256) in now)
        {
            tx.Execute("INSERT OR REPLACE INTO mail_octets(head, number, sha256) VALUES (?1, ?2, ?3)", HexId.Bytes(head.Value), number, Convert.FromHexString(sha256));
        }
    }

    /// <summary>The rows of a head document; none for one without blobs.</summary>
    public static IReadOnlyList<(int Number, string Sha256)> Rows(Document? document)
    {
        if (document?.Json is not { } json || !json.Contains("\"blob\"", StringComparison.Ordinal) || HeadRow.Read(document.Id, json) is null)
        {
            return [];
        }

        var head = MailJson.TryRead(json, MailJson.Head)!;
        var blobs = head.Recipe.Select((item, number) => (Number: number, item?.Reference)).Where(static row => row.Reference is not null)
            .Select(static row => (row.Number, row.Reference!.Sha256)).ToList();
        return blobs.Count == 0 ? [] : head.Sha256.Length == 64 && head.Sha256.All(char.IsAsciiHexDigitLower) ? [(WholeMessage, head.Sha256), .. blobs] : blobs;
    }

    /// <summary>Blobs in the order in which they became known, after one of them, with the place in a head's recipe.</summary>
    public static List<(long Id, HeadId Head, int Number)> After(ReadTransaction tx, long id, int limit)
        => tx.Query(
            "SELECT id, head, number FROM mail_octets WHERE id > ?1 AND number >= 0 ORDER BY id LIMIT ?2",
            static row => (row.GetInt64(0), new HeadId(HexId.Read(row.GetBytes(1))), row.GetInt32(2)), id, limit);

    /// <summary>Heads that hold these octets, as a message or as the blob of one place, with that place.</summary>
    public static IReadOnlyList<(HeadId Head, int Number)> Find(ReadTransaction tx, string sha256)
        => tx.Query(
            "SELECT head, number FROM mail_octets WHERE sha256 = ?1 ORDER BY id LIMIT 8", static row => (new HeadId(HexId.Read(row.GetBytes(0))), row.GetInt32(1)),
            Convert.FromHexString(sha256));
}
