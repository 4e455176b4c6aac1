using System.Globalization;
using Bitmask.Daemon.Jobs;
using Bitmask.Primitives;
using Bitmask.Soledad;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Daemon.Tests.Jobs;

/// <summary>When old deletions are put into graves: rarely, and again soon when the provider was not there.</summary>
public sealed class CompactionJobTests : IDisposable
{
    private const string Setting = "compaction.next";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly Keyset _keyset = Keyset.Create(new string('0', 64), DateTimeOffset.UnixEpoch);
    private readonly SoledadStore _store;

    public CompactionJobTests()
    {
        using var key = SecretBytes.Random(32);
        _store = SoledadStore.Open(Path.Combine(_folder.FullName, "soledad.db"), key, new SoledadOptions { Clock = _clock });
    }

    public void Dispose()
    {
        _store.Dispose();
        _keyset.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Job_BeginsAfterDaysNotAtOnce_AndTriesAgainWithinHours_AlsoAfterARestart()
    {
        var (first, second) = await RunAsync();
        Assert.InRange(first.TotalDays, 3.5, 10.5);
        Assert.InRange(second.TotalHours, 3, 9);

        (first, second) = await RunAsync();
        Assert.InRange(first.TotalHours, 3, 9);
        Assert.InRange(second.TotalHours, 3, 9);
    }

    [Fact]
    public async Task Job_WhoseClockWasSetBack_DoesNotWaitForYears()
    {
        await _store.WriteAsync(tx => tx.SetSetting(Setting, _clock.GetUtcNow().AddYears(3).ToString("O")));

        Assert.InRange((await RunAsync()).First.TotalDays, 3.5, 10.5);
    }

    /// <summary>Starts a job, lets it ask the provider once, in vain, and ends it: how long it was going to wait, before and after.</summary>
    private async Task<(TimeSpan First, TimeSpan Second)> RunAsync()
    {
        var user = UserId.Parse("a11ce000000000000000000000000000");
        using var provider = new Away();
        using var http = new HttpClient(provider, disposeHandler: false);
        using var sync = new SyncClient(
            _store, new SealedCodec(_keyset, user, _store.DeviceId), http, new Uri("https://soledad.test"), user, static _ => Task.FromResult("token"), _clock,
            new SyncOptions { HasDocumentsQuery = true, HasCompaction = true });
        using var stop = new CancellationTokenSource();
        var running = new CompactionJob(sync, _store, _clock, NullLogger<CompactionJob>.Instance).RunAsync(stop.Token);
        await UntilAsync(() => Next() is { } next && next < _clock.GetUtcNow() + TimeSpan.FromDays(30));
        var first = Next()!.Value - _clock.GetUtcNow();
        await UntilAsync(
            () => provider.IsAsked,
            () => _clock.Advance(TimeSpan.FromHours(1)));

        // The provider does not answer before the clock stands.
        var planned = Next();
        provider.Answer();
        await UntilAsync(() => Next() != planned);
        var second = Next()!.Value - _clock.GetUtcNow();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        return (first, second);
    }

    private static async Task UntilAsync(Func<bool> isSo, Action? meanwhile = null)
    {
        for (var start = TimeProvider.System.GetTimestamp(); !isSo(); meanwhile?.Invoke())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, "It never came.");
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }
    }

    private DateTimeOffset? Next()
        => _store.Read(static reader => reader.GetSetting(Setting)) is { } text ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>A provider that, when it is told to answer, can not be reached.</summary>
    private sealed class Away : HttpMessageHandler
    {
        private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _isAsked;

        public bool IsAsked => _isAsked;

        public void Answer() => _answer.SetResult();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            _isAsked = true;
            await _answer.Task;
            throw new HttpRequestException("No.");
        }
    }
}
