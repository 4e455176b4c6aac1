using System.Collections.Concurrent;
using Bitmask.Keys;
using Bitmask.Protocol.Soledad;
using Bitmask.Soledad;
using Bitmask.Sqlite;
using Microsoft.Extensions.Logging;

namespace Bitmask.Mail.Pipelines;

/// <summary>
/// Works off an account's incoming box (security.md A7): fetches each item, opens it and files it, in one transaction with the note that it is
/// filed; waits until the provider has acknowledged every document and blob made of it; then removes it from the box. Stopped anywhere, it goes on where
/// it was: a mail that is filed twice has the same id and is one. An item that can not be opened waits, with a reason, and in
/// the end becomes a visible notice; it never holds up the others.
/// </summary>
public sealed partial class IncomingPipeline : IDisposable
{
    private const int ListLimit = 100;
    private const int MaxFailuresInARow = 3;
    private const string BlobsUnconfirmed = "Another device filed it, and its large parts are not at the provider yet.";
    private static readonly TimeSpan RememberRemoved = TimeSpan.FromDays(30);

    private readonly SoledadStore _store;
    private readonly MailAccount _account;
    private readonly KeyManager _keys;
    private readonly IncomingBoxClient _box;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly IncomingOptions _options;
    private readonly IncomingItems _items;
    private readonly Backoff _backoff;
    private readonly WorkLoop _loop;
    private readonly SemaphoreSlim _gate = new(1);

    /// <summary>How often items could not be fetched since the start: that says nothing against the mail, but its waits grow, too.</summary>
    private readonly ConcurrentDictionary<string, int> _misses = new();
    private bool _isSetUp;
    private bool _hadKey;
    private int _failuresInARow;

    /// <summary>Makes a pipeline; it borrows all it gets.</summary>
    /// <param name="store">The account's store.</param>
    /// <param name="account">The account's mail, over the same store.</param>
    /// <param name="keys">The account's keys, over the same store.</param>
    /// <param name="box">The box at the provider.</param>
    /// <param name="clock">The time.</param>
    /// <param name="logger">Ids and reasons; never contents.</param>
    /// <param name="options">Waits and limits.</param>
    public IncomingPipeline(
        SoledadStore store, MailAccount account, KeyManager keys, IncomingBoxClient box, TimeProvider clock, ILogger<IncomingPipeline> logger, IncomingOptions? options = null)
    {
        (_store, _account, _keys, _box, _clock, _logger, _options) = (store, account, keys, box, clock, logger, options ?? new IncomingOptions());
        _items = new IncomingItems(store);
        _backoff = new Backoff(_options.FirstDelay, _options.LongestDelay, _options.Chance);
        _loop = new WorkLoop(PassAsync, _options.Interval, _backoff, clock, logger);
    }

    /// <summary>Something the owner should know: <see cref="SoledadCodes.IncomingRepeated"/>.</summary>
    public event Action<SoledadEvent>? Happened;

    /// <summary>Why the last pass did not get through, for a person to read; null when it did.</summary>
    public string? Trouble => _loop.Trouble;

    /// <summary>There may be something new: the feed says so, or a sync has ended.</summary>
    public void Wake() => _loop.Wake();

    /// <summary>Passes over the box until cancelled: when woken, when an item is due again, and now and then.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => _loop.RunAsync(cancellationToken);

    /// <summary>The items that are on their way, with the reasons of those that wait.</summary>
    public async Task<IReadOnlyList<IncomingItem>> ItemsAsync(CancellationToken cancellationToken = default)
    {
        await SetUpAsync(cancellationToken).ConfigureAwait(false);
        return _items.All();
    }

    /// <summary>One pass: files what is new or due, then removes what the provider has as documents.</summary>
    /// <exception cref="SoledadException">The provider can not be reached or refuses; what was filed before stays filed.</exception>
    /// <exception cref="DatabaseException">The disk is full, for example; nothing is lost.</exception>
    public async Task<IncomingReport> WorkAsync(CancellationToken cancellationToken = default)
    {
        await SetUpAsync(cancellationToken).ConfigureAwait(false);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_hadKey && _keys.OwnKey() is OwnKey.Present)
            {
                // After unlocking, or now that the account's key came: whatever waited may open.
                _hadKey = true;
                await _items.MakeDueAsync(cancellationToken).ConfigureAwait(false);
            }

            await ReplaceNoticesAsync(cancellationToken).ConfigureAwait(false);
            var report = Nothing;
            _failuresInARow = 0;
            IReadOnlyList<IncomingItemInfo> page;
            var listed = new HashSet<string>();
            var after = 0L;
            do
            {
                page = await _box.ListAsync(after, ListLimit, cancellationToken).ConfigureAwait(false);
                listed.UnionWith(page.Select(item => item.Id));
                report = await TakePageAsync(page, report, cancellationToken).ConfigureAwait(false);
                after = page.Count > 0 ? page[^1].Seq : after;
            }
            while (page.Count > 0);

