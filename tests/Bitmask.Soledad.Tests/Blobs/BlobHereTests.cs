using Bitmask.Sqlite;

namespace Bitmask.Soledad.Tests.Blobs;

/// <summary>Reading a blob at once when all of it is here: the same octets as by the stream, or nothing.</summary>
public sealed class BlobHereTests
{
    private const int Chunk = SealedBlob.ChunkOctets;

    [Theory]
    [InlineData(1)]
    [InlineData(Chunk - 1)]
    [InlineData(Chunk)]
    [InlineData(Chunk + 1)]
    [InlineData((3 * Chunk) - 17)]
    [InlineData((5 * Chunk) + 4)]
    [InlineData(9 * Chunk)]
    [InlineData((20 * Chunk) + 1)]
    public async Task WholeBlob_OfAnySize_ComesBackOctetForOctet(int size)
    {
        using var home = new BlobHome();
        var content = BlobHome.Content(size);
        var blob = await home.PutAsync(content);
        home.Reopen();

        var into = new byte[size];

        Assert.True(home.Store.TryReadHere(blob, into));
        Assert.Equal(content, into);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(6)]
    public async Task Blob_OfWhichAChunkIsMissing_IsNotHere(int chunks)
    {
        using var home = new BlobHome();
        var blob = await home.PutAsync(BlobHome.Content(chunks * Chunk));
        await home.Store.AcknowledgeAsync([home.Store.Find(blob.Name)!]);
        Assert.True(home.Store.TryReadHere(blob, new byte[blob.Size]));

        Assert.True(await home.Store.DropChunkAsync(home.Store.Find(blob.Name)!, 1, CancellationToken.None));

        Assert.False(home.Store.TryReadHere(blob, new byte[blob.Size]));
    }

    [Fact]
    public async Task Blob_NobodyKnows_IsNotHere()
    {
        using var home = new BlobHome();
        using var other = new BlobHome();
        var blob = await other.PutAsync(BlobHome.Content(Chunk));

        Assert.False(home.Store.TryReadHere(blob, new byte[blob.Size]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task File_WithAnOctetChanged_IsRefused(int chunk)
    {
        using var home = new BlobHome();
        var blob = await home.PutAsync(BlobHome.Content((5 * Chunk) + 100));
        home.Store.Dispose();
        Flip(Assert.Single(home.Files), BlobFiles.Place(chunk) + 10);
        home.Reopen();

        Assert.False(home.Store.TryReadHere(blob, new byte[blob.Size]));
    }

    [Fact]
    public async Task File_ThatIsGone_IsNotHere()
    {
        using var home = new BlobHome();
        var blob = await home.PutAsync(BlobHome.Content(5 * Chunk));
        Assert.Single(home.Files).Delete();

        Assert.False(home.Store.TryReadHere(blob, new byte[blob.Size]));
    }

    [Fact]
    public async Task Rows_OfAnOlderStore_AreReadAsBefore()
    {
        using var home = new BlobHome();
        var content = BlobHome.Content(3 * Chunk);
        var blob = await home.PutAsync(content);
        home.Store.Dispose();
        var file = Assert.Single(home.Files);
        using (var database = Database.OpenEncrypted(home.File, home.Key))
        {
            await database.WriteAsync(tx => tx.Execute("UPDATE blob SET file = NULL"));
            foreach (var (i, chunk) in File.ReadAllBytes(file.FullName).Chunk(SealedBlob.StoredChunkOctets).Index())
            {
                await database.WriteAsync(tx => Assert.Equal(1, tx.Execute("UPDATE chunk SET octets = ?2 WHERE id & ?3 = ?1", i, chunk, (1L << BlobSchema.ChunkBits) - 1)));
            }
        }

        home.Reopen();
        Assert.Empty(home.Files);

        var into = new byte[content.Length];
        Assert.True(home.Store.TryReadHere(blob, into));
        Assert.Equal(content, into);
        Assert.Equal(content[100..], await home.ReadAsync(blob, 100));
    }

    [Fact]
    public async Task Rows_UnderTheNameOfAnotherBlob_AreRefused()
    {
        using var home = new BlobHome();
        var one = await home.PutAsync(BlobHome.Content(Chunk));
        var other = await home.PutAsync(BlobHome.Content(Chunk, "other"));
        home.Store.Dispose();
        using (var database = Database.OpenEncrypted(home.File, home.Key))
        {
            await database.WriteAsync(tx => tx.ExecuteScript("UPDATE blob SET name = 'swapping' || id"));
            await database.WriteAsync(tx => tx.Execute("UPDATE blob SET name = ?1 WHERE id = 1", other.Name) + tx.Execute("UPDATE blob SET name = ?1 WHERE id = 2", one.Name));
        }

        home.Reopen();

        Assert.False(home.Store.TryReadHere(one, new byte[one.Size]));
        Assert.False(home.Store.TryReadHere(other, new byte[other.Size]));
    }

    [Fact]
    public async Task Room_OfAnotherSize_IsAMistake()
    {
        using var home = new BlobHome();
        var blob = await home.PutAsync(BlobHome.Content(100));

        Assert.Throws<ArgumentException>(() => home.Store.TryReadHere(blob, new byte[99]));
    }

    private static void Flip(FileInfo file, long at)
    {
        using var handle = File.OpenHandle(file.FullName, FileMode.Open, FileAccess.ReadWrite);
        var octet = new byte[1];
        Assert.Equal(1, RandomAccess.Read(handle, octet, at));
        octet[0] ^= 1;
        RandomAccess.Write(handle, octet, at);
    }
}
