using System.Threading.Channels;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>
/// Puts messages into the full-text index, a little after they were filed: taking words out of a message costs more than filing it. What
/// waits stands in a table, so a crash loses nothing; until its turn a message is searched by looking at it.
/// </summary>
public sealed class SearchIndexer
{
    private const int MaxBatch = 64;
    private const int MaxBatchOctets = 4 * 1024 * 1024;

    /// <summary>Messages whose words are taken in one look at the store, before it steps aside.</summary>
    private const int ReadTogether = 8;

    /// <summary>While mail streams in, the indexer works one part of the time and rests this many: filing goes first, but who has filed much searches soon after.</summary>
    private const int RestsPerWork = 1;

    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>A stream of mail has ended when nothing came for so long.</summary>
    private static readonly TimeSpan Lull = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest wait for a batch to fill.</summary>
    private static readonly TimeSpan LongestGathering = TimeSpan.FromSeconds(2);

    private readonly MailAccount _account;
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long _arrived;

    internal SearchIndexer(MailAccount account) => _account = account;

    /// <summary>How many messages wait to be indexed.</summary>
    public long Waiting => _account.Store.Read(static reader => SearchTable.CountWaiting(reader.Sql));

    /// <summary>Indexes what waits, then what comes, until cancelled. One run at a time.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var subscription = _account.Changes.Subscribe(changes =>
        {
            if (changes.Any(static change => change.Kind is MailChangeKind.MessageAdded or MailChangeKind.MessageRemoved))
            {
                Interlocked.Increment(ref _arrived);
                _news.Writer.TryWrite(true);
            }
        });
        while (true)
        {
            try
            {
                await CatchUpAsync(isGentle: true, cancellationToken).ConfigureAwait(false);
                await _news.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                await GatherAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (DatabaseException)
            {
                // A full disk, most likely: searching works without the index, and one day there is room.
                await Task.Delay(Pause, _account.Clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Indexes all that waits now, and takes out what is gone.</summary>
    public Task CatchUpAsync(CancellationToken cancellationToken = default) => CatchUpAsync(isGentle: false, cancellationToken);

    internal void Wake() => _news.Writer.TryWrite(true);

    private async Task CatchUpAsync(bool isGentle, CancellationToken cancellationToken)
    {
        var grams = new SearchGrams();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (start, arrived) = (_account.Clock.GetTimestamp(), Interlocked.Read(ref _arrived));
            var waiting = _account.Store.Read(static reader => SearchTable.Waiting(reader.Sql, MaxBatch));
            if (waiting.Count == 0)
            {
                break;
            }

            await IndexAsync(grams, waiting, isGentle, cancellationToken).ConfigureAwait(false);
            if (isGentle && Interlocked.Read(ref _arrived) != arrived)
            {
                await Task.Delay(_account.Clock.GetElapsedTime(start) * RestsPerWork, _account.Clock, cancellationToken).ConfigureAwait(false);
                await GatherAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        while (_account.Store.Read(static reader => SearchTable.HasGone(reader.Sql)))
        {
            await _account.Store.WriteAsync(static tx => SearchTable.Clean(tx.Sql, MaxBatch), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// While mail streams in one by one, waits for a batch of it: what the index writes for a few messages is nearly as much as for many, and is merged again
    /// and again. A search meanwhile looks at those few itself.
    /// </summary>
    private async Task GatherAsync(CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        for (var arrived = -1L; arrived != Interlocked.Read(ref _arrived) && TimeProvider.System.GetElapsedTime(start) < LongestGathering && !IsBatchWaiting();)
        {
            arrived = Interlocked.Read(ref _arrived);
            await Task.Delay(Lull, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsBatchWaiting() => _account.Store.Read(static reader => SearchTable.AreWaiting(reader.Sql, MaxBatch));

    private SearchRow Row(StoreReader reader, SearchGrams grams, WaitingHead head, EntryId entry)
    {
        try
        {
            var words = _account.Words(reader, entry, SearchTable.MaxCharacters, out var isWhole);
            return SearchTable.Row(grams, head, words, isWhole);
        }
        catch (Exception e) when (e is not (OutOfMemoryException or DatabaseException))
        {
            // No message may keep the others out of the index; this one is looked at by each search.
            return SearchTable.Row(grams, head, ("", ""), isWhole: false);
        }
    }

    private async Task IndexAsync(SearchGrams grams, List<WaitingHead> waiting, bool isGentle, CancellationToken cancellationToken)
    {
        var rows = new List<SearchRow>(waiting.Count);
        var orphans = new List<HeadId>();
        var octets = 0;
        for (var at = 0; at < waiting.Count && octets <= MaxBatchOctets; at += ReadTogether)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var start = TimeProvider.System.GetTimestamp();
            var some = waiting.GetRange(at, Math.Min(ReadTogether, waiting.Count - at));
            orphans.AddRange(some.Where(static head => head.Entry is null).Select(static head => head.Head));
            var read = _account.Store.Read(reader => some.Where(static head => head.Entry is not null).Select(head => Row(reader, grams, head, head.Entry!.Value)).ToList());
            rows.AddRange(read);
            octets += read.Sum(static row => row.Header.Length + row.Body.Length + row.Grams.Length);
            if (isGentle && _account.Foreground.IsBusy)
            {
                await _account.Foreground.StepAsideAsync(start, cancellationToken).ConfigureAwait(false);
            }
        }

        var writing = TimeProvider.System.GetTimestamp();
        await _account.Store.WriteAsync(
            tx =>
            {
                foreach (var row in rows)
                {
                    SearchTable.Add(tx.Sql, row);
                }

                // Their last entry went between the two looks; should one come back, it is put into the queue again.
                foreach (var head in orphans.Where(head => !HeadTable.IsNeeded(tx.Sql, head)))
                {
                    SearchTable.Remove(tx.Sql, head);
                }
            },
            cancellationToken).ConfigureAwait(false);
        if (isGentle)
        {
            await _account.Foreground.StepAsideAsync(writing, cancellationToken).ConfigureAwait(false);
        }
    }
}
