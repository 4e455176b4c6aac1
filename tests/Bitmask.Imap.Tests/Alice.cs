using System.IO.Pipelines;
using System.Text;
using Bitmask.Imap.Session;
using Bitmask.Mail;
using Bitmask.Primitives;
using Bitmask.Soledad;
using Bitmask.Testing.Dialogues;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bitmask.Imap.Tests;

/// <summary>Alice, her account in a real encrypted store, and the door to it.</summary>
internal sealed class Alice : IImapAuthenticator, IDisposable
{
    public const string Address = "alice@red.test";
    public const string Token = "right";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly CancellationTokenSource _locked = new();
    private Alice()
    {
        using var key = SecretBytes.Random(32);
        using var digest = SecretBytes.Random(32);
        var projection = new MailProjection(Clock);
        Store = SoledadStore.Open(Path.Combine(_folder.FullName, "store.db"), key, new SoledadOptions { Projections = [projection, .. MailProjection.ForBlobs(Clock)], Resolvers = MailProjection.Resolvers });
        Blobs = BlobStore.Open(Path.Combine(_folder.FullName, "blobs.db"), key, new BlobStoreOptions { MaxCacheOctets = 0 });
        Account = new MailAccount(Store, projection, new MailAccountOptions { Address = EmailAddress.Parse(Address), DigestKey = digest, Blobs = Blobs, Clock = Clock });
    }

    public DialogueClock Clock { get; } = new();

    public MailAccount Account { get; }

    public SoledadStore Store { get; }

    /// <summary>Large parts; what the provider has is dropped as soon as there is something newer.</summary>
    public BlobStore Blobs { get; }

    /// <summary>The standard mailboxes and, in INBOX, the first <paramref name="mails"/> of <see cref="SampleMails"/>.</summary>
    public static async Task<Alice> WithMailAsync(int mails)
    {
        var alice = new Alice();
        await alice.Account.CreateStandardMailboxesAsync();
        foreach (var (text, flags, date) in SampleMails.All.Take(mails))
        {
            await alice.Account.AppendAsync(alice.Account.Find("INBOX")!.Id, text, flags, date);
        }

        return alice;
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

    public void Lock() => _locked.Cancel();

    public void Dispose()
    {
        Account.Dispose();
        Blobs.Dispose();
        Store.Dispose();
        _locked.Dispose();
        _folder.Delete(recursive: true);
    }
}
