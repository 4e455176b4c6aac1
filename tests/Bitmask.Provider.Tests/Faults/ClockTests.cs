using Bitmask.Provider.Tests.Blobs;
using Bitmask.Provider.Tests.World;
using Bitmask.Soledad;

namespace Bitmask.Provider.Tests.Faults;

/// <summary>Clocks that are years off, on either side, before a sync and in the middle of one.</summary>
[Trait("Kind", "large")]
public sealed class ClockTests
{
    private const int Years = 12;

    [Theory]
    [InlineData(Years)]
    [InlineData(-Years)]
    public async Task DevicesClock_JumpsInTheMiddleOfEveryRequest_ChangesNothing(int years)
    {
        await using var world = await FaultWorld.StartAsync();
        await using var line = await FaultLine.StartAsync(world.Provider);
        var number = 0;
        for (line.Plan(0, null); number == 0 || line.Requests > number - 1; number++)
        {
            await world.EditAsync();
            var before = world.LaptopClock.GetUtcNow();
            line.Plan(number, request =>
            {
                world.LaptopClock.AdjustTime(before.AddYears(years));
                return Faults.None(request);
            });
            world.Laptop.Line = line.Client;
            Assert.Empty((await world.Laptop.SyncAsync()).Events);
            await world.AssertConvergesAsync($"{years} years, request {number}");
            world.LaptopClock.AdjustTime(before.AddMinutes(number));
            await world.AssertConvergesAsync($"{years} years and back, request {number}");
        }

        Assert.InRange(number, 5, 30);
    }

    /// <summary>Sessions end, which is told; after a new login nothing is missing. A device that seems to have been away for years may have to join again.</summary>
    [Theory]
    [InlineData(Years)]
    [InlineData(-Years)]
    public async Task ProvidersClock_Jumps_EndsTheSessionAndLosesNothing(int years)
    {
        await using var world = await FaultWorld.StartAsync();
        await world.EditAsync();
        await world.AssertConvergesAsync("the beginning");
        var now = world.Provider.Clock.GetUtcNow();
        foreach (var time in (DateTimeOffset[])[now.AddYears(years), now.AddHours(1)])
        {
            world.Provider.Clock.AdjustTime(time);
            await world.Provider.Store.CleanAsync(default);
            await world.Provider.Store.CompactAsync(default);
            Assert.Equal(SoledadCodes.Unauthorized, (await Assert.ThrowsAsync<SoledadException>(() => world.Laptop.SyncAsync())).Code);

            world.Alice.Token = await world.Provider.Store.CreateTokenAsync(world.Alice.Id, default);
            foreach (var device in (Device[])[world.Laptop, world.Phone])
            {
                Assert.All((await device.SyncAsync()).Events, static told => Assert.Contains(told.Name, (string[])[SoledadCodes.ProviderInconsistent, SoledadCodes.DeviceRejoined]));
            }

            await world.EditAsync();
            await world.AssertConvergesAsync($"the provider's clock at {time}");
        }
    }

    /// <summary>A pause that was noted in 2038 does not last until then when the clock is right again.</summary>
    [Fact]
    public async Task Transfers_PausedByAClockThatWasAhead_GoOnWhenItIsSetBack()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        await using var line = await FaultLine.StartAsync(provider);
        using var device = new BlobDevice(alice);
        var blob = await device.PutAsync(BlobRequests.Octets(1000));
        device.Clock.AdjustTime(device.Clock.GetUtcNow().AddYears(Years));
        line.Plan(0, Faults.Status(500));
        Assert.True(await device.DrainAsync(line.Client));

        device.Clock.AdjustTime(device.Clock.GetUtcNow().AddYears(-Years));
        using var stopping = new CancellationTokenSource();
        using var transfer = new BlobTransfer(device.Store, device.Client(provider.Soledad));
        var stored = new TaskCompletionSource();
        device.Store.Acknowledged += _ => stored.TrySetResult();
        var running = transfer.RunAsync(stopping.Token);
        await (await Task.WhenAny(stored.Task, running)).WaitAsync(TimeSpan.FromSeconds(60));

        Assert.True(device.Store.IsStored(blob.Name));
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }
}
