using System.Text;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>
/// One change of a store: documents, projections and device-local tables together, kept whole or not at all. It ends with the
/// function it is given to.
/// </summary>
public sealed partial class StoreTransaction : StoreReader
{
    private readonly SoledadStore _store;
    private IndexSet? _indexes;
    private bool _announced;
    private bool? _hasConflicts;
    private ulong? _seq;
    private (Document Document, string? Type)? _latest;
    private long _generation;
    private bool _isSettling;

    internal StoreTransaction(SoledadStore store, WriteTransaction sql)
        : base(sql)
        => (_store, Sql) = (store, sql);

    /// <summary>The same transaction for the tables of projections and of other rooms.</summary>
    public new WriteTransaction Sql { get; }

    /// <inheritdoc/>
    public override Document? Get(string id)
    {
        if (!_isSettling)
        {
            _isSettling = true;
            try
            {
                _store.Projections.Settle(this, id);
            }
            finally
            {
                _isSettling = false;
            }
        }

        // Who changes a document has just read it.
        if (_latest is not { } latest || latest.Document.Id != id)
        {
            _latest = Sql.QueryFirstOrDefault<(Document, string?)?>(
                "SELECT doc_id, rev, json, type FROM document WHERE doc_id = ?1 UNION ALL SELECT doc_id, rev, NULL, NULL FROM buried WHERE doc_id = ?1",
                static row => (ReadDocument(row), row.GetTextOrNull(3)), id);
        }

        return _latest?.Document;
    }

    /// <summary>
    /// Writes a new version. Versions in conflict with the current one are settled by it and go to the archive.
    /// </summary>
    /// <param name="id">The document.</param>
    /// <param name="expectedRev">The revision the caller has seen; null for a document that does not exist or is deleted.</param>
    /// <param name="json">One JSON object; its text is kept as it is.</param>
    /// <exception cref="RevisionConflictException">The stored revision is another one.</exception>
    /// <exception cref="InvalidDocumentException">Not an id, or not a JSON object.</exception>
    /// <exception cref="DocumentTooLargeException">Over the limit.</exception>
    public Document Put(string id, string? expectedRev, string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (!DocumentId.IsValid(id))
        {
            throw new InvalidDocumentException("Not a document id.");
        }

        var type = CheckJson(id, json);
        CheckSize(id, expectedRev, json);
        var current = Get(id);
        if (current?.Rev != expectedRev && !(expectedRev is null && current is { IsDeleted: true }))
        {
            throw new RevisionConflictException(id);
        }

        return WriteLocally(current, id, NextRevision(current, id), json, type);
    }

    /// <summary>Writes many new versions, in order, all or none.</summary>
    /// <returns>The versions with their revisions.</returns>
    /// <exception cref="DocumentException">As <see cref="Put"/>, for the first that can not be written; what came before it is kept only if the caller goes on.</exception>
    public IReadOnlyList<Document> PutMany(IEnumerable<DocumentEdit> edits)
    {
        ArgumentNullException.ThrowIfNull(edits);
        return [.. edits.Select(edit => Put(edit.Id, edit.ExpectedRev, edit.Json))];
    }

    /// <summary>Writes a document that does not exist yet, or is deleted.</summary>
    /// <param name="id">Its id; null for a random one.</param>
    /// <param name="json">One JSON object.</param>
    /// <exception cref="RevisionConflictException">There is one of this id.</exception>
    public Document Create(string? id, string json) => Put(id ?? DocumentId.New(), null, json);

    /// <summary>Deletes a document; a tombstone stays.</summary>
    /// <exception cref="DocumentNotFoundException">There is none.</exception>
    /// <exception cref="RevisionConflictException">The stored revision is another one.</exception>
    /// <exception cref="DocumentDeletedException">It is deleted already.</exception>
    public void Delete(string id, string rev)
    {
        var current = Get(id) ?? throw new DocumentNotFoundException(id);
        if (current.Rev != rev)
        {
            throw new RevisionConflictException(id);
        }

        if (current.IsDeleted)
        {
            throw new DocumentDeletedException(id);
        }

        WriteLocally(current, id, NextRevision(current, id), null, null);
    }

