using System.Threading.Channels;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>
/// Takes a download apart into three stages that run at the same time: (1) the network is read, (2) documents are opened on all cores,
/// (3) they are stored in the order they came in, a batch to a short transaction. Between the stages stands a budget of octets, so that a
/// slow disk slows the network down and memory stays flat. The writer is never held while the network is waited for.
/// </summary>
internal sealed class DownloadPipeline(IDocumentCodec codec, SyncOptions options)
{
    private const int ChunkDocuments = 64;
    private const long ChunkOctets = 1024 * 1024;

    /// <summary>Runs until the stream has ended. When it breaks off, what came whole is stored before the reason is thrown.</summary>
    /// <param name="next">The next document; null at the end.</param>
    /// <param name="store">Stores one batch.</param>
    /// <param name="cancellationToken">Ends it; what is not stored yet is dropped.</param>
    public async Task RunAsync(
        Func<CancellationToken, Task<SyncEntry?>> next, Func<List<OpenedEntry>, CancellationToken, Task> store, CancellationToken cancellationToken)
    {
        var chunks = Channel.CreateBounded<Task<List<OpenedEntry>>>(new BoundedChannelOptions(2 * options.Parallelism) { SingleReader = true, SingleWriter = true });
        var budget = new OctetBudget(options.InFlightOctets);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = Task.Run(() => ReadAsync(next, chunks.Writer, budget, stopping.Token), CancellationToken.None);
        try
        {
            await StoreAsync(chunks.Reader, budget, store, stopping.Token).ConfigureAwait(false);
        }
        finally
        {
            await stopping.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }
    }

    /// <summary>Stages 1 and 2. Whatever ends it is told through the channel.</summary>
    private async Task ReadAsync(
        Func<CancellationToken, Task<SyncEntry?>> next, ChannelWriter<Task<List<OpenedEntry>>> chunks, OctetBudget budget, CancellationToken cancellationToken)
    {
        var chunk = new List<SyncEntry>();
        var octets = 0L;
        Exception? failure = null;
        try
        {
            try
            {
                while (await next(cancellationToken).ConfigureAwait(false) is { } entry)
                {
                    var needed = OpenedEntry.OctetsOf(entry);
                    if (chunk.Count >= ChunkDocuments || octets + needed > ChunkOctets)
                    {
                        await EmitAsync().ConfigureAwait(false);
                    }

                    if (!budget.TryTake(needed))
                    {
                        // What is waited for must not wait behind this chunk.
                        await EmitAsync().ConfigureAwait(false);
                        await budget.TakeAsync(needed, cancellationToken).ConfigureAwait(false);
                    }

                    octets += needed;
                    chunk.Add(entry);
                }
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                failure = e;
            }

            await EmitAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure ??= e;
        }
        finally
        {
            chunks.TryComplete(failure);
        }

        async Task EmitAsync()
        {
            if (chunk.Count == 0)
            {
                return;
            }

            var whole = chunk;
            (chunk, octets) = ([], 0);
            await chunks.WriteAsync(Task.Run(() => whole.ConvertAll(Open), cancellationToken), cancellationToken).ConfigureAwait(false);
        }
    }

    private OpenedEntry Open(SyncEntry entry)
    {
        var answer = Revision.TryParse(entry.Rev, out _)
            ? codec.Decode(new WireDocument(entry.Id, entry.Rev, entry.Content))
            : new DecodeAnswer.Refused("no revision");
        return new OpenedEntry(entry with { Content = null }, answer, OpenedEntry.OctetsOf(entry));
    }

    /// <summary>Stage 3. What is in its batch does not count against the budget any more: it never waits for the network with the budget in hand.</summary>
    private async Task StoreAsync(
        ChannelReader<Task<List<OpenedEntry>>> chunks, OctetBudget budget, Func<List<OpenedEntry>, CancellationToken, Task> store, CancellationToken cancellationToken)
    {
        var batch = new List<OpenedEntry>();
        var octets = 0L;
        while (await HasMoreAsync(chunks, cancellationToken).ConfigureAwait(false))
        {
            while (chunks.TryRead(out var chunk))
            {
                foreach (var opened in await chunk.ConfigureAwait(false))
                {
                    budget.Return(opened.Octets);
                    batch.Add(opened);
                    octets += opened.Octets;
                    if (batch.Count >= options.BatchDocuments || octets >= options.BatchOctets)
                    {
                        await store(batch, cancellationToken).ConfigureAwait(false);
                        (batch, octets) = ([], 0);
                    }
                }
            }
        }

        if (batch.Count > 0)
        {
            await store(batch, cancellationToken).ConfigureAwait(false);
        }

        await chunks.Completion.ConfigureAwait(false); // throws what broke the stream off
    }

    private static async ValueTask<bool> HasMoreAsync(ChannelReader<Task<List<OpenedEntry>>> chunks, CancellationToken cancellationToken)
    {
        try
        {
            return await chunks.WaitToReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (chunks.Completion.IsFaulted)
        {
            return false; // told after what came whole is stored
        }
    }
}
