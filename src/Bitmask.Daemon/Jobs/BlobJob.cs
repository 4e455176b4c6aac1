using System.Globalization;
using Bitmask.Mail;
using Bitmask.Protocol.Daemon;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Daemon.Jobs;

/// <summary>
/// Large parts between this device and the provider: sends what waits, several at once, fetches ahead what the owner wants to have here, and once a day
/// compares what mail refers to with what the provider has. All of it is rows; without news it sleeps.
/// </summary>
internal sealed partial class BlobJob : IDisposable
{
    /// <summary>Nothing is fetched before it is read.</summary>
    public const string OnDemand = "on_demand";

    /// <summary>The parts of mail that comes from now on are fetched ahead.</summary>
    public const string New = "new";

    /// <summary>All are fetched, and stay here whatever the cache's limit.</summary>
    public const string All = "all";

    private const string SeenSetting = "blobs.seen";
    private const string CollectedSetting = "blobs.collected";
    private const int Page = 100;
    private static readonly TimeSpan CollectEvery = TimeSpan.FromDays(1);
    private static readonly TimeSpan CollectRetry = TimeSpan.FromHours(1);

    private readonly SoledadStore _store;
    private readonly MailAccount _mail;
    private readonly BlobStore _blobs;
    private readonly BlobTransfer _transfer;
    private readonly BlobCollector _collector;
    private readonly string _ahead;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _synced = new(0, 1);

    public BlobJob(SoledadStore store, MailAccount mail, BlobStore blobs, BlobClient remote, string ahead, TimeProvider clock, ILogger logger)
    {
        (_store, _mail, _blobs, _ahead, _clock, _logger) = (store, mail, blobs, ahead, clock, logger);
        _transfer = new BlobTransfer(blobs, remote);
        _transfer.Failed += failure =>
        {
            LogFailed(failure.Message);
            Failed?.Invoke(failure);
        };
        _collector = new BlobCollector(store, blobs, remote, clock);
    }

    /// <summary>A transfer has failed; it is tried again.</summary>
    public event Action<Exception>? Failed;

    public AttachmentStatus Status()
    {
        var counts = _blobs.Counts();
        var state = counts.Reason is not null ? "waiting" : counts.Uploads + counts.Downloads > 0 ? "moving" : "idle";
        return new AttachmentStatus(state, counts.Uploads, counts.Downloads, counts.CachedOctets, counts.Reason);
    }

    /// <summary>A sync has ended: mail may have come that has large parts.</summary>
    public void Synced()
    {
        try
        {
            _synced.Release();
        }
        catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
        {
            // It is known already, or the account was locked meanwhile.
        }
    }

    /// <summary>The provider answers again: what waits for a later attempt is tried now.</summary>
    public void Recovered() => _ = RetryAsync();

    public Task RunAsync(CancellationToken cancellationToken)
        => Task.WhenAll(_transfer.RunAsync(cancellationToken), FetchAheadAsync(cancellationToken), CollectAsync(cancellationToken));

    public void Dispose()
    {
        _transfer.Dispose();
        _synced.Dispose();
    }

    private async Task RetryAsync()
    {
        try
        {
            await _blobs.RetryAsync();
        }
        catch (Exception failure) when (failure is DatabaseException or ObjectDisposedException)
        {
            LogFailed(failure.Message); // then they are tried when their time has come
        }
    }

    private async Task FetchAheadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await FetchAheadOnceAsync(cancellationToken);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                LogBroken(failure); // the next sync tries again
            }

            await _synced.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Looks at the parts that came since it looked last. What came is remembered, so that each is looked at once.</summary>
    private async Task FetchAheadOnceAsync(CancellationToken cancellationToken)
    {
        if (_ahead != All)
        {
            await _blobs.UnpinAsync(cancellationToken);
        }

        var (setting, isFirstDownload) = _store.Read(static reader => (reader.GetSetting(SeenSetting), BlobCollector.IsFirstDownload(reader)));
        var known = setting?.Split(':') is [var mode, var number] && mode == _ahead ? long.Parse(number, CultureInfo.InvariantCulture) : (long?)null;
        if (_ahead == OnDemand || (_ahead == New && (known is null || isFirstDownload)))
        {
            await RememberAsync(_mail.LatestLargePart(), cancellationToken);
            return;
        }

        var seen = known ?? 0;
        while (_mail.LargePartsAfter(seen, Page) is { Count: > 0 } page)
        {
            await _blobs.WantAsync([.. page.Select(static part => part.Blob)], BlobPriority.Low, isPinned: _ahead == All, cancellationToken);
            seen = page[^1].Id;
            await RememberAsync(seen, cancellationToken);
        }

        async Task RememberAsync(long id, CancellationToken token)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"{_ahead}:{id}");
            if (text != setting)
            {
                await _store.WriteAsync(tx => tx.SetSetting(SeenSetting, text), token);
            }
        }
    }

    private async Task CollectAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var last = _store.Read(static reader => reader.GetSetting(CollectedSetting)) is { } text ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture) : DateTimeOffset.MinValue;
            var wait = last + CollectEvery - _clock.GetUtcNow();
            if (wait > TimeSpan.Zero && wait <= CollectEvery) // more: the clock has been set back since
            {
                await Task.Delay(wait, _clock, cancellationToken);
                continue;
            }

            try
            {
                var done = await _collector.RunAsync(cancellationToken);
                LogCollected(done.Trashed, done.Healed, done.UploadedAgain, done.Withheld);
                var now = _clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
                await _store.WriteAsync(tx => tx.SetSetting(CollectedSetting, now), cancellationToken);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                if (failure is IOException or HttpRequestException)
                {
                    LogFailed(failure.Message);
                }
                else
                {
                    LogBroken(failure);
                }

                await Task.Delay(CollectRetry * (0.75 + (Random.Shared.NextDouble() / 2)), _clock, cancellationToken);
            }
        }
    }

    [LoggerMessage(5311, LogLevel.Information, "A transfer of large parts waits: {Reason}")]
    private partial void LogFailed(string reason);

    [LoggerMessage(5312, LogLevel.Error, "The work on large parts met an internal error")]
    private partial void LogBroken(Exception failure);

    [LoggerMessage(5313, LogLevel.Information, "Large parts compared with the provider: {Trashed} into its trash, {Healed} out of it, {Again} sent again, {Withheld} missing")]
    private partial void LogCollected(int trashed, int healed, int again, int withheld);
}
