using System.Globalization;
using System.Net;
using Bitmask.Daemon.Doors;
using Bitmask.Imap;
using Bitmask.Mail;
using Bitmask.Primitives;
using Bitmask.Soledad;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bitmask.Benchmarks.Measured;

/// <summary>
/// Store, blobs, mail, full-text index and IMAP as the daemon has them, with an empty account and without a provider: the server that
/// <c>peers/bench_imap.py</c> is run against. Any name and password will do.
/// </summary>
internal static class ImapServer
{
    public const string Command = "imap-server";

    /// <summary>Serves until its input ends.</summary>
    public static async Task RunAsync(string folder, int port)
    {
        Directory.CreateDirectory(folder);
        using var key = SecretBytes.Random(32);
        using var digest = SecretBytes.Random(32);
        var clock = TimeProvider.System;
        var projection = new MailProjection(clock);
        using var store = SoledadStore.Open(
            Path.Combine(folder, "soledad.db"), key,
            new SoledadOptions { Projections = [projection, .. MailProjection.ForBlobs(clock)], Resolvers = MailProjection.Resolvers, Clock = clock });
        store.KeepDigest(digest);
        using var blobs = BlobStore.Open(Path.Combine(folder, "blobs.db"), key, new BlobStoreOptions { Clock = clock });
        using var account = new MailAccount(
            store, projection, new MailAccountOptions { Address = EmailAddress.Parse("alice@red.test"), DigestKey = digest, Blobs = blobs, Clock = clock });
        await account.CreateStandardMailboxesAsync();
        using var closing = new CancellationTokenSource();
        var indexing = Task.Run(() => account.Index.RunAsync(closing.Token));
        var imap = new ImapConnectionHandler(new Anybody(account), new ImapOptions(), clock, NullLogger<ImapConnectionHandler>.Instance);
        await using (var door = Door.OnPort("imap", IPAddress.Loopback, port, listen => listen.Run(imap), clock, NullLoggerFactory.Instance))
        {
            await door.OpenAsync();
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId}: {door.Status.State} on {door.Status.Address}"));
            while (await Console.In.ReadLineAsync() is { } line)
            {
                var memory = GC.GetGCMemoryInfo(GCKind.Any);
                await Console.Out.WriteLineAsync(line switch
                {
                    "waiting" => string.Create(CultureInfo.InvariantCulture, $"{account.Index.Waiting}"),
                    "memory" => string.Create(CultureInfo.InvariantCulture, $"managed {memory.HeapSizeBytes >> 20} MiB, committed {memory.TotalCommittedBytes >> 20} MiB, collections {GC.CollectionCount(0)}/{GC.CollectionCount(1)}/{GC.CollectionCount(2)}"),
                    _ => "",
                });
            }
        }

        await closing.CancelAsync();
        await indexing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private sealed class Anybody(MailAccount account) : IImapAuthenticator
    {
        public ValueTask<ImapLogin> AuthenticateAsync(string user, SecretBytes password, CancellationToken cancellationToken) => new(new ImapLogin.Accepted(account));
    }
}
