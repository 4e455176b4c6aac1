using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad.Tests.Sync;

public sealed class BackfillTests : IDisposable
{
    private readonly Devices _devices = new();
    private readonly FakeProvider _provider = new();

    public void Dispose()
    {
        _devices.Dispose();
        _provider.Dispose();
    }

    [Fact]
    public async Task FirstSync_ProviderAnswersQueries_FetchesSmallNewestFirstThenLarge()
    {
        var old = await FillAsync(10, large: 3);
        _provider.Requests.Clear();
        var fresh = _devices.Add();
        using var client = _provider.Client(fresh, _devices.Codec(fresh), new SyncOptions { HasDocumentsQuery = true });
        var told = new List<SyncProgress>();
        client.Progressed += told.Add;

        var report = await client.SyncAsync();

        var order = fresh.Read(r => r.Sql.Query("SELECT doc_id FROM transaction_log ORDER BY generation", row => row.GetText(0)));
        Assert.Equal([(SyncPhase.FetchingSmall, 10L, 10L), (SyncPhase.FetchingLarge, 3L, 3L)], told.Select(now => (now.Phase, now.Done, now.Total)));
        Assert.Equal([.. Enumerable.Range(0, 10).Select(i => $"small-{9 - i}"), "large-2", "large-1", "large-0"], order);
        Assert.Equal((13, true), (report.Received, report.IsComplete));
        Assert.Equal(old.Read(r => r.Get("large-1")), fresh.Read(r => r.Get("large-1")));
        Assert.DoesNotContain(_provider.Requests, request => request == "POST " + SyncMediaTypes.Get);
        Assert.Equal(0, (await client.SyncAsync()).Received);
    }

    [Fact]
    public async Task FirstSync_CutAtEveryOctetThatEndsALine_GoesOnBehindTheLastBatch()
    {
        var old = await FillAsync(6, large: 2);
        var options = new SyncOptions { HasDocumentsQuery = true, BatchDocuments = 2 };
        for (var cut = 0; ; cut++)
        {
            var fresh = _devices.Add();
            var lines = 0;
            _provider.DownloadText = text => UpToLine(text, ++lines == 1 ? cut : int.MaxValue);
            using var client = _provider.Client(fresh, _devices.Codec(fresh), options);
            var broke = await Record.ExceptionAsync(() => client.SyncAsync());
            _provider.DownloadText = static text => text;
            var kept = fresh.Read(r => r.Generation);
            var rest = await client.SyncAsync();
            Assert.Equal(8, kept + rest.Received);
            Assert.Equal(old.Read(r => r.Get("small-0")), fresh.Read(r => r.Get("small-0")));
            if (broke is null)
            {
                break;
            }

            Assert.IsType<SoledadException>(broke);
        }
    }

    [Fact]
    public async Task FirstSync_NewsWhileItRuns_GoAhead()
    {
        var other = await FillAsync(8, large: 0);
        var fresh = _devices.Add();
        using var client = _provider.Client(fresh, _devices.Codec(fresh), new SyncOptions { HasDocumentsQuery = true, PieceDocuments = 2 });
        var isFirst = true;
        client.Progressed += _ =>
        {
            if (isFirst)
            {
                isFirst = false;
                other.WriteAsync(tx => tx.Create("new", "{}")).GetAwaiter().GetResult();
                SyncAsync(other).GetAwaiter().GetResult();
                client.Nudge();
            }
        };

        await client.SyncAsync();

        var order = fresh.Read(r => r.Sql.Query("SELECT doc_id FROM transaction_log ORDER BY generation", row => row.GetText(0)));
        Assert.Equal(["small-7", "small-6", "new", "small-5"], order.Take(4));
        Assert.Equal(9, order.Count);
    }

    [Fact]
    public async Task FirstSync_DocumentsOutOfOrder_StopsWithAnEvent()
    {
        await FillAsync(4, large: 0);
        var fresh = _devices.Add();
        var generation = 0L;
        _provider.Entry = entry => entry with { Generation = ++generation };

        var report = await SyncAsync(fresh, new SyncOptions { HasDocumentsQuery = true });

        Assert.False(report.IsComplete);
        Assert.Equal(SoledadCodes.ProviderInconsistent, Assert.Single(report.Events).Name);
    }

