using System.Globalization;
using System.Text;
using Bitmask.Keys;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using Bitmask.Smtp;
using Bitmask.Smtp.Client;
using Bitmask.Soledad;
using Bitmask.Sqlite;
using Bitmask.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Mail.Pipelines.Tests;

/// <summary>Somebody with an account: a real store, real keys, both pipelines, and doubles of what the provider does.</summary>
internal sealed class Person : IAsyncDisposable
{
    private static readonly byte[] SomeKey = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly HttpClient _directoryHttp;
    private readonly HttpClient _boxHttp;
    private readonly HttpClient _shelfHttp;

    private Person(EmailAddress address, KeyDirectoryDouble directory, FakeTimeProvider clock, Person? first = null)
    {
        (Shelf, Box) = (first?.Shelf ?? Shelf, first?.Box ?? Box);
        _shelfHttp = new HttpClient(Shelf, disposeHandler: false);
        (Address, Clock) = (address, clock);
        _directoryHttp = new HttpClient(directory, disposeHandler: false);
        _boxHttp = new HttpClient(Box, disposeHandler: false);
        Open();
    }

    public EmailAddress Address { get; }

    public FakeTimeProvider Clock { get; }

    public BoxDouble Box { get; private set; } = new();

    /// <summary>The blobs at the provider.</summary>
    public BlobShelf Shelf { get; private set; } = new();

    public BlobStore Blobs { get; private set; } = null!;

    public BlobTransfer Transfer { get; private set; } = null!;

    public RelayDouble Relay { get; } = new();

    /// <summary>The provider's submission servers, the first to use first; one by default.</summary>
    public List<RelayDouble> Servers { get; } = [];

    public SoledadStore Store { get; private set; } = null!;

    public MailAccount Account { get; private set; } = null!;

    public KeyManager Keys { get; private set; } = null!;

    public IncomingPipeline Incoming { get; private set; } = null!;

    public OutgoingPipeline Outgoing { get; private set; } = null!;

    /// <summary>How mail is sent; what is changed counts from the next mail on.</summary>
    public OutgoingOptions Sending { get; } = new() { Chance = new Random(1) };

    /// <summary>Called before each commit; throws to crash.</summary>
    public Action<long>? OnCommitting { get; set; }

    public OpenPgpCertificate Certificate => Own.Certificate;

    public OpenPgpSecretKey Own => ((OwnKey.Present)Keys.OwnKey()).Key;

    public static FakeTimeProvider NewClock() => new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    /// <summary>Makes an account with a key that is in the directory.</summary>
    public static async Task<Person> StartAsync(string address, KeyDirectoryDouble directory, FakeTimeProvider clock, bool hasKey = true)
    {
        var person = new Person(EmailAddress.Parse(address), directory, clock);
        await person.Account.CreateStandardMailboxesAsync();
        if (hasKey)
        {
            directory.Certificates[address] = await person.Keys.CreateOwnKeyAsync((_, _) => Task.CompletedTask);
        }

        return person;
    }

    /// <summary>Another device of the same account, with the same key and the same provider, and an empty disk.</summary>
    public static async Task<Person> OtherDeviceAsync(Person first, KeyDirectoryDouble directory)
    {
        var other = new Person(first.Address, directory, first.Clock, first);
        await first.SendAsync(other);
        return other;
    }

    /// <summary>Everything that was written here goes to another device, as a provider between them would hand it on.</summary>
    public async Task SendAsync(Person other)
    {
        var known = other.Store.Read(reader => reader.GetSync(Store.ReplicaUid)).Generation;
        foreach (var (change, document) in Store.Read(reader => reader.Changes(known).Select(change => (change, reader.Get(change.Id)!)).ToList()))
        {
            await other.Store.WriteAsync(tx => tx.InsertFromSync(document, new SyncSource(Store.ReplicaUid, change.Generation, change.TransactionId)));
        }
    }

    /// <summary>All mails in the inbox, oldest first.</summary>
    public IReadOnlyList<EntryId> Inbox() => [.. Account.Open(Account.Find("INBOX")!.Id).Entries.Select(entry => entry.Id)];

    public byte[] Content(EntryId entry) => Account.Content(entry).ToArray();

    public string Text(EntryId entry) => Encoding.UTF8.GetString(Content(entry));

