using Bitmask.Protocol.Soledad;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Mail.Pipelines;

/// <content>
/// A page of the box. Several items are fetched and opened at once, on all processors; they are filed in the order of the box, without waiting for each
/// commit before the next is handed to the store, which makes one of many. What is held meanwhile is bounded.
/// </content>
public sealed partial class IncomingPipeline
{
    private const int MaxFiling = 32;
    private const long MaxHeldOctets = 64 << 20;

    /// <summary>Larger items are filed before the next is: their large parts are written on the way, and others would overtake them.</summary>
    private const long SmallOctets = 64 << 10;

    private static readonly int MaxOpening = Math.Clamp(Environment.ProcessorCount, 2, 8);

    private async Task<IncomingReport> TakePageAsync(IReadOnlyList<IncomingItemInfo> page, IncomingReport report, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var opening = new Queue<(IncomingItemInfo Item, IncomingItem Row, Task<ItemAnswer> Answer)>();
        var filing = new Queue<(long Size, Task<IncomingReport> Settled)>();
        try
        {
            var held = 0L;
            for (var i = 0; i < page.Count || opening.Count > 0 || filing.Count > 0;)
            {
                if (i < page.Count && opening.Count < MaxOpening && (held == 0 || held + page[i].Size <= MaxHeldOctets))
                {
                    var item = page[i++];
                    if (await BeginAsync(item, stop.Token).ConfigureAwait(false) is not { } row)
                    {
                        continue;
                    }

                    if (IsLater(row.NextAttempt))
                    {
                        report = report with { Waiting = report.Waiting + 1 };
                        continue;
                    }

                    held += item.Size;
                    opening.Enqueue((item, row, Task.Run(() => OpenAsync(item, row, stop.Token), stop.Token)));
                    continue;
                }

                if (opening.Count > 0 && filing.Count < MaxFiling)
                {
                    var (item, row, answer) = opening.Peek();
                    var settled = SettleAsync(item, row, await answer.ConfigureAwait(false), stop.Token);
                    opening.Dequeue();
                    filing.Enqueue((item.Size, settled));
                    if (item.Size <= SmallOctets)
                    {
                        continue;
                    }
                }

                while (filing.Count > 0)
                {
                    report = Sum(report, await filing.Peek().Settled.ConfigureAwait(false));
                    held -= filing.Dequeue().Size;
                }
            }

            return report;
        }
        finally
        {
            // After a failure nothing may go on behind the caller's back.
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll([.. opening.Select(one => (Task)one.Answer), .. filing.Select(one => one.Settled)]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The item's row when there is something to open; null when it is filed already.</summary>
    private async Task<IncomingItem?> BeginAsync(IncomingItemInfo item, CancellationToken cancellationToken)
    {
        var row = _items.Find(item.Id) ?? new IncomingItem { Id = item.Id, State = IncomingState.Fetched };
        if (row.State == IncomingState.Removed)
        {
            // Removed before, listed again: the provider forgot, or was set back.
            TellRepeated(item.Id);
            await _items.PutAsync(row with { State = IncomingState.Uploaded }, _clock.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        }

        return row.State == IncomingState.Fetched ? row : null;
    }

    private async Task<IncomingReport> SettleAsync(IncomingItemInfo item, IncomingItem row, ItemAnswer answer, CancellationToken cancellationToken)
    {
        if (answer is not ItemAnswer.Failed)
        {
            _misses.TryRemove(item.Id, out _);
        }

        switch (answer)
        {
            case ItemAnswer.Gone:
                await _items.ForgetAsync(item.Id, cancellationToken).ConfigureAwait(false);
                return Nothing;
            case ItemAnswer.Opened opened:
                try
                {
                    var filed = await FileAsync(row, opened.Mail, opened.Facts, cancellationToken).ConfigureAwait(false);
                    if (filed != FiledAnswer.Filed && _items.HasOther(item.Id, opened.Mail.Id))
                    {
                        TellRepeated(item.Id);
                    }

                    return Report(filed);
                }
                catch (DocumentTooLargeException e)
                {
                    return await PutAsideAsync(item, row, new ItemAnswer.Failed(e.Message, null, Counts: true), cancellationToken).ConfigureAwait(false);
                }
                catch (Exception e) when (e is DatabaseConstraintException or not (IOException or OperationCanceledException))
                {
                    // Something about this one mail; it must not keep the others back.
                    LogItemFailed(_logger, item.Id, e);
                    return await PutAsideAsync(item, row, new ItemAnswer.Failed("It could not be filed: " + e.GetType().Name, null, Counts: true), cancellationToken).ConfigureAwait(false);
                }

            case ItemAnswer.Failed failed:
                return await PutAsideAsync(item, row, failed, cancellationToken).ConfigureAwait(false);
            default:
                throw new InvalidOperationException("Unknown answer.");
        }
    }

    private static IncomingReport Nothing { get; } = new(0, 0, 0, 0);

    private static IncomingReport Report(FiledAnswer answer) => answer == FiledAnswer.Filed ? Nothing with { Filed = 1 } : Nothing with { Repeated = 1 };

    private static IncomingReport Sum(IncomingReport one, IncomingReport other)
        => new(one.Filed + other.Filed, one.Repeated + other.Repeated, one.Waiting + other.Waiting, one.Removed + other.Removed);
}