            // Another device was quicker with these; nothing of them is here.
            foreach (var gone in _items.In(IncomingState.Fetched).Where(row => !listed.Contains(row.Id)))
            {
                _misses.TryRemove(gone.Id, out _);
                await _items.ForgetAsync(gone.Id, cancellationToken).ConfigureAwait(false);
            }

            var removed = await RemoveUploadedAsync(cancellationToken).ConfigureAwait(false);
            return report with { Removed = removed };
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Whether mail was filed after a generation of the store that the provider does not have as documents yet: it must not wait (security.md B6).</summary>
    public bool HasFiledAfter(long generation) => _isSetUp && _items.HasFiledAfter(generation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _loop.Dispose();
        _gate.Dispose();
    }

    private async Task<DateTimeOffset?> PassAsync(CancellationToken cancellationToken)
    {
        await WorkAsync(cancellationToken).ConfigureAwait(false);
        return _items.NextAttempt();
    }

    private async Task SetUpAsync(CancellationToken cancellationToken)
    {
        if (!_isSetUp)
        {
            await _items.SetUpAsync(cancellationToken).ConfigureAwait(false);
            _isSetUp = true;
        }
    }

    /// <summary>Whether an attempt has time. One that is farther ahead than any wait was noted by a clock that has been set back since.</summary>
    private bool IsLater(DateTimeOffset? attempt) => attempt - _clock.GetUtcNow() is { } wait && wait > TimeSpan.Zero && wait < 2 * _options.LongestDelay;

    /// <summary>Fetches and opens; whatever is wrong with the item itself becomes a reason, what is wrong with the provider or the disk an exception.</summary>
    private async Task<ItemAnswer> OpenAsync(IncomingItemInfo item, IncomingItem row, CancellationToken cancellationToken)
    {
        byte[]? wrapper = null;
        try
        {
            wrapper = await _box.GetAsync(item.Id, cancellationToken).ConfigureAwait(false);
            _failuresInARow = 0;
            return wrapper is null
                ? new ItemAnswer.Gone()
                : await new ItemOpener(_account, _keys, _clock, _options).OpenAsync(wrapper, item.Received, row, cancellationToken).ConfigureAwait(false);
        }
        catch (SoledadException e) when (e.Code == SoledadCodes.BrokenAnswer)
        {
            return new ItemAnswer.Failed(e.Message, null, Counts: true);
        }
        catch (SoledadException e) when (wrapper is null && e.Code != SoledadCodes.Unauthorized && Interlocked.Increment(ref _failuresInARow) < MaxFailuresInARow)
        {
            // One item that the provider can not give out must not keep the others back; when it gives out none, the pass ends.
            return new ItemAnswer.Failed(e.Message, null, Counts: false);
        }
        catch (Exception e) when (e is not (IOException or OperationCanceledException))
        {
            LogItemFailed(_logger, item.Id, e);
            return new ItemAnswer.Failed($"An internal error, {e.GetType().Name}.", wrapper, Counts: true);
        }
    }

    private async Task<FiledAnswer> FileAsync(IncomingItem row, IncomingMail mail, SecurityFacts? facts, CancellationToken cancellationToken, EntryId? replaced = null)
    {
        await _account.PrepareAsync(mail, cancellationToken).ConfigureAwait(false);
        var shown = facts is null ? null : KeyHarvest.Read(mail.Raw, facts, mail.Received);
        return await _store.WriteAsync(
            tx =>
            {
                var answer = _account.FileIncoming(tx, mail);
                if (answer == FiledAnswer.Filed && shown is not null)
                {
                    _keys.Harvest(tx, shown);
                }

                if (answer == FiledAnswer.Filed && facts is { Signer: { } signer, From: { } from })
                {
                    _keys.MarkSigned(tx, Primitives.EmailAddress.Parse(from), new Primitives.Fingerprint(signer));
                }

                var filed = row with { State = IncomingState.Filed, Entry = mail.Id, Generation = tx.Generation, NextAttempt = null };
                IncomingItems.Put(tx, filed, _clock.GetUtcNow());
                if (replaced is { } notice)
                {
                    _account.Unfile(tx, notice);
                }

                return answer;
            },
            cancellationToken).ConfigureAwait(false);
    }

    // That another device filed it first is no repetition: only what this device had taken in itself.
    private void TellRepeated(string id)
        => Happened?.Invoke(new SoledadEvent(SoledadCodes.IncomingRepeated, $"The provider brought a mail again (item {id}) that had been taken in before. It was not filed twice."));

