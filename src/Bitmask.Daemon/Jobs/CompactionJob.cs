using System.Globalization;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Jobs;

/// <summary>
/// Rarely, and at a random time, so that the devices of an account seldom do it together: old deletions go into graves, and the provider keeps them no longer
/// (security.md A7). It works on what a sync left and is in no hurry.
/// </summary>
internal sealed partial class CompactionJob(SyncClient sync, SoledadStore store, TimeProvider clock, ILogger logger)
{
    private const string NextSetting = "compaction.next";
    private static readonly TimeSpan Every = TimeSpan.FromDays(7);
    private static readonly TimeSpan Retry = TimeSpan.FromHours(6);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var now = clock.GetUtcNow();
            if (Next() is not { } next || next - now > 2 * Every)
            {
                // The first time, or the clock was set back.
                await PlanAsync(now, Every, cancellationToken);
            }
            else if (next > now)
            {
                await Task.Delay(next - now < Longest ? next - now : Longest, clock, cancellationToken);
            }
            else
            {
                var wait = await TryAsync(cancellationToken) ? Every : Retry;
                await PlanAsync(clock.GetUtcNow(), wait, cancellationToken);
            }
        }
    }

    private DateTimeOffset? Next()
        => DateTimeOffset.TryParse(store.Read(static reader => reader.GetSetting(NextSetting)), CultureInfo.InvariantCulture, out var next) ? next : null;

    private Task PlanAsync(DateTimeOffset now, TimeSpan wait, CancellationToken cancellationToken)
    {
        var next = (now + (wait * (0.5 + Random.Shared.NextDouble()))).ToString("O", CultureInfo.InvariantCulture);
        return store.WriteAsync(tx => tx.SetSetting(NextSetting, next), cancellationToken);
    }

    private async Task<bool> TryAsync(CancellationToken cancellationToken)
    {
        try
        {
            var report = await sync.CompactAsync(cancellationToken: cancellationToken);
            LogCompacted(report.Buried, report.Removed, report.IsDone);
            return report.IsDone;
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException && !cancellationToken.IsCancellationRequested)
        {
            LogFailed(failure.Message);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            LogBroken(failure); // what it left undone, the next attempt does
        }

        return false;
    }

    [LoggerMessage(5321, LogLevel.Information, "Old deletions: {Buried} put into graves, {Removed} removed at the provider, finished: {IsDone}")]
    private partial void LogCompacted(int buried, int removed, bool isDone);

    [LoggerMessage(5322, LogLevel.Information, "Old deletions stay for now: {Reason}")]
    private partial void LogFailed(string reason);

    [LoggerMessage(5323, LogLevel.Error, "The work on old deletions met an internal error")]
    private partial void LogBroken(Exception failure);
}
