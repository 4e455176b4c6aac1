using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.SoledadServer;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.Blobs.Leap;

/// <summary>
/// LEAP's prototype of a batch, <c>POST /stream/UUID</c>. A download sends for each name 8 hex digits of size, 24 characters of tag, a space, the octets; an
/// upload begins with a JSON line of names and sizes. Quota, duplicates and names are checked here, which the original did not.
/// </summary>
internal sealed class StreamEndpoint(ProviderStore store, BlobFolder folder, BlobUploads uploads)
{
    private const int MaxLineOctets = 256 * 1024;
    private const int PieceOctets = 64 * 1024;

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/stream/{uuid}", context => SoledadRequest.RunAsync(context, store, (c, user) => c.Request.Query["direction"] switch
    {
        ["download"] => DownloadAsync(c, user),
        ["upload"] => UploadAsync(c, user),
        _ => throw new SoledadProtocolException("direction is download or upload."),
    }));

    private async Task DownloadAsync(HttpContext context, User user)
    {
        var names = await SoledadRequest.ReadJsonAsync(context, MaxLineOctets, SoledadJson.Default.ListString);
        var keys = names.ConvertAll(name => Key(context, user, name));
        if (keys.Find(key => store.FindBlob(key) is not { Size: <= uint.MaxValue }) is { Name: not null } missing)
        {
            await BlobRequest.NotFoundAsync(context, missing); // the framing can not say so later
            return;
        }

        SoledadRequest.Begin(context, 200, "application/octet-stream");
        foreach (var key in keys)
        {
            using var file = folder.OpenToRead(key);
            if (file is null || store.FindBlob(key) is not { } blob)
            {
                context.Abort(); // deleted meanwhile
                return;
            }

            await context.Response.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{blob.Size:x8}{BlobRequest.Tag(file, blob.Size)} "), context.RequestAborted);
            await BlobRequest.SendAsync(context, file, 0, blob.Size);
        }
    }

    private async Task UploadAsync(HttpContext context, User user)
    {
        BlobRequest.AllowLongBody(context);
        var list = await ReadListAsync(context, user);
        foreach (var (key, size) in list)
        {
            await using var part = new BodyPart(context.Request.Body, size);
            var reader = PipeReader.Create(part, new StreamPipeReaderOptions(bufferSize: PieceOctets, leaveOpen: true));
            var outcome = await uploads.TakeAsync(key, reader, null, size, context.RequestAborted);
            await reader.CompleteAsync();
            if (outcome != UploadOutcome.Stored)
            {
                await BlobRequest.AnswerAsync(context, key, outcome, folder.PartialOctets(key));
                return;
            }
        }

        await SoledadRequest.WriteAsync(context, 200, "text/plain", default);
    }

    private static BlobKey Key(HttpContext context, User user, string? name)
        => BlobName.IsValid(name) ? new BlobKey(user.Id, BlobRequest.Namespace(context), name!) : throw new SoledadProtocolException("Not the name of a blob.");

    private static async Task<List<(BlobKey Key, long Size)>> ReadListAsync(HttpContext context, User user)
    {
        using var line = new MemoryStream();
        var octet = new byte[1];
        while (await context.Request.Body.ReadAsync(octet, context.RequestAborted) == 1 && octet[0] != '\n')
        {
            if (line.Length >= MaxLineOctets)
            {
                throw new SoledadProtocolException("The list is too long.");
            }

            line.WriteByte(octet[0]);
        }

        try
        {
            using var json = JsonDocument.Parse(Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length));
            return [.. json.RootElement.EnumerateArray().Select(row => row.GetArrayLength() == 2 && row[1].TryGetInt64(out var size) && size >= 0
                ? (Key(context, user, row[0].GetString()), size)
                : throw new SoledadProtocolException("Not a list of names and sizes."))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new SoledadProtocolException("Not a list of names and sizes.", e);
        }
    }

    /// <summary>The next octets of a body, as a stream that ends after them.</summary>
    private sealed class BodyPart(Stream body, long octets) : Stream
    {
        private long _left = octets;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_left == 0)
            {
                return 0;
            }

            var read = await body.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken);
            _left -= read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
