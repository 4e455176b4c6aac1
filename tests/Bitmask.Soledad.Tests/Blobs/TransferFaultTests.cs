using System.Net;
using Bitmask.Primitives;
using Bitmask.Testing;

namespace Bitmask.Soledad.Tests.Blobs;

/// <summary>Transfers on bad lines and from bad providers: what came is kept, what is wrong is never handed on, and each fault has a reason or an event.</summary>
public sealed class TransferFaultTests : IDisposable
{
    private const int Chunk = SealedBlob.ChunkOctets;

    private readonly BlobShelf _shelf = new();
    private readonly HttpClient _http;
    private readonly BlobHome _one = new();
    private readonly BlobHome _other = new();
    private readonly BlobTransfer _up;
    private readonly BlobTransfer _down;
    private readonly List<SoledadEvent> _events = [];

    public TransferFaultTests()
    {
        _http = new HttpClient(_shelf);
        _up = new BlobTransfer(_one.Store, Client());
        _down = new BlobTransfer(_other.Store, Client());
        _one.Store.Happened += _events.Add;
        _other.Store.Happened += _events.Add;
    }

    public void Dispose()
    {
        _up.Dispose();
        _down.Dispose();
        _one.Dispose();
        _other.Dispose();
        _http.Dispose();
    }

    [Fact]
    public async Task Upload_CutInEveryChunk_GoesOnWhereItWasCut()
    {
        var content = BlobHome.Content(9 * Chunk);
        var blob = await _one.PutAsync(content);
        _shelf.CutAfter = Chunk + 100;
        var cuts = 0;
        while (!_one.Store.IsStored(blob.Name))
        {
            await _up.DrainAsync();
            cuts += _one.Store.Counts().Reason is null ? 0 : 1;
            _one.Clock.Advance(TimeSpan.FromHours(1));
            Assert.True(cuts < 20);
        }

        Assert.Equal(8, cuts);
        Assert.Equal(SealedBlob.StoredSize(content.Length), _shelf.Moved); // nothing twice
        _shelf.CutAfter = 0;
        Assert.Equal(content, await ReadAsync(blob));
    }

    [Fact]
    public async Task Upload_CutThenRestarted_GoesOnWhereItWasCut()
    {
        var blob = await _one.PutAsync(BlobHome.Content(9 * Chunk));
        _shelf.CutAfter = 5 * Chunk;
        await _up.DrainAsync();
        _shelf.CutAfter = 0;
        _one.Reopen();
        _one.Clock.Advance(TimeSpan.FromHours(1));
        using var again = new BlobTransfer(_one.Store, Client());
        await again.DrainAsync();

        Assert.True(_one.Store.IsStored(blob.Name));
        Assert.Equal(SealedBlob.StoredSize(9 * Chunk), _shelf.Moved);
    }

    [Fact]
    public async Task Download_CutInEveryChunk_KeepsEachWholeChunk()
    {
        var content = BlobHome.Content(9 * Chunk);
        var blob = await UploadedAsync(content);
        await _other.Store.WantAsync(blob);
        _shelf.CutAfter = Chunk + (Chunk / 2);
        for (var attempt = 0; _other.Store.StateOf(blob.Name) != BlobState.Stored; attempt++)
        {
            Assert.True(attempt < 20);
            await _down.DrainAsync();
            _other.Clock.Advance(TimeSpan.FromHours(1));
        }

        _shelf.CutAfter = 0;
        _shelf.Stored.Clear();
        Assert.Equal(content, await _other.ReadAsync(blob)); // all of it is here
    }

    [Theory]
    [InlineData(100)]
    [InlineData(9 * Chunk)]
    public async Task Provider_AnswersWithErrors_TriesLaterAndSaysWhy(int size)
    {
        var blob = await _one.PutAsync(BlobHome.Content(size));
        _shelf.Instead = static _ => new HttpResponseMessage(HttpStatusCode.InternalServerError);
        var before = 0;
        for (var attempt = 0; attempt < 5; attempt++)
        {
            await _up.DrainAsync();
            await _up.DrainAsync(); // not due: nothing is asked
            Assert.Equal(before + 1, _shelf.Requests.Count(static request => request.StartsWith('P') || request.StartsWith("HEAD", StringComparison.Ordinal)));
            before++;
            Assert.NotNull(_one.Store.Counts().Reason);
            _one.Clock.Advance(TimeSpan.FromHours(1));
        }

        _shelf.Instead = null;
        await _up.DrainAsync();
        Assert.True(_one.Store.IsStored(blob.Name));
        Assert.Null(_one.Store.Counts().Reason);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(9 * Chunk)]
    public async Task Quota_Exceeded_KeepsItHereAndTriesAgain(int size)
    {
        var content = BlobHome.Content(size);
        var blob = await _one.PutAsync(content);
        _shelf.Room = 0;
        await _up.DrainAsync();

        Assert.Equal(SoledadCodes.QuotaExceeded, Assert.Single(_events).Name);
        Assert.Contains("no room", _one.Store.Counts().Reason, StringComparison.Ordinal);
        Assert.Equal(content, await _one.ReadAsync(blob));
        _shelf.Room = long.MaxValue;
        _one.Clock.Advance(TimeSpan.FromHours(1));
        await _up.DrainAsync();
        Assert.True(_one.Store.IsStored(blob.Name));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(9 * Chunk)]
    public async Task WrongOctets_InAnyChunk_AreNeverHandedOn(int size)
    {
        var content = BlobHome.Content(size);
        var blob = await UploadedAsync(content);
        var stored = _shelf.Stored[blob.Name];
        for (var chunk = 0; chunk < SealedBlob.ChunkCount(size); chunk++)
        {
            using var home = new BlobHome();
            using var line = new BlobTransfer(home.Store, Client());
            home.Store.Happened += _events.Add;
            _events.Clear();
            stored[SealedBlob.ChunkStart(chunk) + 3] ^= 1;
            await home.Store.WantAsync(blob);
            await line.DrainAsync();

            using var read = new MemoryStream();
            await using var stream = home.Store.OpenRead(blob);
            var failure = await Assert.ThrowsAsync<SoledadException>(() => stream.CopyToAsync(read));

            Assert.Equal(SoledadCodes.BlobDamaged, failure.Code);
            Assert.Equal(content[..Math.Min(chunk * Chunk, size)], read.ToArray());
            Assert.Contains(_events, static happened => happened.Name == SoledadCodes.BlobDamaged);
            stored[SealedBlob.ChunkStart(chunk) + 3] ^= 1;
            Assert.Equal(content, await home.ReadAsync(blob));
        }
    }

