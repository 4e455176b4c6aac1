using System.Security.Cryptography;
using System.Text;
using Bitmask.Primitives;
using Bitmask.Soledad;

namespace Bitmask.Mail;

/// <summary>
/// An account's mail, for whoever shows or changes it (IMAP, JMAP, pipelines, a program of its own): mailboxes, messages, flags, outbox,
/// change stream. Reading is synchronous and costs what is read; every change is one transaction, durable when its task completes.
/// Safe for use by many threads.
/// </summary>
public sealed partial class MailAccount : IDisposable
{
    private readonly SoledadStore _store;
    private readonly MailProjection _projection;
    private readonly BlobStore? _blobs;
    private readonly SecretBytes _digestKey;
    private readonly ViewCache _views = new();
    private bool _ownsStore;
    private long _writes;

    /// <summary>The mail of an open store; the store stays the caller's.</summary>
    /// <param name="store">The store, opened with <paramref name="projection"/> and <see cref="MailProjection.Resolvers"/>.</param>
    /// <param name="projection">The projection that the store was opened with.</param>
    /// <param name="options">Address, key, clock.</param>
    public MailAccount(SoledadStore store, MailProjection projection, MailAccountOptions options)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(projection);
        ArgumentNullException.ThrowIfNull(options);
        (_store, _projection, _blobs) = (store, projection, options.Blobs);
        _digestKey = options.DigestKey.Clone();
        Address = options.Address;
        Clock = options.Clock;
        _opened = options.Clock.GetUtcNow();
        Changes = new ChangeStream(store.Database, projection.Log);
        Outbox = new Outbox(store, projection.Log, options.Clock);
        Index = new SearchIndexer(this);
        (_togetherFrom, _owed) = (options.TogetherFrom, new OwedWriter(this, options.WritesOwed));
        if (store.Read(static reader => OwedTable.Any(reader.Sql)))
        {
            _owed.Wake();
        }
    }

    /// <summary>The account's own address.</summary>
    public EmailAddress Address { get; }

    /// <summary>The account's news.</summary>
    public ChangeStream Changes { get; }

    /// <summary>Accepted mail on its way out.</summary>
    public Outbox Outbox { get; }

    internal TimeProvider Clock { get; }

    /// <summary>Who waits for an answer.</summary>
    internal Foreground Foreground { get; } = new();

    /// <summary>How many changes were asked for.</summary>
    internal long Writes => Interlocked.Read(ref _writes);

    /// <summary>The id of an incoming mail: the same on every device that decrypts the same wrapper (security.md A9).</summary>
    /// <param name="wrapperContent">The decrypted wrapper, all of it.</param>
    public EntryId IncomingId(ReadOnlySpan<byte> wrapperContent) => new(Derive("in", SHA256.HashData(wrapperContent)));

    /// <summary>
    /// Somebody waits for an answer from now until what this returns is disposed: work that can wait, such as filling the full-text index, steps aside meanwhile, though never for good.
    /// </summary>
    public IDisposable BeginForeground() => Foreground.Begin();

    /// <summary>
    /// Opens an account's file on its own, or makes an empty one: for programs that have no other use for the store. Nothing is synced; the
    /// file must not be open elsewhere.
    /// </summary>
    /// <param name="path">The file; its folder must be there.</param>
    /// <param name="databaseKey">The key of the file, 32 octets; copied.</param>
    /// <param name="options">Address, key, clock.</param>
    /// <exception cref="Sqlite.DatabaseException">Wrong key, damaged, in use, written by a newer program: see its subclasses.</exception>
    public static MailAccount OpenFile(string path, SecretBytes databaseKey, MailAccountOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var projection = new MailProjection(options.Clock);
        var store = SoledadStore.Open(path, databaseKey, new SoledadOptions { Projections = [projection], Resolvers = MailProjection.Resolvers, Clock = options.Clock });
        return new MailAccount(store, projection, options) { _ownsStore = true };
    }

    /// <summary>Wipes the account's key material. The store stays open, unless it was opened by <see cref="OpenFile"/>.</summary>
    public void Dispose()
    {
        _owed.Dispose();
        _digestKey.Dispose();
        if (_ownsStore)
        {
            _store.Dispose();
        }
    }

    private MailboxId StandardId(string name) => new(Derive("mbox", Encoding.UTF8.GetBytes(name.ToLowerInvariant())));

    private UInt128 Derive(string label, ReadOnlySpan<byte> value)
        => HexId.Read(HMACSHA256.HashData(_digestKey.Span, [.. Encoding.ASCII.GetBytes(label), .. value]));
}