    /// <summary>
    /// Takes in a version that came by sync, by the rules of <see cref="SyncDecision"/>; a conflict goes to the resolver of its type.
    /// The source's progress is recorded in every case but without a source.
    /// </summary>
    /// <param name="incoming">The authentic version.</param>
    /// <param name="source">Where it comes from; null when the caller keeps the progress itself.</param>
    /// <param name="writer">The device that wrote it, when known.</param>
    /// <param name="seq">That device's counter.</param>
    /// <exception cref="Protocol.Soledad.SoledadProtocolException">The source goes backwards, or the revision is none.</exception>
    /// <exception cref="InvalidDocumentException">Not an id, or not a JSON object: put it aside.</exception>
    public SyncOutcome InsertFromSync(Document incoming, SyncSource? source, DeviceId? writer = null, ulong seq = 0)
    {
        ArgumentNullException.ThrowIfNull(incoming);
        if (!DocumentId.IsValid(incoming.Id))
        {
            throw new InvalidDocumentException("Not a document id.");
        }

        var incomingType = incoming.Json is null ? null : CheckJson(incoming.Id, incoming.Json);
        var received = new SyncVersion(Revision.Parse(incoming.Rev), incoming.Json);
        if (source is not null)
        {
            SyncDecision.CheckSource(GetSync(source.ReplicaUid), source.Generation, source.TransactionId);
            RecordSync(source);
        }

        Saw(incoming.Id, writer, seq);
        var current = Get(incoming.Id);
        var conflicts = Conflicts(incoming.Id).Select(ToVersion).ToList();
        var decided = SyncDecision.Decide(current is null ? null : ToVersion(current), conflicts, received, saveConflict: true, _store.ReplicaUid);
        if (decided.State == SyncState.Conflicted && !_store.KeepsConflicts)
        {
            var settled = Settle(current!, incoming, incomingType);
            var ours = Revision.Parse(current!.Rev);
            ReplaceConflicts(incoming.Id, decided.Conflicts.Where(version => !version.Revision.Equals(ours)));
            var merged = decided.Store!.Revision.Maximize(ours).Increment(_store.ReplicaUid);
            var written = WriteLocally(current, incoming.Id, merged.ToString(), settled.Json, settled.Type);
            LearnBase(received.Revision, incoming);
            return new SyncOutcome(SyncState.Superseded, written, IsMerged: true, IsArchived: settled.IsArbitrary);
        }

        if (!ReferenceEquals(decided.Conflicts, conflicts))
        {
            ReplaceConflicts(incoming.Id, decided.Conflicts);
        }

        if (decided.Store is not { } store)
        {
            if (current!.IsDeleted && !HasRow(incoming.Id))
            {
                return StayBuried(decided.State, current, incoming);
            }

            if (decided.State == SyncState.Converged)
            {
                LearnBase(received.Revision, incoming);
            }

            if (decided.State == SyncState.Superseded && IsComparing)
            {
                ArchiveReplaced(incoming, current.Json);
            }

            return new SyncOutcome(decided.State, current, IsMerged: false);
        }

        if (writer == _store.DeviceId || IsComparing)
        {
            ArchiveReplaced(current, store.Json);
        }

        // A revision of our own making is news for the others, whatever the content.
        var isMerged = !store.Revision.Equals(received.Revision);
        var stored = isMerged
            ? WriteLocally(current, incoming.Id, store.Revision.ToString(), store.Json, incomingType)
            : Write(current, new Document(incoming.Id, store.Revision.ToString(), store.Json), incomingType, writer, seq, isLocal: false);
        if (isMerged)
        {
            LearnBase(received.Revision, incoming);
        }

        return new SyncOutcome(decided.State, stored, isMerged);
    }