    /// <summary>Notes why an item waits; after enough attempts files a notice in its place.</summary>
    private async Task<IncomingReport> PutAsideAsync(IncomingItemInfo item, IncomingItem row, ItemAnswer.Failed failed, CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        var attempts = row.Attempts + (failed.Counts ? 1 : 0);
        var misses = _misses.AddOrUpdate(item.Id, failed.Counts ? 0 : 1, (_, before) => before + (failed.Counts ? 0 : 1));
        var waiting = row with { Attempts = attempts, Reason = failed.Reason, NextAttempt = _backoff.Next(now, attempts + misses) };
        if (attempts < _options.MaxAttempts)
        {
            await _items.PutAsync(waiting, now, cancellationToken).ConfigureAwait(false);
            LogItemWaits(_logger, item.Id, attempts, failed.Reason);
            return Nothing with { Waiting = 1 };
        }

        // Without its octets, or with too many of them, the item has to stay where it is.
        var isKept = failed.Wrapper is not { Length: <= ItemOpener.MaxAttachedOctets };
        var notice = UnreadableNotice.Create(_account.Address, item.Received, failed.Reason, isKept ? null : failed.Wrapper);
        var id = _account.IncomingId(failed.Wrapper ?? System.Text.Encoding.ASCII.GetBytes("bitmask/unreadable/" + item.Id));
        LogItemGivenUp(_logger, item.Id, failed.Reason);
        return Report(await FileAsync(waiting with { IsKept = isKept, IsNotice = true }, new IncomingMail(id, notice, item.Received, null), null, cancellationToken).ConfigureAwait(false));
    }

    private async Task<int> RemoveUploadedAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        var filed = _items.In(IncomingState.Filed).Where(item => !item.IsKept).ToList();
        if (filed.Count > 0)
        {
            // Read once: an account that is busy has many changes to send, and may have many items.
            var (acknowledged, unsent) = _store.Read(Unsent);
            foreach (var item in filed.Where(item => IsUploaded(item, acknowledged, unsent)))
            {
                var (isSafe, isWaiting) = _account.BlobsOf(item.Entry!.Value);
                if (isSafe)
                {
                    await _items.PutAsync(item with { State = IncomingState.Uploaded, Reason = null }, now, cancellationToken).ConfigureAwait(false);
                }
                else if (!isWaiting)
                {
                    // The mail has the blobs of another device's filing, which may never send them: taken again, their content comes from the item.
                    var again = item with { State = IncomingState.Fetched, Attempts = Math.Min(item.Attempts + 1, _options.MaxAttempts - 1), Reason = BlobsUnconfirmed };
                    await _items.PutAsync(again with { NextAttempt = _backoff.Next(now, again.Attempts) }, now, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        var removed = 0;
        foreach (var item in _items.In(IncomingState.Uploaded))
        {
            await _box.DeleteAsync(item.Id, cancellationToken).ConfigureAwait(false);
            await _items.PutAsync(item with { State = IncomingState.Removed, Reason = null }, now, cancellationToken).ConfigureAwait(false);
            removed++;
        }

        if (removed > 0)
        {
            LogRemoved(_logger, removed);
            await _items.ForgetRemovedAsync(now - RememberRemoved, cancellationToken).ConfigureAwait(false);
        }

        return removed;
    }

    /// <summary>How far the provider has what was written here, and the ids of what was written since.</summary>
    private static (long Acknowledged, List<string> Unsent) Unsent(StoreReader reader)
    {
        var acknowledged = SyncClient.AcknowledgedGeneration(reader);
        return (acknowledged, [.. reader.Changes(acknowledged).Where(change => change.Seq is not null).Select(change => change.Id)]);
    }

    /// <summary>
    /// The provider has acknowledged the filing, and no document of the mail that was changed since waits to be sent: its latest version is the
    /// only one that travels.
    /// </summary>
    private static bool IsUploaded(IncomingItem item, long acknowledged, List<string> unsent)
        => acknowledged >= item.Generation && item.Entry?.ToString() is { } id && !unsent.Exists(changed => changed.Contains(id, StringComparison.Ordinal));

    [LoggerMessage(5101, LogLevel.Information, "Incoming item {Item} waits after {Attempts} attempts: {Reason}")]
    private static partial void LogItemWaits(ILogger logger, string item, int attempts, string reason);

    [LoggerMessage(5102, LogLevel.Warning, "Incoming item {Item} became a notice: {Reason}")]
    private static partial void LogItemGivenUp(ILogger logger, string item, string reason);

    [LoggerMessage(5103, LogLevel.Error, "Incoming item {Item} failed")]
    private static partial void LogItemFailed(ILogger logger, string item, Exception exception);

    [LoggerMessage(5104, LogLevel.Debug, "Removed {Items} items from the incoming box")]
    private static partial void LogRemoved(ILogger logger, int items);
}
