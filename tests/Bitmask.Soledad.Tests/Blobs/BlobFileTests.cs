using Bitmask.Sqlite;

namespace Bitmask.Soledad.Tests.Blobs;

/// <summary>The files of the larger blobs: what they show, and that the rows stay the truth whatever becomes of them.</summary>
public sealed class BlobFileTests
{
    private const int Chunk = SealedBlob.ChunkOctets;

    [Fact]
    public async Task OnDisk_OnlyLargerBlobs_PaddedAndUnderNamesOfTheirOwn()
    {
        using var home = new BlobHome();
        await home.PutAsync(BlobHome.Content(Chunk));
        Assert.Empty(home.Files);

        var content = BlobHome.Content((4 * Chunk) + 1);
        var blob = await home.PutAsync(content);

        var file = Assert.Single(home.Files);
        Assert.Equal(SealedBlob.StoredSize(content.Length) - SealedBlob.HeaderOctets, file.Length);
        Assert.True(file.Length > content.Length + Chunk / 8); // the padding is on the disk, too
        Assert.NotEqual(blob.Name, file.Name);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.UnixFileMode);
        Assert.True(File.ReadAllBytes(file.FullName).AsSpan().IndexOf(content.AsSpan(0, 64)) < 0);
    }

    [Fact]
    public async Task Leftover_OfACrash_IsRemovedAtOpening()
    {
        using var home = new BlobHome();
        var content = BlobHome.Content(5 * Chunk);
        var blob = await home.PutAsync(content);
        var kept = Assert.Single(home.Files);
        File.WriteAllBytes(Path.Combine(kept.DirectoryName!, new string('0', 32)), content);

        home.Reopen();

        Assert.Equal(kept.FullName, Assert.Single(home.Files).FullName);
        Assert.Equal(content, await home.ReadAsync(blob));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task File_LostOrShort_OfAStoredBlob_IsAtTheProviderOnly(bool isShort)
    {
        using var home = new BlobHome();
        var blob = await home.PutAsync(BlobHome.Content(5 * Chunk));
        await home.Store.AcknowledgeAsync([home.Store.Find(blob.Name)!]);
        home.Store.Dispose();
        Damage(Assert.Single(home.Files), isShort);

        home.Reopen();

        Assert.Equal(BlobState.Remote, home.Store.StateOf(blob.Name));
        Assert.Equal((1, 0), (home.Store.Counts().Remote, home.Store.Counts().CachedOctets));
        Assert.Empty(home.Files);
    }

    [Fact]
    public async Task File_Lost_OfABlobThatIsOnlyHere_IsToldAndNotForgotten()
    {
        using var home = new BlobHome();
        var blob = await home.PutAsync(BlobHome.Content(5 * Chunk));
        home.Store.Dispose();
        Damage(Assert.Single(home.Files), isShort: false);
        home.Reopen();

        var failure = await Assert.ThrowsAsync<SoledadException>(() => home.ReadAsync(blob));

        Assert.Equal(SoledadCodes.BlobDamaged, failure.Code);
        Assert.Equal(BlobState.Local, home.Store.StateOf(blob.Name));
    }

    [Fact]
    public async Task Dropped_WhileSomebodyStillKeepsAPart_StaysDropped()
    {
        using var home = new BlobHome(new BlobStoreOptions { MaxCacheOctets = 8 * Chunk });
        var blob = await home.PutAsync(BlobHome.Content(5 * Chunk));
        var old = home.Store.Find(blob.Name)!;
        await home.Store.AcknowledgeAsync([old]);
        await home.PutAsync(BlobHome.Content(6 * Chunk)); // drops the first

        await home.Store.SaveChunksAsync(old, 0, new byte[SealedBlob.StoredChunkOctets], default);

        Assert.Equal((BlobState.Remote, 0L), (home.Store.StateOf(blob.Name)!.Value, home.Store.Find(blob.Name)!.Cached));
        Assert.Single(home.Files);
    }

    [Fact]
    public async Task LargeBlob_FromBeforeThereWereFiles_IsRead()
    {
        using var home = new BlobHome();
        var content = BlobHome.Content(9 * Chunk);
        using var sealer = new BlobSealer(new string('7', 32), BlobRef.NewKey(), "");
        home.Store.Dispose();
        File.Delete(home.File);
        using (var database = Database.OpenEncrypted(home.File, home.Key))
        {
            using var input = new MemoryStream(content);
            var chunks = new List<byte[]>();
            while (!sealer.IsDone)
            {
                var stored = new byte[SealedBlob.StoredChunkOctets];
                chunks.Add(stored[..await sealer.NextAsync(input, stored, default)]);
            }

            await database.WriteAsync(tx =>
            {
                Migrations.Apply(tx, BlobSchema.Migrations.Take(1));
                tx.Execute(
                    "INSERT INTO blob(id, namespace, name, size, state, cached, own, used, created) VALUES (1, '', ?1, ?2, 1, ?3, 1, 0, 0)",
                    new string('7', 32), SealedBlob.StoredSize(content.Length), SealedBlob.StoredSize(content.Length) - SealedBlob.HeaderOctets);
                for (var i = 0; i < chunks.Count; i++)
                {
                    tx.Execute("INSERT INTO chunk(id, octets) VALUES (?1, ?2)", (1L << BlobSchema.ChunkBits) + i, chunks[i]);
                }
            });
        }

        home.Reopen();

        Assert.Equal(content, await home.ReadAsync(sealer.Finish()));
        Assert.Empty(home.Files);
    }

    private static void Damage(FileInfo file, bool isShort)
    {
        if (!isShort)
        {
            file.Delete();
            return;
        }

        using var stream = file.OpenWrite();
        stream.SetLength(file.Length - 1);
    }
}
