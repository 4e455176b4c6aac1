using Bitmask.Protocol.Soledad;
using Bitmask.Soledad;

namespace Bitmask.Provider.Tests.Faults;

/// <summary>A side that is slow is waited for; one that stands still is given up, and holds up nobody else.</summary>
[Trait("Kind", "large")]
public sealed class SlowLineTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongerThanAnyLimit = TimeSpan.FromMinutes(5);

    /// <summary>It stops before its answer, after the head of it, in the middle of it.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(0.0)]
    [InlineData(0.5)]
    public async Task EveryRequest_StandsStill_IsGivenUpAndMendedByTheNextSync(double? part)
    {
        await using var world = await FaultWorld.StartAsync();
        await using var line = await FaultLine.StartAsync(world.Provider);
        var number = 0;
        for (line.Plan(0, null); number == 0 || line.Requests >= number; number++)
        {
            await world.EditAsync();
            var stall = new Stall(part);
            line.Plan(number, stall.RunAsync);
            world.Laptop.Line = line.Client;
            var syncing = world.Laptop.SyncAsync();
            await Task.WhenAny(syncing, stall.Reached).WaitAsync(Patience);
            if (stall.Reached.IsCompleted)
            {
                await WaitForHeadAsync(line, part is null ? number : number + 1);
                var failure = await Assert.ThrowsAsync<SoledadException>(() => AdvanceUntilAsync(world, syncing));
                Assert.True(failure is { Code: SoledadCodes.Unavailable, IsTransient: true }, failure.ToString());
            }

            await syncing.ContinueWith(static _ => { }, TaskScheduler.Default);
            await world.AssertConvergesAsync($"stopped at {part}, request {number}");
        }

        Assert.InRange(number, 5, 30);
    }

    /// <summary>Five minutes for one answer, an octet or a few at a time: that is slow, not dead.</summary>
    [Fact]
    public async Task Answer_ThatDrips_IsWaitedFor()
    {
        await using var world = await FaultWorld.StartAsync();
        await using var line = await FaultLine.StartAsync(world.Provider);
        var longest = TimeSpan.Zero;
        for (var number = 0; number < 4; number++)
        {
            await world.EditAsync();
            line.Plan(number, async request =>
            {
                var answer = await request.ForwardAsync();
                var body = await request.BeginAsync(answer);
                var drop = Math.Max(1, answer.Body.Length / 300);
                for (var at = 0; at < answer.Body.Length; at += drop)
                {
                    world.LaptopClock.Advance(TimeSpan.FromSeconds(1));
                    await body.WriteAsync(answer.Body.AsMemory(at, Math.Min(drop, answer.Body.Length - at)), request.Aborted);
                    await body.FlushAsync(request.Aborted);
                    await Task.Delay(1, request.Aborted);
                }
            });
            world.Laptop.Line = line.Client;
            var before = world.LaptopClock.GetUtcNow();
            Assert.Empty((await world.Laptop.SyncAsync()).Events);
            var took = world.LaptopClock.GetUtcNow() - before;
            longest = took > longest ? took : longest;
            await world.AssertConvergesAsync($"drips, request {number}");
        }

        Assert.True(longest > 2 * StallLimit, "it did not take long");
    }

    /// <summary>A large upload on a line that takes five minutes for it.</summary>
    [Fact]
    public async Task Upload_ThatIsTakenSlowly_IsNotGivenUp()
    {
        await using var world = await FaultWorld.StartAsync();
        await using var line = await FaultLine.StartAsync(world.Provider);
        await world.EditAsync(padding: 6 * 1024 * 1024);
        line.Plan(SyncMediaTypes.Put, async request =>
        {
            await request.ReadAsync(16 * 1024, () => world.LaptopClock.Advance(TimeSpan.FromSeconds(0.6)));
            await request.AnswerAsync(await request.ForwardAsync());
        });
        world.Laptop.Line = line.Client;
        var before = world.LaptopClock.GetUtcNow();

        Assert.Empty((await world.Laptop.SyncAsync()).Events);

        Assert.True(world.LaptopClock.GetUtcNow() - before > 2 * StallLimit, "it did not take long");
        await world.AssertConvergesAsync("a slow upload");
    }

    /// <summary>A device whose upload stopped half way: the provider holds nothing for it that another one needs.</summary>
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.9)]
    public async Task Upload_ThatStandsStill_HoldsUpNobody(double part)
    {
        await using var world = await FaultWorld.StartAsync();
        await using var line = await FaultLine.StartAsync(world.Provider);
        using var ending = new CancellationTokenSource();
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await world.EditAsync(padding: 5 * 1024 * 1024);
        await world.EditAsync(padding: 5 * 1024 * 1024); // together more than the provider takes in at once
        line.Plan(SyncMediaTypes.Put, async request =>
        {
            await request.ReadAsync();
            await request.ForwardAsync((int)(request.Body.Length * part), standingStill: () =>
            {
                stopped.TrySetResult();
                return Task.Delay(Timeout.Infinite, ending.Token);
            });
        });
        world.Laptop.Line = line.Client;
        var syncing = world.Laptop.SyncAsync();
        await Task.WhenAny(stopped.Task, syncing).WaitAsync(Patience);
        Assert.False(syncing.IsCompleted);

        await world.EditAsync(); // the phone syncs

        await ending.CancelAsync();
        Assert.Equal(SoledadCodes.Unavailable, (await Assert.ThrowsAsync<SoledadException>(() => syncing)).Code);
        await world.AssertConvergesAsync($"stood still at {part}");
    }

    private static TimeSpan StallLimit => TimeSpan.FromSeconds(90);

    /// <summary>Time must not pass before the head of the answer has come: then it would be the wait for that which ends.</summary>
    private static async Task WaitForHeadAsync(FaultLine line, int heads)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (line.HeadsSeen < heads)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, "The head of the answer did not come.");
            await Task.Delay(2);
        }
    }

    /// <summary>Lets time pass until something ends. One jump is not enough: whoever waits may begin to do so after it.</summary>
    private static async Task<SyncReport> AdvanceUntilAsync(FaultWorld world, Task<SyncReport> syncing)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!syncing.IsCompleted)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, "It waits for ever.");
            world.LaptopClock.Advance(LongerThanAnyLimit);
            await Task.WhenAny(syncing, Task.Delay(20));
        }

        return await syncing;
    }

    /// <summary>A request whose answer stops somewhere.</summary>
    private sealed class Stall(double? part)
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public async Task RunAsync(LineRequest request)
        {
            var answer = await request.ForwardAsync();
            if (part is { } wanted)
            {
                await request.AnswerAsync(answer, (int)(answer.Body.Length * wanted));
            }

            _reached.SetResult();
            await Task.Delay(Timeout.Infinite, request.Aborted);
        }
    }
}
