using System.Text.Json;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Blobs;
using Bitmask.Provider.Tests.Blobs;
using Bitmask.Provider.Tests.World;
using Bitmask.Soledad;

namespace Bitmask.Provider.Tests.Faults;

/// <summary>
/// Small blobs in a batch and a large one as a stream, on lines that are cut between any two messages, and with every request gone wrong: the next
/// attempt brings each of them over whole, once.
/// </summary>
[Trait("Kind", "large")]
public sealed class CutBlobTests
{
    private const int MostPlaces = 300;

    [Theory]
    [InlineData(Way.Up)]
    [InlineData(Way.Down)]
    public async Task Upload_CutAtEveryPlace_IsMendedByTheNext(Way way)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        await using var line = CutLine.Start(provider.Host.Ports.Api);
        var places = 0;
        for (var wasCut = true; wasCut; places += places < 40 ? 1 : 7) // within a long stream one place is as another
        {
            using var device = new BlobDevice(alice);
            var blobs = await PutAsync(device, places);
            await CutAsync(provider, line, way, places, device.DrainAsync);
            wasCut = line.WasCut;
            await MendAsync(device, provider, blobs, $"{way} {places}");
            await AssertStoredAsync(provider, alice, device, blobs);
        }

        Assert.InRange(places, 8, MostPlaces);
    }

    [Theory]
    [InlineData(Way.Up)]
    [InlineData(Way.Down)]
    public async Task Download_CutAtEveryPlace_IsMendedByTheNext(Way way)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var writer = new BlobDevice(alice);
        var blobs = await PutAsync(writer, 0);
        await writer.DrainAsync(provider.Soledad);
        await using var line = CutLine.Start(provider.Host.Ports.Api);
        var places = 0;
        for (var wasCut = true; wasCut; places += places < 40 ? 1 : 7) // within a long stream one place is as another
        {
            using var device = new BlobDevice(alice);
            await device.Store.WantAsync([.. blobs.Select(static blob => blob.Blob)]);
            await CutAsync(provider, line, way, places, device.DrainAsync);
            wasCut = line.WasCut;
            Assert.False(await device.DrainAsync(provider.Soledad), $"{way} {places}");
            foreach (var (blob, content) in blobs)
            {
                await device.AssertHoldsAsync(blob, content);
            }

            Assert.Empty(device.Events);
        }

        Assert.InRange(places, 8, MostPlaces);
    }

    [Theory]
    [InlineData("lost")]
    [InlineData("the answer is lost")]
    [InlineData("500")]
    [InlineData("done, and 500")]
    [InlineData("half of it arrives")]
    [InlineData("half of the answer, then cut")]
    [InlineData("half of the answer as if it were all")]
    [InlineData("twice")]
    [InlineData("twice at once")]
    public async Task EveryRequest_GoesWrongSo_IsMendedByTheNext(string way)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        await using var line = await FaultLine.StartAsync(provider);
        var number = 0;
        for (line.Plan(0, null); number == 0 || line.Requests >= number; number++)
        {
            using var writer = new BlobDevice(alice);
            using var reader = new BlobDevice(alice);
            var blobs = await PutAsync(writer, number);
            line.Plan(number, FaultyRequestTests.Ways[way]);
            await writer.DrainAsync(line.Client);
            await MendAsync(writer, provider, blobs, $"{way}, request {number}");
            await AssertStoredAsync(provider, alice, writer, blobs);

            // The same faults on the way down.
            await reader.Store.WantAsync([.. blobs.Select(static blob => blob.Blob)]);
            line.Plan(number, FaultyRequestTests.Ways[way]);
            await reader.DrainAsync(line.Client);
            Assert.False(await reader.DrainAsync(provider.Soledad), $"{way}, down, request {number}");
            foreach (var (blob, content) in blobs)
            {
                await reader.AssertHoldsAsync(blob, content);
            }

            Assert.Empty(reader.Events);
        }

        Assert.InRange(number, 3, 30);
    }

    /// <summary>Two that go in a batch, one that goes alone.</summary>
    private static async Task<List<(BlobRef Blob, byte[] Content)>> PutAsync(BlobDevice device, int seed)
    {
        var blobs = new List<(BlobRef, byte[])>();
        foreach (var octets in (int[])[1_000, 70_000, BlobWire.MaxBatchBlobOctets + 65_000])
        {
            var content = BlobRequests.Octets(octets, seed);
            blobs.Add((await device.PutAsync(content), content));
        }

        return blobs;
    }

    private static async Task CutAsync(TestProvider provider, CutLine line, Way way, int records, Func<HttpClient, Task> work)
    {
        using var http = provider.Client(provider.Soledad.BaseAddress!.ToString(), line.Port);
        line.Begin(way, records);
        await work(http);
    }

    /// <summary>
    /// The next attempts, on a good line. There may be more than one, since the provider refuses a blob as long as it is still busy with the request that was cut.
    /// </summary>
    private static async Task MendAsync(BlobDevice device, TestProvider provider, List<(BlobRef Blob, byte[] Content)> blobs, string after)
    {
        var start = TimeProvider.System.GetTimestamp();
        do
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), $"{after}: it is never stored");
            await device.DrainAsync(provider.Soledad);
        }
        while (device.Store.Unstored(blobs.Select(static blob => blob.Blob.Name)).Count > 0);
    }

    private static async Task AssertStoredAsync(TestProvider provider, Person alice, BlobDevice device, List<(BlobRef Blob, byte[] Content)> blobs)
    {
        Assert.Empty(device.Store.Unstored(blobs.Select(static blob => blob.Blob.Name)));
        Assert.Empty(device.Events);
        var names = JsonSerializer.Deserialize<List<string>>((await alice.BlobAsync(HttpMethod.Get, "")).Body)!;
        Assert.All(blobs, blob => Assert.Single(names, name => name == blob.Blob.Name));
        var keeping = new BlobKeeping(provider.Store, provider.Host.Blobs, provider.Clock);
        Assert.Empty(keeping.Check(default));
        Assert.Empty(keeping.Leftovers(default));
    }
}
