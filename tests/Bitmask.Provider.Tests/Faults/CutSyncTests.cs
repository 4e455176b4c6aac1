using Bitmask.Provider.Tests.World;
using Bitmask.Soledad;

namespace Bitmask.Provider.Tests.Faults;

/// <summary>The connection of a sync is cut at each place between two messages of it, both ways; the next one that is not disturbed mends everything.</summary>
[Trait("Kind", "large")]
public sealed class CutSyncTests
{
    private const int MostPlaces = 300;

    [Theory]
    [InlineData(Way.Up)]
    [InlineData(Way.Down)]
    public async Task Sync_CutAtEveryPlace_IsMendedByTheNext(Way way)
    {
        await using var world = await FaultWorld.StartAsync();
        await using var line = CutLine.Start(world.Provider.Host.Ports.Api);
        var places = 0;
        for (var wasCut = true; wasCut; places++)
        {
            await world.EditAsync();
            wasCut = await CutAsync(world, world.Laptop, line, way, places);
            await world.AssertAcknowledgedIsThereAsync(world.Laptop, $"{way} {places}");
            await world.AssertConvergesAsync($"{way} {places}");
        }

        Assert.InRange(places, 12, MostPlaces);
    }

    /// <summary>A device that is new to the account fetches all that was there before it: this goes by another request.</summary>
    [Theory]
    [InlineData(Way.Up)]
    [InlineData(Way.Down)]
    public async Task FirstSync_CutAtEveryPlace_IsMendedByTheNext(Way way)
    {
        await using var world = await FaultWorld.StartAsync();
        for (var i = 0; i < 20; i++)
        {
            await world.EditAsync(padding: i * 500);
        }

        await world.AssertConvergesAsync("the beginning");
        await using var line = CutLine.Start(world.Provider.Host.Ports.Api);
        var places = 0;
        for (var wasCut = true; wasCut; places++)
        {
            using var tablet = world.NewDevice();
            wasCut = await CutAsync(world, tablet, line, way, places);
            tablet.Line = world.Provider.Soledad;
            Assert.Empty((await tablet.SyncAsync(Whole)).Events);
            await world.AssertHoldsAsync(tablet, $"{way} {places}");
        }

        Assert.InRange(places, 8, MostPlaces);
    }

    private static SyncOptions Whole => new() { HasDocumentsQuery = true, BatchDocuments = 4 };

    /// <summary>One sync over the line that is cut there; it fails as a broken line fails, or it had ended before.</summary>
    private static async Task<bool> CutAsync(FaultWorld world, Device device, CutLine line, Way way, int records)
    {
        using var http = world.Provider.Client(world.Provider.Soledad.BaseAddress!.ToString(), line.Port);
        device.Line = http;
        line.Begin(way, records);
        try
        {
            var report = await device.SyncAsync(Whole);
            Assert.Empty(report.Events);
        }
        catch (SoledadException e)
        {
            Assert.True(line.WasCut && e is { Code: SoledadCodes.Unavailable, IsTransient: true }, $"{way} {records}: {e}");
        }

        return line.WasCut;
    }
}
