using Bitmask.Protocol.Soledad;
using Bitmask.Soledad;

namespace Bitmask.Provider.Tests.Faults;

/// <summary>Each request of a sync goes wrong once in each way; the next sync that is not disturbed mends everything, and nobody is alarmed.</summary>
[Trait("Kind", "large")]
public sealed class FaultyRequestTests
{
    internal static readonly Dictionary<string, Func<LineRequest, Task>> Ways = new()
    {
        ["lost"] = Faults.Lost,
        ["the answer is lost"] = Faults.AnswerLost,
        ["500"] = Faults.Status(500),
        ["502"] = Faults.Status(502),
        ["503"] = Faults.Status(503, ""),
        ["500 as LEAP's provider says it"] = Faults.Status(500, """{"error": "error"}"""),
        ["429"] = Faults.Status(429),
        ["done, and 500"] = Faults.DoneButStatus(500),
        ["half of it arrives"] = Faults.RequestCut(static body => body.Length / 2),
        ["half of the answer, then cut"] = Faults.AnswerCut(static body => body.Length / 2, isClean: false),
        ["half of the answer as if it were all"] = Faults.AnswerCut(static body => body.Length / 2, isClean: true),
        ["no answer but its head"] = Faults.AnswerCut(static _ => 0, isClean: true),
        ["twice"] = Faults.Twice,
        ["twice at once"] = Faults.TwiceAtOnce,
    };

    public static TheoryData<string> Names => [.. Ways.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task EveryRequest_GoesWrongSo_IsMendedByTheNextSync(string way)
    {
        await using var world = await FaultWorld.StartAsync();
        await using var line = await FaultLine.StartAsync(world.Provider);
        var number = 0;
        for (line.Plan(0, null); number == 0 || line.Requests >= number; number++)
        {
            await world.EditAsync();
            line.Plan(number, Ways[way]);
            await SyncAsync(world, line);
            await world.AssertAcknowledgedIsThereAsync(world.Laptop, $"{way}, request {number}");
            await world.AssertConvergesAsync($"{way}, request {number}");
        }

        Assert.InRange(number, 5, 30);
    }

    /// <summary>The device gave up waiting, synced again, and only then the old request arrives.</summary>
    [Fact]
    public async Task EveryRequest_ArrivingAfterLaterOnes_ChangesNothing()
    {
        await using var world = await FaultWorld.StartAsync();
        await using var line = await FaultLine.StartAsync(world.Provider);
        var number = 0;
        for (line.Plan(0, null); number == 0 || line.Requests >= number; number++)
        {
            await world.EditAsync();
            var (fault, arriveAsync) = Faults.Late();
            line.Plan(number, fault);
            await SyncAsync(world, line);
            await world.AssertConvergesAsync($"late, request {number}");
            await world.EditAsync();
            await world.Laptop.SyncAsync();
            await arriveAsync();
            await world.AssertConvergesAsync($"late and arrived, request {number}");
        }

        Assert.InRange(number, 5, 30);
    }

    [Theory]
    [InlineData(SyncMediaTypes.Put, false)]
    [InlineData(SyncMediaTypes.Get, false)]
    [InlineData(SyncMediaTypes.Get, true)]
    public async Task Stream_CutAtEveryLine_IsMendedByTheNextSync(string kind, bool isClean)
    {
        await using var world = await FaultWorld.StartAsync();
        await using var line = await FaultLine.StartAsync(world.Provider);
        var isUpload = kind == SyncMediaTypes.Put;
        var (places, hasMore) = (0, true);
        for (; hasMore; places++)
        {
            // Both sides of each line's end.
            int Place(byte[] body)
            {
                var ends = Enumerable.Range(0, body.Length).Where(i => body[i] == '\n').SelectMany(static i => new[] { i, i + 1 }).Where(end => end < body.Length).ToList();
                hasMore = places + 1 < ends.Count;
                return ends[places];
            }

            await world.EditAsync();
            var cut = isUpload ? Faults.RequestCut(Place) : Faults.AnswerCut(Place, isClean, mayCompress: false);
            line.Plan(kind, cut);
            Assert.True(await SyncAsync(world, line), $"{kind}, place {places}: it did not fail");
            await world.AssertAcknowledgedIsThereAsync(world.Laptop, $"{kind}, place {places}");
            await world.AssertConvergesAsync($"{kind}, place {places}");
        }

        Assert.InRange(places, 8, 60);
    }

    /// <summary>Syncs over the bad line; true when that failed, as it may only fail on a bad line.</summary>
    private static async Task<bool> SyncAsync(FaultWorld world, FaultLine line)
    {
        world.Laptop.Line = line.Client;
        try
        {
            Assert.Empty((await world.Laptop.SyncAsync()).Events);
            return false;
        }
        catch (SoledadException e)
        {
            Assert.True(e is { Code: SoledadCodes.Unavailable or SoledadCodes.BrokenAnswer, IsTransient: true }, e.ToString());
            return true;
        }
    }
}
