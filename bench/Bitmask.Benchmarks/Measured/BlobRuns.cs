using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Bitmask.Primitives;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Benchmarks.Measured;

/// <summary>
/// (d) 100 blobs of 1 MiB and 10 000 of 10 KiB, (e) one of 1 GiB: put into the store of one device, up to a provider, down to another device and read
/// there. The peers are AES-256-GCM of the same octets on one core, their copy over a loopback connection, and the floor of <see cref="BlobFloor"/>.
/// </summary>
internal static class BlobRuns
{
    private const int Rounds = 7;
    private const int MiB = 1024 * 1024;
    private const int PutsAtOnce = 8;

    public static Task LargeAsync() => RunAsync("100 x 1 MiB", 100, MiB);

    public static Task SmallAsync() => RunAsync("10 000 x 10 KiB", 10_000, 10 * 1024);

    public static Task HugeAsync() => RunAsync("1 x 1 GiB", 1, 1024L * MiB, rounds: 1);

    private static async Task RunAsync(string what, int count, long octets, int rounds = Rounds)
    {
        var total = count * octets;
        Measurement aes = new("AES-256-GCM on one core, " + what), copy = new("loopback copy, " + what);
        Measurement floorUp = new("floor of up, " + what), floorDown = new("floor of down, " + what);
        Measurement put = new("put, " + what), up = new("up, " + what), down = new("down, " + what), read = new("read, " + what);
        using var leftovers = new Leftovers();
        using var floor = new BlobFloor(leftovers.NewFolder());
        for (var round = 0; round < rounds; round++)
        {
            await aes.RunAsync(() => Task.Run(() => Encrypt(total)));
            await copy.RunAsync(() => CopyAsync(total));
            if (octets >= MiB)
            {
                // Small ones share a sync: a floor with one for each would be above us.
                await floorUp.RunAsync(() => floor.RunAsync(count, octets, isUpload: true));
                await floorDown.RunAsync(() => floor.RunAsync(count, octets, isUpload: false));
            }

            await using var provider = await LocalProvider.StartAsync(leftovers.NewFolder());
            using var first = new DeviceBlobs(provider, leftovers.NewFolder());
            using var second = new DeviceBlobs(provider, leftovers.NewFolder());
            var blobs = new BlobRef[count];
            await put.RunAsync(async () =>
            {
                await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = PutsAtOnce }, async (i, ending) => blobs[i] = await first.Store.PutAsync(new Pattern(octets, i), cancellationToken: ending));
            });
            await up.RunAsync(() => first.Transfer.DrainAsync());
            await down.RunAsync(async () =>
            {
                await second.Store.WantAsync(blobs);
                await second.Transfer.DrainAsync();
            });
            await read.RunAsync(async () =>
            {
                foreach (var blob in blobs)
                {
                    await second.Store.OpenRead(blob).CopyToAsync(Stream.Null, 64 * 1024);
                }
            });
            if (first.Store.Counts() is not { Local: 0 } || second.Store.Counts().Stored != count)
            {
                throw new InvalidOperationException("Not all went up and came down: " + first.Store.Counts() + " " + second.Store.Counts());
            }
        }

        var peer = aes.Seconds > copy.Seconds ? aes : copy;
        foreach (var line in octets >= MiB ? (Measurement[])[aes, copy, floorUp, floorDown] : [aes, copy])
        {
            Console.WriteLine(Line(line, total, count, null));
        }

        foreach (var line in (Measurement[])[put, up, down, read])
        {
            Console.WriteLine(Line(line, total, count, peer));
        }

        if (octets >= MiB)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"up takes {up.Seconds / floorUp.Seconds:0.0} x the time and {up.Processor / floorUp.Processor:0.0} x the processor of its floor, down {down.Seconds / floorDown.Seconds:0.0} x and {down.Processor / floorDown.Processor:0.0} x"));
        }
    }

    private static string Line(Measurement run, long total, int count, Measurement? peer)
        => string.Create(CultureInfo.InvariantCulture, $"{run.Line()}  {total / run.Seconds / MiB,7:0} MiB/s  {count / run.Seconds,8:0}/s{(peer is null ? "" : $"  {peer.Seconds / run.Seconds:0.00} x the speed of {peer.Name.Split(',')[0]}")}");

    private static void Encrypt(long total)
    {
        using var aes = new AesGcm(RandomNumberGenerator.GetBytes(32), 16);
        var (content, stored, tag, nonce) = (new byte[64 * 1024], new byte[64 * 1024], new byte[16], new byte[12]);
        for (var done = 0L; done < total; done += content.Length)
        {
            BitConverter.TryWriteBytes(nonce, done);
            aes.Encrypt(nonce, content, stored, tag);
        }
    }

    private static async Task CopyAsync(long total)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var server = await listener.AcceptTcpClientAsync();
        var sending = Task.Run(async () =>
        {
            var piece = new byte[64 * 1024];
            for (var done = 0L; done < total; done += piece.Length)
            {
                await client.GetStream().WriteAsync(piece);
            }

            client.Close();
        });
        var buffer = new byte[64 * 1024];
        while (await server.GetStream().ReadAsync(buffer) > 0)
        {
        }

        await sending;
    }

    private sealed class DeviceBlobs : IDisposable
    {
        public DeviceBlobs(LocalProvider provider, DirectoryInfo folder)
        {
            using var key = SecretBytes.Random(Database.KeyOctets);
            Store = BlobStore.Open(Path.Combine(folder.FullName, "blobs.db"), key);
            Transfer = new BlobTransfer(Store, new BlobClient(provider.Http, provider.Http.BaseAddress!, provider.User, provider.Token));
            Transfer.Failed += static failure => Console.WriteLine(failure);
        }

        public BlobStore Store { get; }

        public BlobTransfer Transfer { get; }

        public void Dispose()
        {
            Transfer.Dispose();
            Store.Dispose();
        }
    }

    /// <summary>
    /// Folders that go when all rounds are over: for some seconds ext4 gives no new file the place of one that was removed, and looks past those one by one, so
    /// each round would pay for what the one before it removed.
    /// </summary>
    private sealed class Leftovers : IDisposable
    {
        private readonly List<DirectoryInfo> _folders = [];

        public DirectoryInfo NewFolder()
        {
            _folders.Add(Directory.CreateTempSubdirectory("bitmask-bench-"));
            return _folders[^1];
        }

        public void Dispose() => _folders.ForEach(static folder => folder.Delete(recursive: true));
    }

    /// <summary>Octets without end of memory or disk.</summary>
    private sealed class Pattern(long length, int seed) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get => _position; set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            var octets = (int)Math.Min(buffer.Length, length - _position);
            buffer[..octets].Fill((byte)(seed + (_position >> 16)));
            _position += octets;
            return octets;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
