using System.Text;
using System.Text.Json;
using Bitmask.Sqlite;
using Bitmask.Testing;

namespace Bitmask.Soledad.Tests.Blobs;

public sealed class BlobStoreTests
{
    private const int Chunk = SealedBlob.ChunkOctets;
    private const int NoSpace = 28;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Chunk)]
    [InlineData((16 * Chunk) + 1)]
    [InlineData((35 * Chunk) - 7)]
    public async Task Put_AnySize_IsReadBackAfterReopening(int size)
    {
        using var home = new BlobHome();
        var content = BlobHome.Content(size);
        var blob = await home.PutAsync(content);

        home.Reopen();

        Assert.Equal(content, await home.ReadAsync(blob));
        Assert.Equal(BlobState.Local, home.Store.StateOf(blob.Name));
        Assert.False(home.Store.IsStored(blob.Name));
        Assert.Equal([blob.Name], home.Store.Unstored([blob.Name, new string('0', 32)]));
        Assert.Equal((1, 1, SealedBlob.StoredSize(size) - SealedBlob.HeaderOctets), (home.Store.Counts().Local, home.Store.Counts().Uploads, home.Store.Counts().CachedOctets));
    }

    [Fact]
    public async Task Read_FromTheMiddleAndBack_GivesTheRightOctets()
    {
        using var home = new BlobHome();
        var content = BlobHome.Content((20 * Chunk) + 5);
        var blob = await home.PutAsync(content);
        await using var stream = home.Store.OpenRead(blob, (7 * Chunk) - 3);
        var piece = new byte[10];

        await stream.ReadExactlyAsync(piece);
        Assert.Equal(content[((7 * Chunk) - 3)..((7 * Chunk) + 7)], piece);
        stream.Position = 2;
        await stream.ReadExactlyAsync(piece);
        Assert.Equal(content[2..12], piece);
        stream.Seek(-4, SeekOrigin.End);
        Assert.Equal(4, await stream.ReadAtLeastAsync(piece, 10, throwOnEndOfStream: false));
        Assert.Equal(content[^4..], piece[..4]);
    }

    [Fact]
    public async Task Put_SourceBreaks_KeepsNothing()
    {
        using var home = new BlobHome();
        using var source = new CuttingStream(new MemoryStream(BlobHome.Content(40 * Chunk)), 30 * Chunk);

        await Assert.ThrowsAsync<IOException>(() => home.Store.PutAsync(source));

        var counts = home.Store.Counts();
        Assert.Equal((0, 0, 0), (counts.Local, counts.Uploads, counts.CachedOctets));
        Assert.Empty(home.Files);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    public async Task Put_CutAtItsCommit_LeavesNothing(int chunks)
    {
        var crashed = false;
        using var home = new BlobHome(new BlobStoreOptions
        {
            Database = new DatabaseOptions
            {
                OnCommitting = commit =>
                {
                    crashed |= commit >= 2; // the first makes the tables; from then on nothing is written, as after a kill
                    if (crashed)
                    {
                        throw new IOException("killed");
                    }
                },
            },
        });
        await Assert.ThrowsAnyAsync<Exception>(() => home.PutAsync(BlobHome.Content(chunks * Chunk)));
        home.Options = home.Options with { Database = new DatabaseOptions() };

        home.Reopen();

        var counts = home.Store.Counts();
        Assert.Equal((0, 0, 0), (counts.Local, counts.Uploads, counts.CachedOctets));
        Assert.Empty(home.Store.CheckIntegrity());
        Assert.Empty(home.Files);
    }

    [Fact]
    public async Task Put_DiskFull_SaysSoAndKeepsWhatWasThere()
    {
        var room = 20 * SealedBlob.StoredChunkOctets;
        using var home = new BlobHome(new BlobStoreOptions { Writing = octets => room = room < octets ? throw new IOException("full", NoSpace) : room - octets });
        var content = BlobHome.Content(10 * Chunk);
        var kept = await home.PutAsync(content);

        await Assert.ThrowsAsync<DatabaseFullException>(() => home.PutAsync(BlobHome.Content(200 * Chunk)));

        Assert.Equal(content, await home.ReadAsync(kept));
        Assert.Equal(1, home.Store.Counts().Local);
        Assert.Single(home.Files);
    }

    [Fact]
    public async Task Cache_OverItsLimit_DropsWhatIsStoredAndWasNotUsedLongest_NeverWhatIsOnlyHereOrPinned()
    {
        var size = (int)SealedBlob.StoredSize(10 * Chunk);
        using var home = new BlobHome(new BlobStoreOptions { MaxCacheOctets = (9 * size) / 2 });
        var blobs = new List<BlobRef>();
        for (var i = 0; i < 4; i++)
        {
            blobs.Add(await home.PutAsync(BlobHome.Content(10 * Chunk, "b" + i)));
            home.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        // 0 is only here, 1 is pinned, 2 was read lately, 3 was not.
        await home.Store.AcknowledgeAsync([.. blobs.Skip(1).Select(blob => home.Store.Find(blob.Name)!)]);
        await home.Store.PinAsync(blobs[1], true);
        await home.ReadAsync(blobs[2]);
        home.Clock.Advance(TimeSpan.FromMinutes(1));
        await home.PutAsync(BlobHome.Content(10 * Chunk, "more"));

        Assert.Equal(
            [BlobState.Local, BlobState.Stored, BlobState.Stored, BlobState.Remote],
            blobs.Select(blob => home.Store.StateOf(blob.Name)!.Value));
        Assert.True(home.Store.Counts().CachedOctets <= 9 * size / 2);
    }

    [Fact]
    public async Task Read_ChunkDamagedOnDisk_IsRefusedAndReported()
    {
        using var home = new BlobHome();
        var blob = await home.PutAsync(BlobHome.Content(3 * Chunk));
        await home.Store.AcknowledgeAsync([home.Store.Find(blob.Name)!]);
        var row = home.Store.Find(blob.Name)!;
        await home.Store.DropChunkAsync(row, 1, default);
        await home.Store.SaveChunksAsync(row, 1, new byte[SealedBlob.StoredChunkOctets], default);
        var events = new List<SoledadEvent>();
        home.Store.Happened += events.Add;
        await using var stream = home.Store.OpenRead(blob);
        var content = new byte[4 * Chunk];

        await stream.ReadExactlyAsync(content.AsMemory(0, Chunk)); // chunks before it are good
        var refused = await Assert.ThrowsAsync<SoledadException>(async () => await stream.ReadExactlyAsync(content.AsMemory(Chunk)));

        Assert.Equal(SoledadCodes.Unavailable, refused.Code); // it would be fetched, but there is no provider
        Assert.Equal(SoledadCodes.BlobDamaged, Assert.Single(events).Name);
        Assert.All(content[Chunk..], octet => Assert.Equal(0, octet));
    }

    [Fact]
    public async Task Reference_WrittenAndRead_OpensTheBlobAndNeverPrintsItsKey()
    {
        using var home = new BlobHome();
        var content = BlobHome.Content(1234);
        var blob = await home.PutAsync(content);
        var json = Json(blob);

        var read = BlobRef.TryRead(JsonDocument.Parse(json).RootElement)!;

        Assert.Equal(content, await home.ReadAsync(read));
        Assert.DoesNotContain(JsonDocument.Parse(json).RootElement.GetProperty("key").GetString()!, read.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"blob":"../../etc/passwd","key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","size":1,"sha256":"00"}""")]
    [InlineData("""{"blob":"00000000000000000000000000000000","key":"short","size":1,"sha256":""}""")]
    [InlineData("""{"blob":"00000000000000000000000000000000"}""")]
    [InlineData("""{"blob":1,"key":2,"size":"3","sha256":4}""")]
    [InlineData("[]")]
    public void Reference_Malformed_IsNone(string json) => Assert.Null(BlobRef.TryRead(JsonDocument.Parse(json).RootElement));

    internal static string Json(BlobRef blob)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            blob.WriteMembers(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }
}
