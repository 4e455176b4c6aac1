using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>How <see cref="BlobTransfer"/> works.</summary>
public sealed record BlobTransferOptions
{
    /// <summary>Transfers at once, each on its own connection. Default 4.</summary>
    public int Parallel { get; set; } = 4;

    /// <summary>Most octets of small blobs in one request. Default 4 MiB.</summary>
    public int BatchOctets { get; set; } = 4 * 1024 * 1024;

    /// <summary>First pause after a failure; it doubles. Default 2 s.</summary>
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a transfer may stand still before it is given up and tried again. Default 2 minutes: how long it takes as a whole is the line's matter.</summary>
    public TimeSpan StallTime { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Longest pause. Default 15 minutes.</summary>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromMinutes(15);
}

/// <summary>
/// Moves blobs: several at once, the most urgent first, small ones many in a request, large ones as streams that go on where they were cut. What fails
/// is a row with a reason and a time of the next attempt, so nothing is forgotten over a restart and nothing waits for anything else.
/// </summary>
public sealed partial class BlobTransfer : IDisposable
{
    private const int Look = 2 * Bitmask.Protocol.Soledad.BlobWire.MaxBatchBlobs;

    private readonly BlobStore _store;
    private readonly BlobClient _remote;
    private readonly BlobTransferOptions _options;
    private readonly HashSet<long> _claimed = [];
    private readonly Lock _claiming = new();
    private TaskCompletionSource _news = NewSignal();

    /// <summary>Makes it, and lets the store fetch through the same client.</summary>
    public BlobTransfer(BlobStore store, BlobClient remote, BlobTransferOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        (_store, _remote, _options) = (store, remote, options ?? new BlobTransferOptions());
        _store.Remote = remote;
        _store.TransferWaits += Wake;
    }

    /// <summary>A transfer failed and will be tried again; for the log, and to renew a session.</summary>
    public event Action<Exception>? Failed;

    /// <summary>Transfers what waits, and what comes, until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => RunAsync(untilIdle: false, cancellationToken);

    /// <summary>Transfers everything that is due now.</summary>
    public Task DrainAsync(CancellationToken cancellationToken = default) => RunAsync(untilIdle: true, cancellationToken);

    /// <summary>Looks for work at once, such as after the network came back.</summary>
    public void Wake() => Interlocked.Exchange(ref _news, NewSignal()).TrySetResult();

    /// <inheritdoc/>
    public void Dispose()
    {
        _store.TransferWaits -= Wake;
        _store.Remote = _store.Remote == _remote ? null : _store.Remote;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task RunAsync(bool untilIdle, CancellationToken cancellationToken)
        => Task.WhenAll(Enumerable.Range(0, _options.Parallel).Select(_ => Task.Run(() => WorkAsync(untilIdle, cancellationToken), cancellationToken)));

    private async Task WorkAsync(bool untilIdle, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var news = Volatile.Read(ref _news).Task; // before looking: what comes between is not missed
            var job = Claim();
            if (job.Count == 0)
            {
                if (untilIdle)
                {
                    return;
                }

                await WaitAsync(news, cancellationToken).ConfigureAwait(false);
                continue;
            }

            try
            {
                await TransferAsync(job, cancellationToken).ConfigureAwait(false);
            }
            catch (DatabaseException e)
            {
                // Not even the reason could be written down, as on a full disk.
                Failed?.Invoke(e);
                if (untilIdle)
                {
                    throw;
                }

                await Task.Delay(_options.LongestPause, _store.Clock, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                lock (_claiming)
                {
                    _claimed.ExceptWith(job.Select(static transfer => transfer.Blob.Id));
                }
            }
        }
    }

    /// <summary>The most urgent transfer that nobody works at; with a small one, the small ones after it.</summary>
    private List<BlobTransferRow> Claim()
    {
        lock (_claiming)
        {
            var job = new List<BlobTransferRow>();
            var octets = 0L;
            foreach (var transfer in _store.Due(_claimed.Count + Look).Where(transfer => !_claimed.Contains(transfer.Blob.Id)))
            {
                var isSmall = transfer.Blob.Size <= Bitmask.Protocol.Soledad.BlobWire.MaxBatchBlobOctets;
                if (job is [var first, ..] && (!isSmall || first.IsUpload != transfer.IsUpload))
                {
                    continue;
                }

                job.Add(transfer);
                octets += transfer.Blob.Size;
                if (!isSmall || octets >= _options.BatchOctets || job.Count >= Bitmask.Protocol.Soledad.BlobWire.MaxBatchBlobs)
                {
                    break;
                }
            }

            _claimed.UnionWith(job.Select(static transfer => transfer.Blob.Id));
            return job;
        }
    }

    private async Task WaitAsync(Task news, CancellationToken cancellationToken)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var next = _store.NextAttempt() is { } time ? time - _store.Clock.GetUtcNow() : TimeSpan.MaxValue;
        var pause = next == TimeSpan.MaxValue || next <= TimeSpan.Zero
            ? Task.Delay(Timeout.InfiniteTimeSpan, waiting.Token) // none, or others work at what is due
            : Task.Delay(next, _store.Clock, waiting.Token);
        await Task.WhenAny(news, pause).ConfigureAwait(false);
        await waiting.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task TransferAsync(List<BlobTransferRow> job, CancellationToken cancellationToken)
    {
        using var stalling = new CancellationTokenSource(_options.StallTime, _store.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stalling.Token, cancellationToken);
        var progress = new Progress(stalling, _options.StallTime);
        try
        {
            var isBatch = job.Count > 1 || job[0].Blob.Size <= Bitmask.Protocol.Soledad.BlobWire.MaxBatchBlobOctets;
            await ((job[0].IsUpload, isBatch) switch
            {
                (true, true) => UploadBatchAsync(job, progress, either.Token),
                (true, false) => UploadAsync(job[0], progress, either.Token),
                (false, true) => DownloadBatchAsync(job, progress, either.Token),
                _ => DownloadAsync(job[0], progress, either.Token),
            }).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            var reason = e is SoledadException or DatabaseException ? e.Message
                : stalling.IsCancellationRequested ? "The transfer stood still; trying again later."
                : SoledadHttp.IsTransport(e, cancellationToken) ? "The connection to the provider broke; trying again later."
                : $"An internal error, {e.GetType().Name}.";
            await PostponeAsync(job, reason).ConfigureAwait(false);
            Failed?.Invoke(e);
        }
    }

    /// <summary>Something moved: the wait for the next octets begins anew.</summary>
    private readonly struct Progress(CancellationTokenSource stalling, TimeSpan time)
    {
        public void Moved() => stalling.CancelAfter(time);
    }

    private Task PostponeAsync(IReadOnlyList<BlobTransferRow> job, string reason)
        => _store.PostponeAsync([.. job.Select(transfer => (transfer, Pause(transfer.Attempts), reason))]);

    private TimeSpan Pause(int attempts)
    {
        var pause = _options.FirstPause * Math.Pow(2, Math.Min(attempts, 20));
        return (pause < _options.LongestPause ? pause : _options.LongestPause) * (0.75 + (Random.Shared.NextDouble() / 2));
    }
}
