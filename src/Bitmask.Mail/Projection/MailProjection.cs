using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>
/// Derives the tables that mail is read from, inside the transaction that changes a document, for local and for synced writes alike.
/// Register it, and <see cref="Resolvers"/>, when the account's store is opened, then make the <see cref="MailAccount"/> with both.
/// </summary>
/// <remarks>
/// A message is visible, that is, has a UID, when its entry, its mailbox, its head and all of its parts are there, in whatever order
/// they came. Documents of a form that this version does not know are passed over: they stay in the store and hurt nobody.
/// </remarks>
public sealed class MailProjection : IDocumentProjection
{
    private readonly MailboxTable _mailboxes;
    private readonly EntryTable _entries;
    private readonly HeadTable _heads;

    /// <summary>A projection for one store.</summary>
    /// <param name="clock">The clock; UIDVALIDITY numbers begin with its time.</param>
    public MailProjection(TimeProvider? clock = null)
    {
        clock ??= TimeProvider.System;
        Log = new ChangeLog();
        Visibility = new Visibility(Log, clock);
        _heads = new HeadTable(Visibility);
        _entries = new EntryTable(Visibility, _heads, clock);
        _mailboxes = new MailboxTable(Log, Visibility, clock);
    }

    /// <inheritdoc/>
    public string Component => MailSchema.Component;

    /// <inheritdoc/>
    public IReadOnlyList<Migration> Migrations => MailSchema.Migrations;

    /// <summary>The merge rules of mail documents, to be registered beside this.</summary>
    public static IReadOnlyList<IConflictResolver> Resolvers { get; } = MailConflictResolver.All;

    /// <summary>The projections that an account with blobs needs beside this one: which blobs are referred to, and which octets are here.</summary>
    public static IReadOnlyList<IDocumentProjection> ForBlobs(TimeProvider clock) => [new BlobReferences([HeadDocument.DocumentType], clock), new OctetsIndex()];

    internal ChangeLog Log { get; }

    internal Visibility Visibility { get; }

    /// <inheritdoc/>
    public bool Handles(string documentType)
        => documentType is MailboxDocument.DocumentType or SubscriptionDocument.DocumentType or EntryDocument.DocumentType or HeadDocument.DocumentType or PartDocument.DocumentType;

    /// <inheritdoc/>
    public void Settle(StoreTransaction tx, string id)
    {
        if (id is ['M', '-', ..] && DocumentIds.Entry(id) is { } entry)
        {
            OwedTable.Settle(tx, entry, _entries);
        }
    }

    /// <inheritdoc/>
    public void Apply(WriteTransaction tx, Document? before, Document? after)
    {
        // The id's first letter says the type as well, without reading the content again.
        var id = (after ?? before)?.Id ?? throw new ArgumentException("A change has at least one version.");
        switch (id)
        {
            case ['B', '-', ..] when DocumentIds.Mailbox(id) is { } mailbox:
                _mailboxes.Apply(tx, mailbox, MailboxRow.Read(id, after?.Json));
                break;
            case ['S', '-', ..] when DocumentIds.Subscription(id) is { } subscription:
                SubscriptionTable.Apply(tx, Log, subscription, SubscriptionRow.Read(id, after?.Json));
                break;
            case ['M', '-', ..] when DocumentIds.Entry(id) is { } entry:
                _entries.Apply(tx, entry, EntryRow.Read(id, after?.Json));
                break;
            case ['H', '-', ..] when DocumentIds.Head(id) is { } head:
                _heads.Apply(tx, head, before, HeadRow.Read(id, after?.Json));
                break;
            case ['C', '-', ..]:
                _heads.ApplyPart(tx, id, before, after is not null);
                break;
        }
    }
}