    [Fact]
    public async Task OtherBlobInItsPlace_OrSetBack_IsNotTaken()
    {
        var (wanted, other) = (await UploadedAsync(BlobHome.Content(3 * Chunk, "a")), await UploadedAsync(BlobHome.Content(3 * Chunk, "b")));
        _shelf.Stored[wanted.Name] = _shelf.Stored[other.Name];
        Assert.Equal(SoledadCodes.BlobDamaged, (await Assert.ThrowsAsync<SoledadException>(() => ReadAsync(wanted))).Code);
        _shelf.Stored[wanted.Name] = _shelf.Stored[other.Name][..^10];
        Assert.Equal(SoledadCodes.BlobDamaged, (await Assert.ThrowsAsync<SoledadException>(() => ReadAsync(wanted))).Code);
    }

    [Fact]
    public async Task SealedForAnotherNamespace_IsNotTaken()
    {
        var key = BlobRef.NewKey();
        var content = BlobHome.Content(100);
        using var sealer = new BlobSealer(new string('7', 32), key, "other");
        var stored = new byte[SealedBlob.StoredSize(content.Length)];
        SealedBlob.Header.CopyTo(stored);
        await sealer.NextAsync(new MemoryStream(content), stored.AsMemory(SealedBlob.HeaderOctets), default);
        var blob = sealer.Finish();
        _shelf.Stored[blob.Name] = stored;

        Assert.Equal(SoledadCodes.BlobDamaged, (await Assert.ThrowsAsync<SoledadException>(() => ReadAsync(blob))).Code);
    }

    [Fact]
    public async Task Withheld_IsToldOnceAndNotAskedForWithoutEnd()
    {
        var blob = await UploadedAsync(BlobHome.Content(9 * Chunk));
        var kept = _shelf.Stored[blob.Name];
        _shelf.Stored.Clear();
        await _other.Store.WantAsync(blob);
        await _down.DrainAsync();
        await _down.DrainAsync();

        Assert.Equal([SoledadCodes.BlobWithheld], _events.Select(static happened => happened.Name));
        Assert.Equal(0, _other.Store.Counts().Downloads);
        _shelf.Stored[blob.Name] = kept;
        Assert.Equal(9 * Chunk, (await ReadAsync(blob)).Length);
    }

    [Fact]
    public async Task Adopt_OnlyTheRightContent_AndTheSameStoredForm()
    {
        var content = BlobHome.Content((2 * Chunk) + 1);
        var blob = await UploadedAsync(content);
        var stored = _shelf.Stored[blob.Name].ToArray();
        _shelf.Stored.Clear();

        Assert.False(await _other.Store.AdoptAsync(blob, BlobHome.Content((2 * Chunk) + 1, "another")));
        Assert.Null(_other.Store.StateOf(blob.Name));
        Assert.True(await _other.Store.AdoptAsync(blob, content));
        Assert.Equal([blob.Name], _other.Store.Unconfirmed([blob.Name]));
        await _down.DrainAsync();

        Assert.Empty(_other.Store.Unconfirmed([blob.Name]));
        Assert.Equal(stored, _shelf.Stored[blob.Name]);
        Assert.Equal(content, await _other.ReadAsync(blob));
    }

    private BlobClient Client() => new(_http, new Uri("https://soledad.test/"), UserId.Parse(new string('a', 32)), _ => Task.FromResult("token"));

    private async Task<BlobRef> UploadedAsync(byte[] content)
    {
        var blob = await _one.PutAsync(content);
        await _up.DrainAsync();
        Assert.True(_one.Store.IsStored(blob.Name));
        return blob;
    }

    private Task<byte[]> ReadAsync(BlobRef blob) => _other.ReadAsync(blob);
}
