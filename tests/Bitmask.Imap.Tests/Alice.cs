using System.IO.Pipelines;
using System.Text;
using Bitmask.Imap.Session;
using Bitmask.Mail;
using Bitmask.Primitives;
using Bitmask.Soledad;
using Bitmask.Sqlite;
using Bitmask.Testing.Dialogues;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bitmask.Imap.Tests;

/// <summary>Alice, her account in a real encrypted store, and the door to it.</summary>
internal sealed class Alice : IScramAuthenticator, IDisposable
{
    public const string Address = "alice@red.test";
    public const string Token = "right";

    private readonly DirectoryInfo _folder;
    private readonly CancellationTokenSource _locked = new();
    private bool _keepsFolder;

    private Alice(DirectoryInfo folder, DatabaseOptions? database)
    {
        _folder = folder;
        using var key = new SecretBytes([.. Enumerable.Range(0, 32).Select(static i => (byte)i)]);
        using var digest = key.Clone();
        var projection = new MailProjection(Clock);
        Store = SoledadStore.Open(Path.Combine(_folder.FullName, "store.db"), key, new SoledadOptions
        {
            Projections = [projection, .. MailProjection.ForBlobs(Clock)],
            Resolvers = MailProjection.Resolvers,
            Database = database ?? new DatabaseOptions(),
        });
        Blobs = BlobStore.Open(Path.Combine(_folder.FullName, "blobs.db"), key, new BlobStoreOptions { MaxCacheOctets = 0 });
        Account = new MailAccount(Store, projection, new MailAccountOptions { Address = EmailAddress.Parse(Address), DigestKey = digest, Blobs = Blobs, Clock = Clock });
    }

    public DialogueClock Clock { get; } = new();

    public MailAccount Account { get; }

    public SoledadStore Store { get; }

    /// <summary>Large parts; what the provider has is dropped as soon as there is something newer.</summary>
    public BlobStore Blobs { get; }

    /// <summary>The standard mailboxes and, in INBOX, the first <paramref name="mails"/> of <see cref="SampleMails"/>.</summary>
    public static async Task<Alice> WithMailAsync(int mails, DatabaseOptions? database = null)
    {
        var alice = new Alice(Directory.CreateTempSubdirectory("bitmask-"), database);
        await alice.Account.CreateStandardMailboxesAsync();
        foreach (var (text, flags, date) in SampleMails.All.Take(mails))
        {
            await alice.Account.AppendAsync(alice.Account.Find("INBOX")!.Id, text, flags, date);
        }

        return alice;
    }

    /// <summary>Opens a home as it was left; the folder goes when it is closed.</summary>
    /// <exception cref="DatabaseException">It can not be opened.</exception>
    public static Alice Open(DirectoryInfo folder) => new(folder, null);

    /// <summary>Closes the home, which stays.</summary>
    public DirectoryInfo Leave()
    {
        _keepsFolder = true;
        Dispose();
        return _folder;
    }

    /// <summary>A session on a connection in memory; the task ends with it.</summary>
    public (IDuplexPipe Client, Task Session) Connect(ImapOptions? options = null, CancellationToken stopping = default)
    {
        var pipes = new PipePair(new PipeOptions(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024));
        return (pipes.Client, RunAsync());

        async Task RunAsync()
        {
            using var session = new ImapSession(pipes.Server, "test", this, options ?? new ImapOptions(), Clock, NullLogger.Instance);
            await session.RunAsync(stopping, CancellationToken.None);
        }
    }

    public ValueTask<ImapLogin> AuthenticateAsync(string user, SecretBytes password, CancellationToken cancellationToken)
        => new(user == "locked@red.test"
            ? new ImapLogin.Unavailable()
            : user == Address && password.FixedTimeEquals(Encoding.ASCII.GetBytes(Token)) ? new ImapLogin.Accepted(Account, _locked.Token) : new ImapLogin.Rejected());

    /// <summary>Two passwords under one salt, as an account with two mail programs has them.</summary>
    public ValueTask<ScramCredentials> ScramAsync(string user, CancellationToken cancellationToken)
    {
        using var other = new SecretBytes("other"u8);
        using var token = new SecretBytes(Encoding.ASCII.GetBytes(Token));
        var salt = "sixteen octets !"u8.ToArray();
        ImapLogin login = user == "locked@red.test" ? new ImapLogin.Unavailable() : user == Address ? new ImapLogin.Accepted(Account, _locked.Token) : new ImapLogin.Rejected();
        return new(new ScramCredentials(salt, 4096, user == Address ? [ScramVerifier.Of(other, salt, 4096), ScramVerifier.Of(token, salt, 4096)] : [], login));
    }

    public void Lock() => _locked.Cancel();

    public void Dispose()
    {
        Account.Dispose();
        Blobs.Dispose();
        Store.Dispose();
        _locked.Dispose();
        if (!_keepsFolder)
        {
            _folder.Delete(recursive: true);
        }
    }
}
