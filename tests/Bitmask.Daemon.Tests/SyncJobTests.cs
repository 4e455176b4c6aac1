using Bitmask.Daemon.Jobs;
using Bitmask.Primitives;
using Bitmask.Soledad;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Daemon.Tests;

public sealed class SyncJobTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");

    [Fact]
    public async Task Run_SyncThatFailsInAnUnknownWay_IsTriedAgain()
    {
        var clock = new FakeTimeProvider();
        using var key = SecretBytes.Random(32);
        using var store = SoledadStore.Open(Path.Combine(_folder.FullName, "soledad.db"), key, new SoledadOptions { Clock = clock });
        using var http = new HttpClient();
        var (soledad, user) = (new Uri("https://soledad.red.test/"), UserId.Parse(new string('a', 32)));
        using var attempts = new SemaphoreSlim(0);
        using var sync = new SyncClient(store, new NoCodec(), http, soledad, user, _ => { attempts.Release(); throw new InvalidOperationException("a fault"); }, clock);
        var feed = new FeedClient(http, soledad, user, async token => { await Task.Delay(Timeout.Infinite, token); return ""; }, clock);
        using var job = new SyncJob(sync, feed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), clock, NullLogger.Instance);
        using var ending = new CancellationTokenSource();
        var running = job.RunAsync(ending.Token);

        Assert.True(await attempts.WaitAsync(Patience));
        Task<bool> again = attempts.WaitAsync(Patience);
        while (!again.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(2));
            await Task.Yield();
        }

        Assert.True(await again);
        // The second attempt has begun, not failed yet; only then does the state say so.
        using var patience = new CancellationTokenSource(Patience);
        while (job.State != "waiting")
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), patience.Token);
        }

        Assert.Contains(nameof(InvalidOperationException), job.Reason, StringComparison.Ordinal);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>No document comes so far.</summary>
    private sealed class NoCodec : IDocumentCodec
    {
        public WireDocument Encode(Document document, ulong seq) => throw new NotSupportedException();

        public DecodeAnswer Decode(WireDocument wire) => throw new NotSupportedException();

        public string WireId(string trueId) => trueId;
    }
}
