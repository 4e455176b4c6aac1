using Bitmask.Soledad;

namespace Bitmask.Mail;

/// <content>Large parts: where they go, and what is known of them (security.md A5, A7).</content>
public sealed partial class MailAccount
{
    /// <summary>Where large parts are; null when they stay documents.</summary>
    public BlobStore? Blobs => _blobs;

    /// <summary>
    /// Puts the large parts of an incoming mail into blobs, durably: to be called before the transaction that files it. When another device has filed it
    /// already, the blobs of that filing are taken in here, so that they reach the provider even if that device never sends them.
    /// </summary>
    public async Task PrepareAsync(IncomingMail mail, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(mail);
        if (_blobs is null || !mail.Split.Parts.Any(static part => part.IsLarge))
        {
            return;
        }

        var (entry, head) = _store.Read(store => (store.Get(DocumentIds.Of(mail.Id)), ReadHead(store, new HeadId(mail.Id.Value))));
        if (entry is { IsDeleted: true })
        {
            return; // a replay
        }

        if (head is null)
        {
            await StoreAsync(mail.Split, isOwnAct: false, BlobPriority.High, cancellationToken).ConfigureAwait(false);
            return;
        }

        foreach (var (item, octets) in PiecesOf(head, mail))
        {
            if (item.Reference is { } blob && (octets is null || !await _blobs.AdoptAsync(blob, octets.Value, BlobPriority.High, cancellationToken).ConfigureAwait(false)))
            {
                await _blobs.WantAsync(blob, BlobPriority.Low, cancellationToken).ConfigureAwait(false); // having fetched it, we know that it is there
            }
        }
    }

    /// <summary>
    /// The blobs of a message that the provider is not known to have: an incoming item whose mail has such blobs must not be removed yet (security.md A7).
    /// They are <c>waiting</c> when their upload waits here; otherwise <see cref="PrepareAsync"/> with the item's content helps.
    /// </summary>
    public (bool IsSafe, bool IsWaiting) BlobsOf(EntryId entry)
    {
        if (_blobs is null)
        {
            return (true, false);
        }

        var names = _store.Read(store => EntryTable.Find(store.Sql, entry) is { } row && ReadHead(store, row.Head) is { } head
            ? head.Recipe.Select(static item => item?.Reference?.Name).OfType<string>().ToList()
            : []);
        var unconfirmed = _blobs.Unconfirmed(names);
        return (unconfirmed.Count == 0, unconfirmed.Count > 0 && _blobs.Unstored(unconfirmed).Count == unconfirmed.Count);
    }

    /// <summary>The number of the large part that became known last; 0 when none is.</summary>
    public long LatestLargePart() => _store.Read(static store => store.Sql.ScalarInt64("SELECT max(id) FROM mail_octets")) ?? 0;

    /// <summary>Large parts of mail that is here, in the order in which they became known, after the one of this number: for whoever fetches ahead.</summary>
    public IReadOnlyList<(long Id, BlobRef Blob)> LargePartsAfter(long id, int limit)
        => _store.Read(store =>
        {
            var parts = new List<(long, BlobRef)>();
            var head = default((HeadId Id, HeadDocument? Document));
            foreach (var row in OctetsIndex.After(store.Sql, id, limit))
            {
                head = head.Id == row.Head && head.Document is not null ? head : (row.Head, ReadHead(store, row.Head));
                if (head.Document?.Recipe.ElementAtOrDefault(row.Number)?.Reference is { } blob)
                {
                    parts.Add((row.Id, blob));
                }
            }

            return parts;
        });

    /// <summary>Puts large parts into blobs. What the user himself keeps again is not stored again; what comes from outside always is (security.md A5).</summary>
    private async Task StoreAsync(SplitMessage message, bool isOwnAct, BlobPriority priority, CancellationToken cancellationToken)
    {
        if (_blobs is null)
        {
            return;
        }

        foreach (var part in message.Parts.Where(static part => part.IsLarge))
        {
            part.Blob = isOwnAct && FindBlob(part.Octets) is { } known && await _blobs.AdoptAsync(known, part.Octets, priority, cancellationToken).ConfigureAwait(false)
                ? known
                : await PutAsync(part.Octets, priority, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<BlobRef> PutAsync(ReadOnlyMemory<byte> octets, BlobPriority priority, CancellationToken cancellationToken)
    {
        var stream = new ReadOnlyMemoryStream(octets);
        await using (stream.ConfigureAwait(false))
        {
            return await _blobs!.PutAsync(stream, priority, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The blob of some message here that holds exactly these octets.</summary>
    private BlobRef? FindBlob(ReadOnlyMemory<byte> octets)
    {
        var sha256 = MessageSplitter.Digest(octets.Span);
        return _store.Read(store => OctetsIndex.Find(store.Sql, sha256)
            .Select(found => found.Number != OctetsIndex.WholeMessage && ReadHead(store, found.Head)?.Recipe.ElementAtOrDefault(found.Number)?.Reference is { } blob && blob.Sha256 == sha256 ? blob : null)
            .FirstOrDefault(static blob => blob is not null));
    }

    /// <summary>The head of a message here that is octet for octet this one; null when there is none.</summary>
    private HeadId? FindSame(StoreReader store, SplitMessage message)
    {
        if (_blobs is null || !message.Parts.Any(static part => part.IsLarge))
        {
            return null;
        }

        foreach (var (head, number) in OctetsIndex.Find(store.Sql, message.Head.Sha256))
        {
            if (number == OctetsIndex.WholeMessage && HeadTable.IsWhole(store.Sql, head, message.Head.Size))
            {
                return head;
            }
        }

        return null;
    }

    private static HeadDocument? ReadHead(StoreReader store, HeadId id) => Read(store, DocumentIds.Of(id), MailJson.Head);

    /// <summary>The items of a head's recipe with the octets of a mail at their places; null where the mail is another one than the head's.</summary>
    private static IEnumerable<(RecipeItem Item, ReadOnlyMemory<byte>? Octets)> PiecesOf(HeadDocument head, IncomingMail mail)
    {
        var isSame = head.Sha256 == mail.Split.Head.Sha256;
        var at = 0L;
        foreach (var item in head.Recipe.OfType<RecipeItem>())
        {
            var length = item.Headers ? HeaderFields.Write(MessageJoiner.Fields(head)).Length : item.B64?.Length ?? item.Size ?? 0;
            isSame &= length >= 0 && length <= mail.Raw.Length - at;
            yield return (item, isSame ? mail.Raw.Slice((int)at, (int)length) : null);
            at += length;
        }
    }
}
