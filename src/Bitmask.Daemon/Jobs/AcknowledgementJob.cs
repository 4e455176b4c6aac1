using System.Globalization;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Jobs;

/// <summary>
/// Once a day, at a random time, a device on which nothing happens tells the provider what it has. Else the provider would wait for its next question, perhaps for months, and keep what all others are done
/// with (security.md A7).
/// </summary>
internal sealed partial class AcknowledgementJob(SyncClient sync, SoledadStore store, TimeProvider clock, ILogger logger)
{
    private const string NextSetting = "acknowledgement.next";
    private static readonly TimeSpan Every = TimeSpan.FromDays(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var now = clock.GetUtcNow();
            if (Next() is not { } next || next - now > 2 * Every)
            {
                await PlanAsync(cancellationToken); // the first time, or the clock was set back
            }
            else if (next > now)
            {
                await Task.Delay(next - now, clock, cancellationToken);
            }
            else
            {
                await TryAsync(cancellationToken);
                await PlanAsync(cancellationToken);
            }
        }
    }

    private DateTimeOffset? Next()
        => DateTimeOffset.TryParse(store.Read(static reader => reader.GetSetting(NextSetting)), CultureInfo.InvariantCulture, out var next) ? next : null;

    private Task PlanAsync(CancellationToken cancellationToken)
    {
        var next = (clock.GetUtcNow() + (Every * (1 + (Random.Shared.NextDouble() / 2)))).ToString("O", CultureInfo.InvariantCulture);
        return store.WriteAsync(tx => tx.SetSetting(NextSetting, next), cancellationToken);
    }

    private async Task TryAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await sync.AcknowledgeAsync(cancellationToken))
            {
                LogTold();
            }
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException && !cancellationToken.IsCancellationRequested)
        {
            LogFailed(failure.Message); // tomorrow
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            LogBroken(failure);
        }
    }

    [LoggerMessage(5331, LogLevel.Debug, "The provider was told what this device has")]
    private partial void LogTold();

    [LoggerMessage(5332, LogLevel.Information, "The provider is told tomorrow what this device has: {Reason}")]
    private partial void LogFailed(string reason);

    [LoggerMessage(5333, LogLevel.Error, "Telling the provider what this device has met an internal error")]
    private partial void LogBroken(Exception failure);
}
