using System.IO.Pipelines;
using System.Net;
using System.Text;
using Bitmask.Daemon.Jobs;
using Bitmask.Soledad;
using Bitmask.Soledad.Tests.Sync;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Daemon.Tests;

/// <summary>When the job syncs, by a clock that only the tests move.</summary>
public sealed class SyncJobTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Coalesce = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider _clock = new();
    private readonly Devices _devices = new();
    private readonly FakeProvider _provider = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly SemaphoreSlim _synced = new(0);
    private readonly List<DateTimeOffset> _begun = [];
    private SoledadStore _store = null!;
    private readonly Pipe _feedLine = new();
    private HttpClient _http = null!;
    private SyncClient _sync = null!;
    private SyncJob _job = null!;
    private Task _running = Task.CompletedTask;
    private Func<HttpResponseMessage>? _feedAnswer;
    private Exception? _fault;

    public ValueTask InitializeAsync()
    {
        _devices.Clock = _clock;
        _store = _devices.Add();
        _http = new HttpClient(new WithFeed(this, _provider), disposeHandler: false);
        var soledad = new Uri("https://soledad.test");
        Task<string> Token(CancellationToken cancellationToken) => _fault is { } fault ? Task.FromException<string>(fault) : Task.FromResult("secret");
        _sync = new SyncClient(_store, _devices.Codec(_store), _http, soledad, Devices.Alice, Token, _clock);
        var feed = new FeedClient(_http, soledad, Devices.Alice, _ => Task.FromResult("secret"), _clock, new FeedOptions { IdleLimit = TimeSpan.FromDays(40) });
        _job = new SyncJob(
            _sync,
            feed,
            new SyncJobOptions
            {
                Coalesce = Coalesce,
                Poll = Poll,
                Known = () => _store.Read(SyncClient.KnownGeneration),
                IsUrgent = (after, upTo) => _store.Read(reader => UrgentChanges.Any(reader, after, upTo)),
            },
            _clock,
            NullLogger.Instance);
        feed.Waiting += (_, _) => _job.Lost();
        _store.LocalChange += _job.LocalChange;
        _job.Synced += () => _synced.Release();
        _provider.Asked = () =>
        {
            if (_provider.Requests[^1] == "GET")
            {
                lock (_begun)
                {
                    _begun.Add(_clock.GetUtcNow());
                }
            }
        };
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _job.Dispose();
        _sync.Dispose();
        _http.Dispose();
        _devices.Dispose();
        _provider.Dispose();
        _synced.Dispose();
        _ending.Dispose();
    }

    [Fact]
    public async Task Idle_FeedStands_AsksNothingForAMonth()
    {
        await BeginAsync();
        for (var hour = 0; hour < 30 * 24; hour++)
        {
            _clock.Advance(TimeSpan.FromHours(1));
        }

        _provider.Plant("d00d", "other:1", "{}");
        await NewsAsync(1);
        await SyncedAsync();

        Assert.Equal(2, _begun.Count);
    }

    [Fact]
    public async Task ChangeJustAfterAHead_IsInAnother_AlsoWhenNothingElseHappens()
    {
        _store.KeepDigest(_devices.Keyset.DigestKey);
        await BeginAsync();
        foreach (var id in (string[])["n", "m"])
        {
            var synced = SyncedAsync();
            await _store.WriteAsync(tx => tx.Create(id, "{}"));
            await UntilAsync(synced);
        }

        Assert.Equal(1, Seen());

        // Nothing happens any more but time. Three, with the number of the first head.
        while (Seen() < 3)
        {
            await UntilAsync(SyncedAsync());
        }

        Assert.Equal(3, Seen());

        long Seen()
        {
            using var head = System.Text.Json.JsonDocument.Parse(_store.Read(static reader => reader.GetByType("device-head").Single().Json!));
            return head.RootElement.GetProperty("seen").GetProperty(_store.DeviceId.ToString()).GetInt64();
        }
    }

    [Fact]
    public async Task News_OfWhatThisDeviceSentItself_AsksNothing()
    {
        await BeginAsync();
        await _store.WriteAsync(tx => tx.Create("K-1", """{"type":"OpenPGPKey"}"""));
        await SyncedAsync();
        await NewsAsync(1);
        await NewsAsync(1);
        _provider.Plant("d00d", "other:1", "{}");
        await NewsAsync(2);
        await SyncedAsync();

        Assert.Equal(3, _begun.Count);
    }

    [Fact]
    public async Task LocalChanges_Flags_AreGathered_NewMailAndKeysAreNot()
    {
        await BeginAsync();
        var began = _clock.GetUtcNow();
        for (var i = 0; i < 20; i++)
        {
            await _store.WriteAsync(tx => tx.Create(null, """{"type":"flags"}"""));
        }

        var synced = SyncedAsync();
        await UntilAsync(synced);
        lock (_begun)
        {
            Assert.Equal(2, _begun.Count);
            Assert.True(_begun[1] - began >= Coalesce);
        }

        Assert.Equal(20, _provider.Documents.Count);

        // The clock stands still from here on.
        foreach (var type in (string[])["OpenPGPKey", "OpenPGPKey-active", "device"])
        {
            var before = _clock.GetUtcNow();
            await _store.WriteAsync(tx => tx.Create(null, """{"type":"flags"}"""));
            await _store.WriteAsync(tx => tx.Create(null, $$"""{"type":"{{type}}"}"""));
            await SyncedAsync();
            Assert.Equal(before, _clock.GetUtcNow());
        }

        Assert.Equal(26, _provider.Documents.Count);
    }

    [Fact]
    public async Task Feed_Broken_IsReplacedByRarerAndRarerLooks()
    {
        _feedAnswer = static () => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        _running = _job.RunAsync(_ending.Token);
        for (var i = 0; i < 6; i++)
        {
            await UntilAsync(SyncedAsync());
        }

        int[] least = [60, 120, 240, 300, 300];
        Assert.All(_begun.Zip(_begun.Skip(1)).Zip(least), pair => Assert.True((pair.First.Second - pair.First.First).TotalSeconds >= pair.Second));

        // The feed is back: at the next attempt it stands, and nothing is asked any more.
        _feedAnswer = null;
        await NewsAsync(0);
        using var patience = new CancellationTokenSource(Patience);
        while (!_job.IsFeedStanding)
        {
            patience.Token.ThrowIfCancellationRequested();
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await DrainAsync();
        var before = _begun.Count;
        _clock.Advance(TimeSpan.FromDays(1));
        _provider.Plant("d00d", "other:1", "{}");
        await NewsAsync(1);
        await SyncedAsync();
        Assert.Equal(before + 1, _begun.Count);
    }

    [Fact]
    public async Task Run_SyncThatFailsInAnUnknownWay_IsTriedAgain()
    {
        await BeginAsync();
        _fault = new InvalidOperationException("a fault");
        await _store.WriteAsync(tx => tx.Create("K-1", """{"type":"OpenPGPKey"}"""));
        using var patience = new CancellationTokenSource(Patience);
        while (_job.State != "waiting")
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), patience.Token);
        }

        Assert.Contains(nameof(InvalidOperationException), _job.Reason, StringComparison.Ordinal);
        _fault = null;
        await UntilAsync(SyncedAsync());
        Assert.Single(_provider.Documents);
    }

    [Fact]
    public async Task FirstSync_Long_CanBeUsedAndIsSettledBeforeItEnds()
    {
        var other = _devices.Add();
        await other.WriteAsync(tx =>
        {
            for (var i = 0; i < 2000; i++)
            {
                tx.Create(null, "{}");
            }
        });
        using (var client = _provider.Client(other, _devices.Codec(other)))
        {
            await client.SyncAsync();
        }

        using var held = new ManualResetEventSlim();
        var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _job.SettlePart = _ =>
        {
            settled.TrySetResult();
            return Task.CompletedTask;
        };
        _job.Progressed += now => held.Wait(now.Done >= 1000 ? Patience : TimeSpan.Zero);

        await _job.BeginAsync(out var rest, _ending.Token).WaitAsync(Patience);
        _running = _job.RunAsync(_ending.Token);
        await settled.Task.WaitAsync(Patience);

        Assert.False(rest.IsCompleted);
        Assert.Equal(SyncPhase.Receiving, _job.Progress?.Phase);
        held.Set();
        await rest.WaitAsync(Patience);
        Assert.Null(_job.LastSync is null ? "never synced" : null);
        Assert.Equal(2000, _store.Read(reader => reader.Count()));
    }

    /// <summary>Runs the job, and waits until its first sync has ended and the feed stands.</summary>
    private async Task BeginAsync()
    {
        await NewsAsync(0);
        _running = _job.RunAsync(_ending.Token);
        await SyncedAsync();
        using var patience = new CancellationTokenSource(Patience);
        while (!_job.IsFeedStanding)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), patience.Token);
        }
    }

    private async Task NewsAsync(long generation)
        => await _feedLine.Writer.WriteAsync(Encoding.ASCII.GetBytes($"event: change\ndata: {{\"generation\":{generation},\"incoming\":0}}\n\n"));

    private Task SyncedAsync() => _synced.WaitAsync(_ending.Token).WaitAsync(Patience);

    private async Task DrainAsync()
    {
        while (await _synced.WaitAsync(TimeSpan.Zero))
        {
        }
    }

    /// <summary>Moves the clock on until it has happened, but not while a sync waits for an answer: that would be a provider that stands still.</summary>
    private async Task UntilAsync(Task happened)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!happened.IsCompleted)
        {
            patience.Token.ThrowIfCancellationRequested();
            if (_job.State != "syncing")
            {
                _clock.Advance(TimeSpan.FromMilliseconds(100));
            }

            await Task.Yield();
        }

        await happened;
    }

    /// <summary>The provider of the sync's tests, with a feed.</summary>
    private sealed class WithFeed(SyncJobTests test, HttpMessageHandler provider) : DelegatingHandler(provider)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            => !request.RequestUri!.AbsolutePath.EndsWith("/feed", StringComparison.Ordinal)
                ? base.SendAsync(request, cancellationToken)
                : Task.FromResult(test._feedAnswer?.Invoke() ?? new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(test._feedLine.Reader.AsStream()) });
    }
}
