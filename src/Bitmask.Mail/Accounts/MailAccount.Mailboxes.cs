using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Mail;

public sealed partial class MailAccount
{
    private const string SelectMailbox =
        "SELECT m.id, m.name, m.special_use, " + SubscriptionTable.IsSubscribed + ", m.created, u.uid_validity FROM mail_mailbox m JOIN mail_mailbox_uid u ON u.mailbox = m.id ";

    // Two mailboxes of one name can only come from two devices, for the moment until they are merged; everyone prefers the same one.
    private const string ByPreference = " ORDER BY m.special_use IS NULL, m.id LIMIT 1";

    /// <summary>All mailboxes, INBOX first, then by name.</summary>
    public IReadOnlyList<Mailbox> Mailboxes()
        => _store.Read(store => store.Sql.Query(SelectMailbox + "ORDER BY m.name <> 'INBOX', m.name, m.id", ReadMailbox));

    /// <summary>The mailbox of this name, or null. INBOX in any case is the inbox.</summary>
    public Mailbox? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return MailboxName.Normalise(name) is { } normal ? _store.Read(store => FindByName(store.Sql, normal)) : null;
    }

    /// <summary>The mailbox with this id, or null.</summary>
    public Mailbox? Find(MailboxId id) => _store.Read(store => FindById(store.Sql, id));

    /// <summary>The mailbox with this special use (one of <see cref="SpecialUse"/>), or null.</summary>
    public Mailbox? FindSpecial(string use)
        => _store.Read(store => store.Sql.QueryFirstOrDefault(SelectMailbox + "WHERE m.special_use = ?1 ORDER BY m.id LIMIT 1", ReadMailbox, use));

    private static MailboxId? SpecialId(StoreReader store, string use)
        => store.Sql.QueryFirstOrDefault(SelectMailbox + "WHERE m.special_use = ?1 ORDER BY m.id LIMIT 1", ReadMailbox, use)?.Id;

    /// <summary>
    /// Makes INBOX, Sent, Drafts, Trash, Archive and Junk where they are missing and were never deleted. Their ids follow from the
    /// account's digest key, so that two devices make the same ones.
    /// </summary>
    public Task CreateStandardMailboxesAsync(CancellationToken cancellationToken = default)
        => WriteAsync(
            tx =>
            {
                foreach (var (name, use) in SpecialUse.Standard)
                {
                    var id = StandardId(name);
                    if (tx.Store.Get(DocumentIds.Of(id)) is null && FindByName(tx.Store.Sql, name) is null)
                    {
                        CreateMailbox(tx, id, name, use, subscribed: true);
                    }
                }

                return true;
            },
            cancellationToken);

    /// <summary>Makes a mailbox; a trailing delimiter is dropped. Superior levels are not made (RFC 9051 §6.3.4).</summary>
    /// <exception cref="MailException">The name is taken or can not be one.</exception>
    public Task<Mailbox> CreateMailboxAsync(string name, CancellationToken cancellationToken = default) => CreateMailboxAsync(name, null, cancellationToken);

    /// <summary>Makes a mailbox with a special use (one of <see cref="SpecialUse"/>, RFC 6154 §3), which no other mailbox may have.</summary>
    /// <exception cref="MailException">The name is taken or can not be one, or the use is taken or unknown.</exception>
    public Task<Mailbox> CreateMailboxAsync(string name, string? specialUse, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        var normal = NormaliseOrThrow(name.EndsWith(Mailbox.Delimiter) ? name[..^1] : name);
        return WriteAsync(
            tx =>
            {
                RequireFree(tx.Store.Sql, normal);
                RequireFreeUse(tx.Store.Sql, specialUse);
                return normal == Mailbox.Inbox ? EnsureInbox(tx) : CreateMailbox(tx, new MailboxId(HexId.Random()), normal, specialUse, subscribed: false);
            },
            cancellationToken);
    }

    /// <summary>
    /// Renames a mailbox and everything below it. Renaming INBOX moves its messages to a new mailbox and leaves it empty; subscriptions stay
    /// with the names (RFC 9051 §6.3.6).
    /// </summary>
    /// <exception cref="MailException">There is no such mailbox, or the new name is taken or can not be one.</exception>
    public Task RenameMailboxAsync(string from, string to, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        var target = NormaliseOrThrow(to.EndsWith(Mailbox.Delimiter) ? to[..^1] : to);
        var source = MailboxName.Normalise(from) ?? throw MailErrors.NoMailbox();
        return WriteAsync(
            tx =>
            {
                RequireFree(tx.Store.Sql, target);
                if (source == Mailbox.Inbox)
                {
                    EmptyInbox(tx, target);
                }
                else
                {
                    Rename(tx, source, target);
                }

                return true;
            },
            cancellationToken);
    }

    /// <summary>Deletes a mailbox with its messages, in one transaction. Mailboxes below it stay, and so does a subscription.</summary>
    /// <exception cref="MailException">There is no such mailbox, or it is INBOX.</exception>
    public Task DeleteMailboxAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        var normal = MailboxName.Normalise(name) ?? throw MailErrors.NoMailbox();
        if (normal == Mailbox.Inbox)
        {
            throw new MailException(MailError.NotAllowed, "The inbox can not be deleted.");
        }

        return WriteAsync(
            tx =>
            {
                var mailbox = FindByName(tx.Store.Sql, normal) ?? throw MailErrors.NoMailbox();
                foreach (var entry in EntriesOf(tx.Store.Sql, mailbox.Id))
                {
                    tx.Delete(entry);
                }

                tx.DeleteDocument(DocumentIds.Of(mailbox.Id));
                return true;
            },
            cancellationToken);
    }

    private Task<T> WriteAsync<T>(Func<MailTransaction, T> work, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _writes);
        return _store.WriteAsync(tx => work(new MailTransaction(tx, _store.DeviceId.ToString())), cancellationToken);
    }

    private Mailbox EnsureInbox(MailTransaction tx)
        => FindByName(tx.Store.Sql, Mailbox.Inbox) ?? CreateMailbox(tx, StandardId(Mailbox.Inbox), Mailbox.Inbox, null, subscribed: true);

    private Mailbox CreateMailbox(MailTransaction tx, MailboxId id, string name, string? use, bool subscribed)
    {
        var document = new MailboxDocument
        {
            Mbox = tx.Clock.Stamp(name),
            Uuid = id.ToString(),
            SpecialUse = use,
            Created = Clock.GetUtcNow().ToUniversalTime(),
        };
        tx.Store.Create(DocumentIds.Of(id), MailJson.Write(document, MailJson.Mailbox));
        if (subscribed)
        {
            Subscribe(tx, name, true);
        }

        return FindById(tx.Store.Sql, id)!;
    }

    private void EmptyInbox(MailTransaction tx, string target)
    {
        var created = CreateMailbox(tx, new MailboxId(HexId.Random()), target, null, subscribed: false);
        var inbox = EnsureInbox(tx);
        foreach (var entry in EntriesOf(tx.Store.Sql, inbox.Id))
        {
            tx.Move(entry, created.Id);
        }
    }

    private static void Rename(MailTransaction tx, string source, string target)
    {
        var moved = tx.Store.Sql.Query(SelectMailbox, ReadMailbox).Where(mailbox => mailbox.Name == source || MailboxName.IsBelow(mailbox.Name, source)).ToList();
        if (moved.Count == 0)
        {
            throw MailErrors.NoMailbox();
        }

        if (MailboxName.IsBelow(target, source))
        {
            throw new MailException(MailError.NotAllowed, "A mailbox can not be moved below itself.");
        }

        foreach (var mailbox in moved)
        {
            var name = target + mailbox.Name[source.Length..];
            if (!MailboxName.IsValid(name))
            {
                throw MailErrors.BadName();
            }

            RequireFree(tx.Store.Sql, name);
            Change(tx, mailbox.Id, document => document with { Mbox = tx.Clock.Stamp(name) });
        }
    }

    private static void Change(MailTransaction tx, MailboxId id, Func<MailboxDocument, MailboxDocument> change)
    {
        var stored = tx.Store.Get(DocumentIds.Of(id));
        if (stored is { Json: { } json } && MailJson.TryRead(json, MailJson.Mailbox) is { } document)
        {
            tx.Store.Put(stored.Id, stored.Rev, MailJson.Write(change(document), MailJson.Mailbox));
        }
    }

    private static string NormaliseOrThrow(string name) => MailboxName.Normalise(name) ?? throw MailErrors.BadName();

    private static void RequireFree(ReadTransaction sql, string name)
    {
        if (FindByName(sql, name) is not null)
        {
            throw MailErrors.Exists();
        }
    }

    private static void RequireFreeUse(ReadTransaction sql, string? use)
    {
        if (use is not null && (SpecialUse.Standard.All(known => known.Use != use)
            || sql.ScalarInt64("SELECT 1 FROM mail_mailbox WHERE special_use = ?1 LIMIT 1", use) is not null))
        {
            throw new MailException(MailError.UseNotPossible, "This special use is unknown, or another mailbox has it.");
        }
    }

    private static Mailbox? FindByName(ReadTransaction sql, string name)
        => sql.QueryFirstOrDefault(SelectMailbox + "WHERE m.name = ?1" + ByPreference, ReadMailbox, name);

    private static Mailbox? FindById(ReadTransaction sql, MailboxId id)
        => sql.QueryFirstOrDefault(SelectMailbox + "WHERE m.id = ?1", ReadMailbox, HexId.Bytes(id.Value));

    // Those that wait for parts are in the mailbox, too.
    private static List<EntryId> EntriesOf(ReadTransaction sql, MailboxId mailbox)
        => sql.Query(
            """
            SELECT entry FROM mail_uid WHERE box = (SELECT box FROM mail_mailbox_uid WHERE mailbox = ?1)
            UNION ALL SELECT entry FROM mail_pending WHERE mailbox = ?1
            """,
            static row => new EntryId(HexId.Read(row.GetBytes(0))), HexId.Bytes(mailbox.Value));

    private static Mailbox ReadMailbox(Row row)
        => new(
            new MailboxId(HexId.Read(row.GetBytes(0))), row.GetText(1), row.GetTextOrNull(2), row.GetBoolean(3),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)), new UidValidity((uint)row.GetInt64(5)));
}
