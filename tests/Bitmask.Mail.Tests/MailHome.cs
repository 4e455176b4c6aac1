using System.Text;
using Bitmask.Primitives;
using Bitmask.Soledad;
using Bitmask.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Mail.Tests;

/// <summary>One device of one account: a store in a folder of its own. When it closes, its tables are compared with its documents.</summary>
internal sealed class MailHome : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly byte[] DigestKey = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly byte[] DatabaseKey = [.. Enumerable.Range(0, 32).Select(i => (byte)(255 - i))];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly Action<long>? _onCommitting;
    private readonly int? _togetherFrom;

    public MailHome(Action<long>? onCommitting = null, bool hasBlobs = false, int? togetherFrom = null)
    {
        (_onCommitting, HasBlobs, _togetherFrom) = (onCommitting, hasBlobs, togetherFrom);
        (Store, Projection, Account) = OpenStore();
    }

    public FakeTimeProvider Clock { get; } = new(Start);

    public SoledadStore Store { get; private set; }

    public MailProjection Projection { get; private set; }

    public MailAccount Account { get; private set; }

    /// <summary>Whether large parts go into blobs from the next opening on.</summary>
    public bool HasBlobs { get; set; }

    /// <summary>Where large parts go, when this home has it.</summary>
    public BlobStore Blobs { get; private set; } = null!;

    public Mailbox Inbox => Account.Find("INBOX")!;

    /// <param name="hasBlobs">Whether large parts go into blobs.</param>
    /// <param name="togetherFrom">From how many messages on documents are owed, until they are asked for.</param>
    public static async Task<MailHome> StartAsync(bool hasBlobs = false, int? togetherFrom = null)
    {
        var home = new MailHome(hasBlobs: hasBlobs, togetherFrom: togetherFrom);
        await home.Account.CreateStandardMailboxesAsync();
        return home;
    }

    public static byte[] Mail(string subject = "hello", string body = "One line.\r\n")
        => Encoding.UTF8.GetBytes($"From: Alice <alice@red.test>\r\nTo: bob@blue.test\r\nSubject: {subject}\r\nMessage-ID: <{subject.GetHashCode(StringComparison.Ordinal)}@red.test>\r\n\r\n{body}");

    public Task<AppendAnswer> AppendAsync(byte[]? raw = null, string mailbox = "INBOX", params string[] flags)
        => Account.AppendAsync(Account.Find(mailbox)!.Id, raw ?? Mail(), flags);

    /// <summary>The id that the incoming mail of this number has on every device.</summary>
    public static EntryId IncomingId(int number) => EntryId.Parse(number.ToString("x32", System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Files a mail that came, as the pipeline does.</summary>
    public async Task<FiledAnswer> FileAsync(byte[] raw, int number)
    {
        var mail = new IncomingMail(IncomingId(number), raw, Start, null);
        await Account.PrepareAsync(mail);
        return await Store.WriteAsync(tx => Account.FileIncoming(tx, mail));
    }

    public MailboxView View(string mailbox = "INBOX") => Account.Open(Account.Find(mailbox)!.Id);

    public List<Document> Documents(string type) => [.. Store.Read(reader => reader.GetByType(type))];

    public void Reopen()
    {
        Close();
        (Store, Projection, Account) = OpenStore();
    }

    public void Check() => Assert.Empty(Account.Check());

    public void Dispose()
    {
        try
        {
            Check();
        }
        finally
        {
            Close();
            _folder.Delete(recursive: true);
        }
    }

    private void Close()
    {
        Account.Dispose();
        Blobs?.Dispose();
        Store.Dispose();
    }

    private (SoledadStore Store, MailProjection Projection, MailAccount Account) OpenStore()
    {
        using var databaseKey = new SecretBytes(DatabaseKey);
        using var digestKey = new SecretBytes(DigestKey);
        var projection = new MailProjection(Clock);
        var store = SoledadStore.Open(Path.Combine(_folder.FullName, "account.db"), databaseKey, new SoledadOptions
        {
            Projections = [projection, .. HasBlobs ? MailProjection.ForBlobs(Clock) : []],
            Resolvers = MailProjection.Resolvers,
            Database = new DatabaseOptions { OnCommitting = _onCommitting },
            Clock = Clock,
        });
        Blobs = HasBlobs ? BlobStore.Open(Path.Combine(_folder.FullName, "blobs.db"), databaseKey, new BlobStoreOptions { Clock = Clock }) : null!;
        return (store, projection, new MailAccount(store, projection, new MailAccountOptions
        {
            Address = EmailAddress.Parse("alice@red.test"),
            DigestKey = digestKey,
            Blobs = Blobs,
            Clock = Clock,
            TogetherFrom = _togetherFrom ?? 64,
            WritesOwed = _togetherFrom is null,
        }));
    }
}
