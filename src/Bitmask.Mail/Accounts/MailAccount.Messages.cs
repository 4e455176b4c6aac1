using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Mail;

public sealed partial class MailAccount
{
    private const int MessagesPerTransaction = 500;

    /// <summary>Messages of one act that are taken apart, and whose large parts are stored, at the same time.</summary>
    private const int StoredAtOnce = 8;

    /// <summary>Appends a message.</summary>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public async Task<AppendAnswer> AppendAsync(
        MailboxId mailbox, ReadOnlyMemory<byte> raw, IReadOnlyCollection<string> flags, DateTimeOffset? internalDate = null, CancellationToken cancellationToken = default)
    {
        var answers = await AppendManyAsync(mailbox, [new MessageToAppend(raw, flags, internalDate)], cancellationToken).ConfigureAwait(false);
        return answers[0];
    }

    /// <summary>Appends messages: all of them or none (RFC 3502).</summary>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public async Task<IReadOnlyList<AppendAnswer>> AppendManyAsync(MailboxId mailbox, IReadOnlyList<MessageToAppend> messages, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var split = new SplitMessage[messages.Count];
        // Taken apart and stored before the writer's turn, several at a time: others need not wait for it, and the disk is waited for once for them.
        await Parallel.ForAsync(
            0, messages.Count, new ParallelOptions { MaxDegreeOfParallelism = StoredAtOnce, CancellationToken = cancellationToken },
            async (i, stop) => await StoreAsync(split[i] = MessageSplitter.Split(messages[i].Raw), isOwnAct: true, BlobPriority.Medium, stop).ConfigureAwait(false)).ConfigureAwait(false);
        var now = Clock.GetUtcNow();
        return await WriteAsync<IReadOnlyList<AppendAnswer>>(
            tx =>
            {
                var validity = FindById(tx.Store.Sql, mailbox)?.UidValidity ?? throw MailErrors.NoMailbox();
                var answers = new List<AppendAnswer>(split.Length);
                foreach (var (message, parts) in messages.Zip(split))
                {
                    var id = new EntryId(HexId.New(now));
                    tx.Create(id, parts, mailbox, message.Flags, message.InternalDate ?? now, null, FindSame(tx.Store, parts));
                    ReplaceSentCopies(tx, mailbox, parts);
                    answers.Add(new AppendAnswer(validity, RequireUid(tx.Store.Sql, id), id));
                }

                return answers;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Appends a message in the place of another, which goes: both or neither (RFC 8508).</summary>
    /// <exception cref="MailException">There is no such mailbox, or the message to be replaced is gone.</exception>
    public async Task<AppendAnswer> ReplaceAsync(MailboxId from, Uid replaced, MailboxId to, MessageToAppend message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        var split = MessageSplitter.Split(message.Raw);
        await StoreAsync(split, isOwnAct: true, BlobPriority.Medium, cancellationToken).ConfigureAwait(false);
        return await WriteAsync(
            tx =>
            {
                var validity = FindById(tx.Store.Sql, to)?.UidValidity ?? throw MailErrors.NoMailbox();
                var (old, _, _) = EntryAt(tx.Store.Sql, tx.RequireBox(from), replaced) ?? throw MailErrors.NoMessage();
                var id = new EntryId(HexId.New(Clock.GetUtcNow()));
                tx.Create(id, split, to, message.Flags, message.InternalDate ?? Clock.GetUtcNow(), null, FindSame(tx.Store, split));
                var answer = new AppendAnswer(validity, RequireUid(tx.Store.Sql, id), id);
                tx.Delete(old);
                return answer;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Changes flags. UIDs that are not there are passed over; so are messages changed after <paramref name="unchangedSince"/>
    /// (RFC 7162 §3.1.3: they are the MODIFIED set, the difference to what was asked for).
    /// </summary>
    /// <returns>The messages as they are now.</returns>
    /// <exception cref="MailException">There is no such mailbox, or a flag is reserved or can not be stored.</exception>
    public async Task<IReadOnlyList<MessageEntry>> ChangeFlagsAsync(
        MailboxId mailbox, IReadOnlyList<Uid> uids, FlagChange change, IReadOnlyCollection<string> flags, ModSeq? unchangedSince = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(uids);
        ArgumentNullException.ThrowIfNull(flags);
        if (flags.FirstOrDefault(MessageFlags.IsReserved) is { } reserved)
        {
            throw new MailException(MailError.NotAllowed, $"The keyword {reserved} follows from the message itself; it can not be set or cleared.");
        }

        var names = flags.Select(EntryFlags.Normalise).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        if (names.Count == 0 && flags.Count > 0)
        {
            throw new MailException(MailError.NotAllowed, "These flags can not be stored.");
        }

        // Many messages are several transactions: each message is whole, and new mail need not wait for all of them.
        var changed = new List<MessageEntry>(uids.Count);
        foreach (var some in uids.Chunk(MaxTogether).DefaultIfEmpty([]))
        {
            changed.AddRange(await WriteAsync(
                tx => ChangeFlags(tx, mailbox, some, change, names, unchangedSince), cancellationToken).ConfigureAwait(false));
        }

        return changed;
    }

    /// <summary>Copies messages; the octets are shared. UIDs that are not there are passed over.</summary>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public Task<CopyAnswer> CopyAsync(MailboxId from, IReadOnlyList<Uid> uids, MailboxId to, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(uids);
        return WriteAsync(
            tx => uids.Count < _togetherFrom ? Transfer(tx, from, uids, to, id => Copy(tx, id, to)) : CopyTogether(tx, from, uids, to),
            cancellationToken);
    }

    /// <summary>Moves messages: they keep their ids and get new UIDs. UIDs that are not there are passed over. A move to where they are gives them new UIDs, too, and new ids.</summary>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public Task<CopyAnswer> MoveAsync(MailboxId from, IReadOnlyList<Uid> uids, MailboxId to, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(uids);
        return WriteAsync(
            tx => uids.Count >= _togetherFrom && from != to ? MoveTogether(tx, from, uids, to) : Transfer(tx, from, uids, to, id =>
            {
                if (from != to)
                {
                    tx.Move(id, to);
                    return id;
                }

                var again = Copy(tx, id, to);
                tx.Delete(id);
                return again;
            }),
            cancellationToken);
    }

    /// <summary>
    /// Removes the messages with <c>\Deleted</c>, or those of them that are in <paramref name="only"/> (RFC 4315 §2.1). Octets that no other
    /// message shares go with them.
    /// </summary>
    /// <returns>The UIDs that are gone, ascending.</returns>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public async Task<IReadOnlyList<Uid>> ExpungeAsync(MailboxId mailbox, IReadOnlyList<Uid>? only = null, CancellationToken cancellationToken = default)
    {
        var among = only?.ToHashSet();
        var gone = new List<Uid>();
        int last;
        do
        {
            last = gone.Count;
            gone.AddRange(await WriteAsync(tx => Expunge(tx, mailbox, among), cancellationToken).ConfigureAwait(false));
        }
        while (gone.Count - last == MaxTogether);
        return gone;
    }

    private EntryId? Copy(MailTransaction tx, EntryId id, MailboxId to)
    {
        if (tx.Find(id) is not var (_, entry))
        {
            return null;
        }

        var copy = new EntryId(HexId.New(Clock.GetUtcNow()));
        tx.Create(copy, entry with
        {
            Eid = copy.ToString(),
            Mbox = tx.Clock.Stamp(DocumentIds.Of(to)),
            Flags = tx.Stamp(entry.Flags?.Where(flag => flag.Value.Value).Select(flag => flag.Key) ?? []),
        });
        return copy;
    }

    private List<Uid> Expunge(MailTransaction tx, MailboxId mailbox, HashSet<Uid>? among)
    {
        tx.RequireBox(mailbox);
        var view = View(tx.Store.Sql, mailbox);
        var doomed = view.Entries.Where(entry => entry.Has(MessageFlags.Deleted) && among?.Contains(entry.Uid) != false).Take(MaxTogether).ToList();
        if (doomed.Count >= _togetherFrom)
        {
            return ExpungeTogether(tx, mailbox, doomed, view);
        }

        foreach (var entry in doomed)
        {
            tx.Delete(entry.Id);
        }

        return doomed.ConvertAll(static entry => entry.Uid);
    }

    private static CopyAnswer Transfer(MailTransaction tx, MailboxId from, IReadOnlyList<Uid> uids, MailboxId to, Func<EntryId, EntryId?> transfer)
    {
        var box = tx.RequireBox(from);
        var validity = FindById(tx.Store.Sql, to)?.UidValidity ?? throw MailErrors.NoMailbox();
        var pairs = new List<(Uid, Uid)>(uids.Count);
        foreach (var uid in uids)
        {
            if (EntryAt(tx.Store.Sql, box, uid) is var (id, _, _) && transfer(id) is { } moved)
            {
                pairs.Add((uid, RequireUid(tx.Store.Sql, moved)));
            }
        }

        return new CopyAnswer(validity, pairs);
    }

    private static (EntryId Id, ModSeq ModSeq, long? Saved)? EntryAt(ReadTransaction sql, long box, Uid uid)
        => sql.QueryFirstOrDefault<(EntryId, ModSeq, long?)?>(
            "SELECT entry, modseq, saved FROM mail_uid WHERE box = ?1 AND uid = ?2",
            static row => (new EntryId(HexId.Read(row.GetBytes(0))), new ModSeq(row.GetInt64(1)), row.GetInt64OrNull(2)), box, uid.Value);

    private static Uid RequireUid(ReadTransaction sql, EntryId id)
        => Visibility.PlaceOf(sql, id)?.Uid ?? throw new MailException(MailError.UidsExhausted, "This mailbox has no more numbers to give; make a new one.");
}
