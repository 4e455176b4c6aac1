using System.Net;
using System.Security.Cryptography;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Tests.World;

namespace Bitmask.Provider.Tests.Blobs;

/// <summary>However long what is sent: the memory of provider and test together, counted while it is on its way, does not grow with it.</summary>
[Collection(nameof(Alone))]
[Trait("Kind", "large")]
public sealed class ConstantMemoryTests
{
    private const long Octets = 256L * 1024 * 1024;
    private const long Bound = 64L * 1024 * 1024;
    private const int Every = 16 * 1024 * 1024;

    [Fact]
    public async Task Blob_OfAQuarterGibibyte_UpAndDown_IsNotGatheredInMemory()
    {
        await using var provider = await TestProvider.StartAsync();
        provider.Soledad.Timeout = Timeout.InfiniteTimeSpan; // on a busy machine it takes as long as it takes
        using var alice = await Person.SealedAsync(provider);
        var meter = new Meter();
        using var content = new StreamContent(new Noise(Octets, meter), 256 * 1024);
        content.Headers.ContentLength = Octets;

        using var put = await alice.SoledadAsync(HttpMethod.Put, $"/blobs/{alice.Id.Value}/a", content);
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        using var get = await alice.SoledadAsync(HttpMethod.Get, $"/blobs/{alice.Id.Value}/a");
        var (length, hash) = await ReadAsync(await get.Content.ReadAsStreamAsync(), meter);

        Assert.Equal(Octets, length);
        Assert.Equal(provider.Store.FindBlob(new(alice.Id, "default", "a"))!.Hash, hash);
        meter.AssertBelow(Bound);
    }

    [Fact]
    public async Task Documents_OfAQuarterGibibyte_UpAndDown_AreNotGatheredInMemory()
    {
        const int Documents = 128;
        await using var provider = await TestProvider.StartAsync();
        provider.Soledad.Timeout = Timeout.InfiniteTimeSpan; // on a busy machine it takes as long as it takes
        using var alice = await Person.SealedAsync(provider);
        var replica = new Replica(alice);
        var meter = new Meter();
        using var content = new DocumentContent(replica, Documents, Replica.SealedOf((int)(Octets / Documents)), meter);
        content.Headers.TryAddWithoutValidation("Content-Type", SyncMediaTypes.Put);

        using var put = await alice.SoledadAsync(HttpMethod.Post, replica.Path, content);
        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        var other = new Replica(alice);
        using var get = await other.BeginDownloadAsync(other.Header());
        var (length, _) = await ReadAsync(await get.Content.ReadAsStreamAsync(), meter);

        Assert.True(length > Octets);
        Assert.Equal(Documents, provider.Store.ReadHeads(alice.Id).Generation);
        meter.AssertBelow(Bound);
    }

    private static async Task<(long Length, byte[] Hash)> ReadAsync(Stream body, Meter meter)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (buffer, length) = (new byte[256 * 1024], 0L);
        for (int read; (read = await body.ReadAsync(buffer)) > 0; length += read)
        {
            hash.AppendData(buffer, 0, read);
            meter.Add(read);
        }

        return (length, hash.GetHashAndReset());
    }

    /// <summary>What is alive in the managed heap after a full collection, at its most, each time that so many octets have passed.</summary>
    private sealed class Meter
    {
        private readonly long _before = GC.GetTotalMemory(forceFullCollection: true);
        private long _most;
        private long _passed;
        private int _measured;

        public void Add(long octets)
        {
            _passed += octets;
            if (_passed >= Every)
            {
                _passed = 0;
                _measured++;
                _most = Math.Max(_most, GC.GetTotalMemory(forceFullCollection: true) - _before);
            }
        }

        public void AssertBelow(long bound)
        {
            Assert.True(_measured >= 20, $"Measured {_measured} times only.");
            Assert.True(_most < bound, $"{_most / (1024 * 1024)} MiB more were alive.");
            TestContext.Current.TestOutputHelper?.WriteLine($"{_most / 1024} KiB more at most");
        }
    }

    private sealed class Noise(long octets, Meter meter) : Stream
    {
        private static readonly byte[] Pattern = BlobRequests.Octets(1_000_003);
        private long _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var from = (int)(_at % Pattern.Length);
            var count = (int)Math.Min(Math.Min(buffer.Length, Pattern.Length - from), octets - _at);
            Pattern.AsMemory(from, count).CopyTo(buffer);
            _at += count;
            meter.Add(count);
            return new(count);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    /// <summary>An upload that is written as it is sent.</summary>
    private sealed class DocumentContent(Replica replica, int documents, string content, Meter meter) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var writer = new SyncStreamWriter(stream);
            await writer.WriteHeaderAsync(replica.Header());
            for (var i = 1; i <= documents; i++)
            {
                await writer.WriteEntryAsync(new SyncEntry
                {
                    Id = $"d-{i}",
                    Rev = $"{replica.Uid}:1",
                    Generation = i,
                    TransactionId = $"T-{i}",
                    NumberOfDocs = documents,
                    DocIdx = i,
                    Content = content,
                });
                meter.Add(content.Length);
            }

            await writer.CompleteAsync();
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
