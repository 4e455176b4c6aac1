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
        Changes = new ChangeStream(store.Database, projection.Log);
        Outbox = new Outbox(store, projection.Log, options.Clock);
        Index = new SearchIndexer(this);
    }

    /// <summary>The account's own address.</summary>
    public EmailAddress Address { get; }

    /// <summary>The account's news.</summary>
    public ChangeStream Changes { get; }

    /// <summary>Accepted mail on its way out.</summary>
    public Outbox Outbox { get; }

    internal TimeProvider Clock { get; }

    /// <summary>The id of an incoming mail: the same on every device that decrypts the same wrapper (security.md A9).</summary>
    /// <param name="wrapperContent">The decrypted wrapper, all of it.</param>
    public EntryId IncomingId(ReadOnlySpan<byte> wrapperContent) => new(Derive("in", SHA256.HashData(wrapperContent)));

    /// <summary>Wipes the account's key material. The store stays open.</summary>
    public void Dispose() => _digestKey.Dispose();

    private MailboxId StandardId(string name) => new(Derive("mbox", Encoding.UTF8.GetBytes(name.ToLowerInvariant())));

    private UInt128 Derive(string label, ReadOnlySpan<byte> value)
        => HexId.Read(HMACSHA256.HashData(_digestKey.Span, [.. Encoding.ASCII.GetBytes(label), .. value]));
}
