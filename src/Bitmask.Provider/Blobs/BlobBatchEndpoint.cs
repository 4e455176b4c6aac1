using System.Buffers;
using System.IO.Pipelines;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.SoledadServer;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.Blobs;

/// <summary>
/// Many small blobs in one request, <c>POST /blobs/UUID/batch</c>: an upload in <see cref="BlobFrame"/>s is answered by a frame for each with its status; a JSON list of
/// names is answered by their frames. A batch is stored in rounds of a few MiB, each with one sync, so memory stays bounded; those of a round
/// that is stored stay when the connection breaks later.
/// </summary>
internal sealed class BlobBatchEndpoint(ProviderStore store, BlobFolder folder, BlobUploads uploads)
{
    private const int RoundOctets = 4 * 1024 * 1024;
    private const int MaxListOctets = BlobWire.MaxBatchBlobs * (BlobName.MaxLength + 4);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/blobs/{uuid}/batch", context => SoledadRequest.RunAsync(
        context, store, (c, user) => c.Request.ContentType == BlobWire.BatchType ? UploadAsync(c, user) : DownloadAsync(c, user)));

    private async Task UploadAsync(HttpContext context, User user)
    {
        BlobRequest.AllowLongBody(context);
        var ns = BlobRequest.Namespace(context);
        var input = context.Request.BodyReader;
        var answers = new ArrayBufferWriter<byte>();
        var (round, octets, count) = (new List<(BlobKey, ReadOnlyMemory<byte>)>(), 0, 0);
        while (await ReadAsync(input, context.RequestAborted) is var (name, content))
        {
            if (++count > BlobWire.MaxBatchBlobs)
            {
                throw new SoledadProtocolException("Too many blobs in one batch.");
            }

            round.Add((new BlobKey(user.Id, ns, name), content));
            octets += content.Length;
            if (octets >= RoundOctets)
            {
                await StoreAsync(round, answers, context.RequestAborted);
                octets = 0;
            }
        }

        await StoreAsync(round, answers, context.RequestAborted);
        answers.Write(BlobFrame.End);
        await SoledadRequest.WriteAsync(context, 200, BlobWire.BatchType, answers.WrittenMemory);
    }

    private async Task StoreAsync(List<(BlobKey Key, ReadOnlyMemory<byte> Content)> round, ArrayBufferWriter<byte> answers, CancellationToken cancellationToken)
    {
        var outcomes = await uploads.TakeManyAsync(round, cancellationToken);
        for (var i = 0; i < round.Count; i++)
        {
            new BlobFrame(round[i].Key.Name, BlobRequest.Status(outcomes[i]), 0).Write(answers);
        }

        round.Clear();
    }

    /// <summary>The next blob; null at the end of the batch.</summary>
    private static async Task<(string Name, byte[] Content)?> ReadAsync(PipeReader input, CancellationToken cancellationToken)
    {
        BlobFrame? frame = null;
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            var buffer = read.Buffer;
            if (frame is null && BlobFrame.TryRead(ref buffer, out frame) && frame is null)
            {
                input.AdvanceTo(buffer.Start);
                return null;
            }

            if (frame is { } known && buffer.Length >= known.Octets)
            {
                var content = buffer.Slice(0, known.Octets).ToArray();
                input.AdvanceTo(buffer.GetPosition(known.Octets));
                return (known.Name, content);
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                throw new SoledadProtocolException("The batch ends within a blob.");
            }
        }
    }

    private async Task DownloadAsync(HttpContext context, User user)
    {
        var names = await SoledadRequest.ReadJsonAsync(context, MaxListOctets, SoledadJson.Default.ListString);
        if (names.Count > BlobWire.MaxBatchBlobs || !names.TrueForAll(static name => BlobName.IsValid(name)))
        {
            throw new SoledadProtocolException("Not a list of names.");
        }

        var ns = BlobRequest.Namespace(context);
        SoledadRequest.Begin(context, 200, BlobWire.BatchType);
        var output = context.Response.BodyWriter;
        foreach (var name in names)
        {
            Send(output, new BlobKey(user.Id, ns, name));
            if (output.UnflushedBytes >= BlobWire.MaxBatchBlobOctets)
            {
                await output.FlushAsync(context.RequestAborted);
            }
        }

        output.Write(BlobFrame.End);
        await output.FlushAsync(context.RequestAborted);
    }

    /// <summary>One that is missing, or too large for a batch, is answered by its status; the others come all the same.</summary>
    private void Send(PipeWriter output, BlobKey key)
    {
        var blob = store.FindBlob(key);
        using var file = blob is { Size: <= BlobWire.MaxBatchBlobOctets } ? folder.OpenToRead(key) : null;
        if (file is null)
        {
            new BlobFrame(key.Name, blob is null or { Size: <= BlobWire.MaxBatchBlobOctets } ? 404 : 413, 0).Write(output);
            return;
        }

        var octets = (int)blob!.Size;
        var buffer = ArrayPool<byte>.Shared.Rent(octets);
        var read = 0;
        while (read < octets && RandomAccess.Read(file, buffer.AsSpan(read, octets - read), read) is > 0 and var more)
        {
            read += more;
        }

        var isWhole = read == octets;
        new BlobFrame(key.Name, isWhole ? 200 : 404, isWhole ? octets : 0).Write(output);
        if (isWhole)
        {
            output.Write(buffer.AsSpan(0, octets));
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }
}