    /// <summary>An older key of this person comes, as by a sync from another device.</summary>
    public Task AddSecretKeyAsync(OpenPgpSecretKey key) => Store.WriteAsync(tx => tx.Create(Guid.NewGuid().ToString("n"), System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, object>
    {
        ["uids"] = new[] { Address.Canonical },
        ["type"] = "OpenPGPKey",
        ["fingerprint"] = key.Fingerprint.Value,
        ["key_data"] = key.ExportArmor(),
        ["private"] = true,
        ["tags"] = new[] { "keymanager-key" },
    })));

    /// <summary>As if a sync had sent everything.</summary>
    public Task AcknowledgeAsync(long? generation = null)
        => Store.WriteAsync(tx => tx.SetSetting("sync.acknowledged", (generation ?? tx.Generation).ToString(CultureInfo.InvariantCulture)));

    /// <summary>Hands a mail in, as a mail program does.</summary>
    public Task<SmtpReply> SubmitAsync(string raw, params string[] recipients)
    {
        var transaction = new SmtpTransaction { AuthenticatedUser = Address.Address, ReversePath = Address.Address, Message = Encoding.UTF8.GetBytes(raw.ReplaceLineEndings("\r\n")) };
        transaction.Recipients.AddRange(recipients.Select(recipient => new SmtpRecipient(recipient)));
        return Outgoing.AcceptAsync(transaction);
    }

    /// <summary>A mail has gone to each of them before.</summary>
    public Task WroteToAsync(params string[] addresses) => Store.WriteAsync(tx => Array.ForEach(addresses, address => Keys.MarkWritten(tx, EmailAddress.Parse(address))));

    /// <summary>As after a crash: everything is opened anew from the disk.</summary>
    public void Restart()
    {
        Close();
        Open();
    }

    public async ValueTask DisposeAsync()
    {
        OnCommitting = null;
        Close();
        await Relay.DisposeAsync();
        foreach (var server in Servers)
        {
            await server.DisposeAsync();
        }

        _directoryHttp.Dispose();
        _boxHttp.Dispose();
        _shelfHttp.Dispose();
        Box.Dispose();
        Shelf.Dispose();
        _folder.Delete(recursive: true);
    }

    private void Open()
    {
        using var key = new SecretBytes(SomeKey);
        var projection = new MailProjection(Clock);
        Store = SoledadStore.Open(Path.Combine(_folder.FullName, "account.db"), key, new SoledadOptions
        {
            Projections = [projection, .. MailProjection.ForBlobs(Clock), .. KeyManager.Projections],
            Resolvers = [.. MailProjection.Resolvers, .. KeyManager.ConflictResolvers],
            Database = new DatabaseOptions { OnCommitting = number => OnCommitting?.Invoke(number) },
            Clock = Clock,
        });
        Blobs = BlobStore.Open(Path.Combine(_folder.FullName, "blobs.db"), key, new BlobStoreOptions { Clock = Clock });
        Account = new MailAccount(Store, projection, new MailAccountOptions { Address = Address, DigestKey = key, Blobs = Blobs, Clock = Clock });
        Transfer = new BlobTransfer(Blobs, new BlobClient(_shelfHttp, new Uri("https://soledad.test/"), new UserId("0123456789abcdef0123456789abcdef"), _ => Task.FromResult("token")));
        Keys = new KeyManager(Store, _directoryHttp, new KeyManagerOptions { Address = Address, KeyDirectory = new Uri("https://nicknym.test:6425/") }, Clock);
        var box = new IncomingBoxClient(_boxHttp, new Uri("https://soledad.test/"), new UserId("0123456789abcdef0123456789abcdef"), _ => Task.FromResult("token"));
        Incoming = new IncomingPipeline(Store, Account, Keys, box, Clock, NullLogger<IncomingPipeline>.Instance, new IncomingOptions { Chance = new Random(1) });
        Outgoing = new OutgoingPipeline(Store, Account, Keys, Relays, Clock, NullLogger<OutgoingPipeline>.Instance, Sending);
    }

    private async Task<IReadOnlyList<SmtpEndpoint>> Relays(CancellationToken cancellationToken)
        => [.. await Task.WhenAll(Servers.DefaultIfEmpty(Relay).Select(server => server.EndpointAsync(cancellationToken)))];

    private void Close()
    {
        Incoming.Dispose();
        Outgoing.Dispose();
        Keys.Dispose();
        Account.Dispose();
        Transfer.Dispose();
        Blobs.Dispose();
        Store.Dispose();
    }
}
