namespace Bitmask.Mail;

/// <summary>
/// An account's mail, for whoever shows or changes it (IMAP, JMAP, pipelines, a program of its own): mailboxes, messages, flags, outbox,
/// change stream. Reading is synchronous and costs what is read; every change is one transaction, durable when its task completes.
/// Safe for use by many threads.
/// </summary>
public sealed class MailAccount : IDisposable
{
    internal MailAccount(MailAccountOptions options)
    {
        Options = options;
        Changes = new ChangeStream();
        Outbox = new Outbox();
    }

    /// <summary>What it was opened with.</summary>
    public MailAccountOptions Options { get; }

    /// <summary>The account's news.</summary>
    public ChangeStream Changes { get; }

    /// <summary>Accepted mail on its way out.</summary>
    public Outbox Outbox { get; }

    /// <summary>All mailboxes, INBOX first, then by name.</summary>
    public IReadOnlyList<Mailbox> Mailboxes() => throw new NotImplementedException();

    /// <summary>The mailbox of this name, or null. INBOX in any case is the inbox.</summary>
    public Mailbox? Find(string name) => throw new NotImplementedException();

    /// <summary>The mailbox with this id, or null.</summary>
    public Mailbox? Find(MailboxId id) => throw new NotImplementedException();

    /// <summary>The mailbox with this special use, or null.</summary>
    public Mailbox? FindSpecial(string use) => throw new NotImplementedException();

    /// <summary>
    /// Makes INBOX, Sent, Drafts, Trash, Archive and Junk where they are missing and were never deleted. Their ids follow from the
    /// account's digest key, so that two devices make the same ones.
    /// </summary>
    public Task CreateStandardMailboxesAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Makes a mailbox; a trailing delimiter is dropped. Superior levels are not made (RFC 9051 §6.3.4).</summary>
    /// <exception cref="MailException">The name is taken or can not be one.</exception>
    public Task<Mailbox> CreateMailboxAsync(string name, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// Renames a mailbox and everything below it. Renaming INBOX moves its messages to a new mailbox and leaves it empty (RFC 9051 §6.3.6).
    /// </summary>
    /// <exception cref="MailException">There is no such mailbox, or the new name is taken or can not be one.</exception>
    public Task RenameMailboxAsync(string from, string to, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Deletes a mailbox with its messages, in one transaction. Mailboxes below it stay.</summary>
    /// <exception cref="MailException">There is no such mailbox, or it is INBOX.</exception>
    public Task DeleteMailboxAsync(string name, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Subscribes or unsubscribes.</summary>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public Task SubscribeAsync(string name, bool subscribed, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The mailbox's counters.</summary>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public MailboxStatus Status(MailboxId mailbox) => throw new NotImplementedException();

    /// <summary>The mailbox as it is now. Opening it again when nothing changed costs next to nothing.</summary>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public MailboxView Open(MailboxId mailbox) => throw new NotImplementedException();

    /// <summary>
    /// UIDs that left the mailbox after <paramref name="since"/> (RFC 7162 VANISHED), ascending; null when the change stream does not
    /// reach back that far.
    /// </summary>
    public IReadOnlyList<Uid>? Vanished(MailboxId mailbox, ModSeq since) => throw new NotImplementedException();

    /// <summary>The envelope, computed when the message was filed.</summary>
    /// <exception cref="MailException">There is no such message.</exception>
    public MessageEnvelope Envelope(EntryId entry) => throw new NotImplementedException();

    /// <summary>The MIME tree with the place of every part, computed when the message was filed.</summary>
    /// <exception cref="MailException">There is no such message.</exception>
    public MimePartInfo Structure(EntryId entry) => throw new NotImplementedException();

    /// <summary>The message's header with the empty line that ends it, without reading the rest.</summary>
    /// <exception cref="MailException">There is no such message.</exception>
    public ReadOnlyMemory<byte> HeaderBlock(EntryId entry) => throw new NotImplementedException();

    /// <summary>The first words of the message's text (RFC 8970).</summary>
    /// <exception cref="MailException">There is no such message.</exception>
    public string Preview(EntryId entry) => throw new NotImplementedException();

    /// <summary>The message, octet for octet as it was filed; its SHA-256 is checked.</summary>
    /// <exception cref="MailException">There is no such message.</exception>
    /// <exception cref="MessageDamagedException">The octets are not those that were filed.</exception>
    public ReadOnlyMemory<byte> Content(EntryId entry) => throw new NotImplementedException();

    /// <summary>What was found when the message was filed, or null for a message of the user's own.</summary>
    /// <exception cref="MailException">There is no such message.</exception>
    public SecurityFacts? Security(EntryId entry) => throw new NotImplementedException();

    /// <summary>Appends a message.</summary>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public Task<AppendAnswer> AppendAsync(MailboxId mailbox, ReadOnlyMemory<byte> raw, IReadOnlyCollection<string> flags, DateTimeOffset? internalDate = null, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <summary>Appends messages: all of them or none (RFC 3502).</summary>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public Task<IReadOnlyList<AppendAnswer>> AppendManyAsync(MailboxId mailbox, IReadOnlyList<MessageToAppend> messages, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <summary>
    /// Changes flags. UIDs that are not there are passed over; so are messages changed after <paramref name="unchangedSince"/>
    /// (RFC 7162 §3.1.3: they are the MODIFIED set, the difference to what was asked for).
    /// </summary>
    /// <returns>The messages as they are now.</returns>
    /// <exception cref="MailException">There is no such mailbox, or a flag is reserved.</exception>
    public Task<IReadOnlyList<MessageEntry>> ChangeFlagsAsync(
        MailboxId mailbox, IReadOnlyList<Uid> uids, FlagChange change, IReadOnlyCollection<string> flags, ModSeq? unchangedSince = null, CancellationToken cancellationToken = default)
        => throw new NotImplementedException();

    /// <summary>Copies messages; the octets are shared. UIDs that are not there are passed over.</summary>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public Task<CopyAnswer> CopyAsync(MailboxId from, IReadOnlyList<Uid> uids, MailboxId to, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Moves messages: they keep their ids and get new UIDs. UIDs that are not there are passed over.</summary>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public Task<CopyAnswer> MoveAsync(MailboxId from, IReadOnlyList<Uid> uids, MailboxId to, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Removes the messages with <c>\Deleted</c>, or those of them that are in <paramref name="only"/> (RFC 4315 §2.1).</summary>
    /// <returns>The UIDs that are gone, ascending.</returns>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public Task<IReadOnlyList<Uid>> ExpungeAsync(MailboxId mailbox, IReadOnlyList<Uid>? only = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The id of an incoming mail: the same on every device that decrypts the same wrapper (security.md A9).</summary>
    public EntryId IncomingId(ReadOnlySpan<byte> wrapperContent) => throw new NotImplementedException();

    /// <summary>Wipes the account's key material. The store stays open.</summary>
    public void Dispose()
    {
    }
}