    /// <summary>
    /// Settles a conflict by hand: <paramref name="resolved"/> supersedes the named revisions (u1db's <c>resolve_doc</c>).
    /// </summary>
    /// <returns>The resolved version with its new revision.</returns>
    /// <exception cref="DocumentNotFoundException">There is none.</exception>
    public Document Resolve(Document resolved, IReadOnlyCollection<string> supersededRevs)
    {
        ArgumentNullException.ThrowIfNull(resolved);
        ArgumentNullException.ThrowIfNull(supersededRevs);
        var current = Get(resolved.Id) ?? throw new DocumentNotFoundException(resolved.Id);
        var type = resolved.Json is null ? null : CheckJson(resolved.Id, resolved.Json);
        var rev = Revision.Parse(current.Rev).Supersede(supersededRevs.Select(Revision.Parse), _store.ReplicaUid).ToString();
        var answer = resolved with { Rev = rev };
        if (supersededRevs.Contains(current.Rev))
        {
            answer = WriteLocally(current, resolved.Id, rev, resolved.Json, type);
        }
        else
        {
            _hasConflicts = null;
            Sql.Execute("INSERT OR REPLACE INTO conflict(doc_id, rev, json) VALUES (?1, ?2, ?3)", resolved.Id, rev, resolved.Json);
        }

        foreach (var superseded in supersededRevs)
        {
            Sql.Execute("DELETE FROM conflict WHERE doc_id = ?1 AND rev = ?2", resolved.Id, superseded);
        }

        return answer;
    }

    /// <summary>Remembers how far another replica is known.</summary>
    public void RecordSync(SyncSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        Sql.Execute(
            "INSERT INTO sync_log(replica_uid, generation, transaction_id) VALUES (?1, ?2, ?3) ON CONFLICT(replica_uid) DO UPDATE SET generation = excluded.generation, transaction_id = excluded.transaction_id",
            source.ReplicaUid, source.Generation, source.TransactionId);
    }

    /// <summary>Puts a document aside, by the id on the wire: sync goes on, the version stored here stays (security.md B4).</summary>
    public void Quarantine(string wireId, long generation, string reason)
        => Sql.Execute(
            "INSERT INTO quarantine(wire_id, generation, reason, since) VALUES (?1, ?2, ?3, ?4) ON CONFLICT(wire_id) DO UPDATE SET generation = excluded.generation, reason = excluded.reason",
            wireId, generation, reason, _store.Clock.GetUtcNow().ToUnixTimeSeconds());

    /// <summary>Takes a document out of the quarantine, after a good version of it came.</summary>
    public void Release(string wireId) => Sql.Execute("DELETE FROM quarantine WHERE wire_id = ?1", wireId);

    /// <summary>Sets a device-local setting; null removes it.</summary>
    public void SetSetting(string name, string? value)
    {
        if (value is null)
        {
            Sql.Execute("DELETE FROM setting WHERE name = ?1", name);
        }
        else
        {
            Sql.Execute("INSERT INTO setting(name, value) VALUES (?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value", name, value);
        }
    }

    private static SyncVersion ToVersion(Document document) => new(Revision.Parse(document.Rev), document.Json);

    private static string? CheckJson(string id, string json)
        => DocumentJson.TryRead(json, out var type) ? type : throw new InvalidDocumentException($"The content of document {id} is not one JSON object.");

    private void CheckSize(string id, string? rev, string json)
    {
        var limit = _store.MaxDocumentOctets;
        if (limit > 0 && Encoding.UTF8.GetByteCount(json) + id.Length + (rev?.Length ?? 0) is var octets && octets > limit)
        {
            throw new DocumentTooLargeException(id, octets, limit);
        }
    }

