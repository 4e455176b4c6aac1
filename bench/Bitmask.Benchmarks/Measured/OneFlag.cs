using System.Diagnostics;
using System.Globalization;
using Bitmask.Daemon.Jobs;
using Bitmask.Primitives;
using Bitmask.Soledad;
using Bitmask.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bitmask.Benchmarks.Measured;

/// <summary>(c) A flag changed on one device is visible on another; both run the daemon's sync job, with a coalescing window of nothing. Target: p50 under 150 ms.</summary>
internal static class OneFlag
{
    private const int Changes = 200;

    public static async Task RunAsync()
    {
        await using var provider = await ChildProvider.StartAsync();
        using var keyset = Keyset.Create(new string('0', 64), TimeProvider.System.GetUtcNow());
        await using var one = new Device(provider, keyset);
        await using var other = new Device(provider, keyset);
        await Task.WhenAll(one.StandingAsync(), other.StandingAsync());
        var rev = (await one.Store.WriteAsync(static tx => tx.Create("M-1", """{"type":"flags","v":0}"""))).Rev;
        await other.HasAsync(rev);
        var milliseconds = new List<double>();
        for (var i = 1; i <= Changes; i++)
        {
            var began = Stopwatch.GetTimestamp();
            var json = string.Create(CultureInfo.InvariantCulture, $$"""{"type":"flags","v":{{i}}}""");
            rev = (await one.Store.WriteAsync(tx => tx.Put("M-1", rev, json))).Rev;
            await other.HasAsync(rev);
            milliseconds.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        milliseconds.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"one flag, from device to device: p50 {milliseconds[Changes / 2]:0.0} ms  p95 {milliseconds[Changes * 95 / 100]:0.0} ms  max {milliseconds[^1]:0.0} ms"));
    }

    private sealed class Device : IAsyncDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-bench-");
        private readonly SecretBytes _key = SecretBytes.Random(Database.KeyOctets);
        private readonly CancellationTokenSource _ending = new();
        private readonly HttpClient _http;
        private readonly SyncClient _sync;
        private readonly SyncJob _job;
        private readonly SemaphoreSlim _synced = new(0);
        private readonly Task _running;

        public Device(ChildProvider provider, Keyset keyset)
        {
            Store = SoledadStore.Open(Path.Combine(_folder.FullName, "store.db"), _key);
            _http = provider.CreateClient();
            _sync = provider.CreateSync(Store, keyset, _http);
            var feed = new FeedClient(_http, provider.Soledad, ChildProvider.Alice, provider.TokenAsync, TimeProvider.System);
            var options = new SyncJobOptions
            {
                Coalesce = TimeSpan.Zero,
                Poll = TimeSpan.FromMinutes(1),
                Known = () => Store.Read(SyncClient.KnownGeneration),
                IsUrgent = static (_, _) => false,
            };
            _job = new SyncJob(_sync, feed, options, TimeProvider.System, NullLogger.Instance);
            _job.Progressed += _ => _synced.Release(); // what is stored is seen; the sync may still tell the provider so
            feed.Waiting += (_, _) => _job.Lost();
            Store.LocalChange += _job.LocalChange;
            _running = _job.RunAsync(_ending.Token);
        }

        public SoledadStore Store { get; }

        public async Task StandingAsync()
        {
            while (!_job.IsFeedStanding)
            {
                await Task.Delay(10);
            }
        }

        public async Task HasAsync(string rev)
        {
            while (Store.Read(static reader => reader.Get("M-1"))?.Rev != rev)
            {
                await _synced.WaitAsync();
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _ending.CancelAsync();
            await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _job.Dispose();
            _sync.Dispose();
            _http.Dispose();
            Store.Dispose();
            _key.Dispose();
            _synced.Dispose();
            _ending.Dispose();
            _folder.Delete(recursive: true);
        }
    }
}
