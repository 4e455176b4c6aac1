using System.Security.Cryptography;
using System.Text;
using Bitmask.Primitives;
using Bitmask.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Soledad.Tests.Blobs;

/// <summary>A blob store in a folder of its own that can be closed and opened again.</summary>
internal sealed class BlobHome : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly SecretBytes _key = SecretBytes.Random(Database.KeyOctets);

    public BlobHome(BlobStoreOptions? options = null)
    {
        Options = (options ?? new BlobStoreOptions()) with { Clock = Clock };
        Store = BlobStore.Open(Path.Combine(_folder.FullName, "blobs.db"), _key, Options);
    }

    public FakeTimeProvider Clock { get; } = new(TimeProvider.System.GetUtcNow());

    public BlobStoreOptions Options { get; set; }

    public BlobStore Store { get; private set; }

    public SecretBytes Key => _key;

    public string File => Path.Combine(_folder.FullName, "blobs.db");

    /// <summary>What anybody sees who looks at the disk: the larger blobs.</summary>
    public IReadOnlyList<FileInfo> Files => [.. new DirectoryInfo(Path.Combine(_folder.FullName, "blobs.d")).EnumerateFiles()];

    public void Reopen()
    {
        Store.Dispose();
        Store = BlobStore.Open(File, _key, Options);
    }

    /// <summary>Octets that are the same for the same seed and do not compress.</summary>
    public static byte[] Content(int octets, string seed = "blob")
        => [.. Enumerable.Range(0, octets / 32 + 1).SelectMany(i => SHA256.HashData(Encoding.ASCII.GetBytes($"{seed}/{i}"))).Take(octets)];

    public Task<BlobRef> PutAsync(byte[] content) => Store.PutAsync(new MemoryStream(content));

    public async Task<byte[]> ReadAsync(BlobRef blob, long offset = 0)
    {
        await using var stream = Store.OpenRead(blob, offset);
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        return all.ToArray();
    }

    public void Dispose()
    {
        Store.Dispose();
        _key.Dispose();
        _folder.Delete(recursive: true);
    }
}