    /// <summary>The revision of our next version, which settles the conflicts; what they held goes to the archive.</summary>
    private string NextRevision(Document? current, string id)
    {
        var conflicts = current is null || !(_hasConflicts ??= Sql.ScalarInt64("SELECT 1 FROM conflict LIMIT 1") is not null) ? [] : Conflicts(id);
        if (conflicts.Count > 0)
        {
            Sql.Execute(
                "INSERT INTO conflict_archive(doc_id, rev, json, archived) SELECT doc_id, rev, json, ?2 FROM conflict WHERE doc_id = ?1",
                id, _store.Clock.GetUtcNow().ToUnixTimeSeconds());
            Sql.Execute("DELETE FROM conflict WHERE doc_id = ?1", id);
        }

        return Revision.Parse(current?.Rev).Supersede(conflicts.Select(static version => Revision.Parse(version.Rev)), _store.ReplicaUid).ToString();
    }

    private SettledConflict Settle(Document ours, Document incoming, string? incomingType)
    {
        var oursType = ours.Type;
        var type = incomingType ?? oursType;
        var settled = ConflictRule.Settle(type is null ? null : _store.ResolverOf(type), ours, oursType, incoming, incomingType, DocumentBases.Find(Sql, ours.Id));
        if (settled.Json is not null)
        {
            CheckJson(ours.Id, settled.Json);
        }

        if (settled.Lost is { } lost)
        {
            Archive(lost);
        }

        return settled;
    }

    private void ReplaceConflicts(string id, IEnumerable<SyncVersion> versions)
    {
        _hasConflicts = null;
        Sql.Execute("DELETE FROM conflict WHERE doc_id = ?1", id);
        foreach (var version in versions)
        {
            Sql.Execute("INSERT INTO conflict(doc_id, rev, json) VALUES (?1, ?2, ?3)", id, version.Revision.ToString(), version.Json);
        }
    }

    private Document WriteLocally(Document? before, string id, string rev, string? json, string? type)
    {
        _seq = (_seq ?? StoreIdentity.Seq(Sql)) + 1;
        var document = Write(before, new Document(id, rev, json), type, _store.DeviceId, _seq.Value, isLocal: true);
        if (!_announced)
        {
            _announced = true;
            Sql.BeforeEnd(() => Sql.Execute("UPDATE store_identity SET seq = ?1", (long)_seq!.Value));
            Sql.AfterCommit(() => _store.Announce(_generation));
        }

        return document;
    }

    private Document Write(Document? before, Document after, string? type, DeviceId? writer, ulong seq, bool isLocal)
    {
        var typeBefore = before is { IsDeleted: false } && Get(after.Id) is not null ? _latest?.Type : null;
        KeepBase(before, typeBefore, isLocal);
        Account(before, after);
        Saw(after.Id, writer, seq);
        Sql.Execute(
            """
            INSERT INTO document(doc_id, rev, json, type, writer, seq, is_local, base_rev) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT(doc_id) DO UPDATE SET rev = excluded.rev, json = excluded.json, type = excluded.type,
              writer = excluded.writer, seq = excluded.seq, is_local = excluded.is_local,
              base_rev = CASE WHEN excluded.is_local = 0 THEN NULL
                WHEN is_local = 1 AND writer = excluded.writer AND seq > (SELECT acked_seq FROM store_identity) THEN base_rev
                ELSE rev END
            """,
            after.Id, after.Rev, after.Json, type, writer?.ToString(), (long)seq, isLocal, isLocal ? before?.Rev : null);
        _latest = (after, type);
        Sql.Execute("INSERT INTO transaction_log(doc_id, transaction_id, seq) VALUES (?1, ?2, ?3)", after.Id, NewTransactionId(), (long)(_seq ??= StoreIdentity.Seq(Sql)));
        _generation = Sql.LastInsertRowId;
        IndexWriter.Apply(Sql, _indexes ??= _store.Indexes.Load(Sql), typeBefore, before is { IsDeleted: false }, after, type);
        _store.Projections.Apply(Sql, before, typeBefore, after, type);
        if (type == Grave.DocumentType)
        {
            Bury(after);
        }

        return after;
    }
}