    [Fact]
    public async Task SyncInformation_ALieThatLedToARejoin_IsNotTakenForKnown()
    {
        var alone = await FillAsync(3, large: 0);
        var options = new SyncOptions { HasDocumentsQuery = true };
        _provider.Info = static info => info with { TargetReplicaTransactionId = "T-mallory" };
        Assert.False((await SyncAsync(alone, options)).IsComplete);

        _provider.Info = static info => info;

        var report = await SyncAsync(alone, options);
        Assert.True(report.IsComplete);
        Assert.Empty(report.Events);
    }

    [Fact]
    public async Task Download_Compressed_IsReadAndACutOneIsBroken()
    {
        await FillAsync(4, large: 1);
        _provider.Compresses = true;
        var fresh = _devices.Add();
        Assert.Equal(5, (await SyncAsync(fresh)).Received);

        var another = _devices.Add();
        _provider.CutAfter = 700;
        Assert.IsType<SoledadException>(await Record.ExceptionAsync(() => SyncAsync(another)));
        _provider.CutAfter = null;
        await SyncAsync(another);
        Assert.NotNull(another.Read(r => r.Get("large-0")));
    }

    [Fact]
    public async Task Fetch_NamedDocuments_ComeAtOnce()
    {
        await FillAsync(3, large: 1);
        var fresh = _devices.Add();
        using var client = _provider.Client(fresh, _devices.Codec(fresh), new SyncOptions { HasDocumentsQuery = true });

        Assert.Equal(1, await client.FetchAsync(["large-0", "missing"]));

        Assert.NotNull(fresh.Read(r => r.Get("large-0")));
        Assert.Equal(3, fresh.Read(r => r.Quarantined()).Count + (await SyncAsync(fresh)).Received);
    }

    [Fact]
    public async Task Quarantine_CodecReadsMore_IsTriedAgainOnce()
    {
        var writer = await FillAsync(2, large: 0);
        var fresh = _devices.Add();
        var codec = new Growing(_devices.Codec(fresh)) { Reads = "1" };
        var options = new SyncOptions { HasDocumentsQuery = true };
        using var client = _provider.Client(fresh, codec, options);
        Assert.Equal(2, (await client.SyncAsync()).Quarantined);
        await client.SyncAsync();
        var asked = _provider.Queries.Count;
        await client.SyncAsync();
        Assert.Equal(asked, _provider.Queries.Count);

        codec.Reads = "2";
        var report = await client.SyncAsync();

        Assert.Equal(SoledadCodes.QuarantineReleased, Assert.Single(report.Events).Name);
        Assert.Empty(fresh.Read(r => r.Quarantined()));
        Assert.Equal(writer.Read(r => r.Get("small-1")), fresh.Read(r => r.Get("small-1")));
    }

    private static string UpToLine(string text, int lines)
    {
        var at = 0;
        for (var i = 0; i < lines && at >= 0 && at < text.Length; i++)
        {
            at = text.IndexOf('\n', at) + 1;
            if (at == 0)
            {
                return text;
            }
        }

        return lines == int.MaxValue ? text : text[..at];
    }

    private async Task<SoledadStore> FillAsync(int small, int large)
    {
        var store = _devices.Add();
        for (var i = 0; i < Math.Max(small, large); i++)
        {
            if (i < large)
            {
                await store.WriteAsync(tx => tx.Create($"large-{i}", $$"""{"text":"{{new string('x', 9000)}}"}"""));
            }

            if (i < small)
            {
                await store.WriteAsync(tx => tx.Create($"small-{i}", "{}"));
            }
        }

        await SyncAsync(store);
        return store;
    }

    private async Task<SyncReport> SyncAsync(SoledadStore store, SyncOptions? options = null)
    {
        using var client = _provider.Client(store, _devices.Codec(store), options);
        return await client.SyncAsync();
    }

    /// <summary>A codec of an older program, until it grows.</summary>
    private sealed class Growing(IDocumentCodec inner) : IDocumentCodec
    {
        public string Reads { get; set; } = "";

        public string Readable => Reads;

        public WireDocument Encode(Document document, ulong seq) => inner.Encode(document, seq);

        public DecodeAnswer Decode(WireDocument wire) => Reads == "1" ? new DecodeAnswer.Refused("too new") : inner.Decode(wire);

        public string WireId(string trueId) => inner.WireId(trueId);
    }
}
