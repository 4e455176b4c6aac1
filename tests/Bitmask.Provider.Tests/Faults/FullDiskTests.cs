using Bitmask.Provider.Blobs;
using Bitmask.Provider.Setup;
using Bitmask.Provider.Tests.Blobs;
using Bitmask.Provider.Tests.World;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Tests.Faults;

/// <summary>A disk that is full, on either side: it is told, nothing is stored by half, and when there is room again everything goes on.</summary>
[Trait("Kind", "large")]
public sealed class FullDiskTests
{
    private const int PageOctets = 4096;

    /// <summary>From no free page to more than a sync needs: each place at which the store can run full.</summary>
    [Fact]
    public async Task DevicesDisk_FullAtEveryPlace_IsToldAndMendedByTheNextSync()
    {
        await using var world = await FaultWorld.StartAsync();
        var (refused, free) = (0, 0);
        for (var isFull = true; isFull; free++)
        {
            await world.EditAsync(padding: 40_000 * (free + 1)); // larger each time: what became free before is not enough
            world.Laptop.Reopen();
            var pages = new FileInfo(world.Laptop.File).Length / PageOctets;
            world.Laptop.Reopen(new DatabaseOptions { MaxPages = pages + free });
            try
            {
                Assert.Empty((await world.Laptop.SyncAsync()).Events);
                isFull = false;
            }
            catch (DatabaseFullException)
            {
                refused++;
            }

            world.Laptop.Reopen();
            await world.AssertConvergesAsync($"{free} free pages");
        }

        Assert.InRange(refused, 4, 100);
    }

    [Fact]
    public async Task DevicesDisk_FullForABlob_KeepsNoneByHalf_AndFetchesItWhenThereIsRoom()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var writer = new BlobDevice(alice);
        using var reader = new BlobDevice(alice);
        foreach (var octets in (int[])[30_000, 60_000]) // larger ones are files
        {
            var content = BlobRequests.Octets(octets, octets);
            var blob = await writer.PutAsync(content);
            await writer.DrainAsync(provider.Soledad);
            await reader.Store.WantAsync(blob);
            reader.Reopen();
            var pages = new FileInfo(reader.File).Length / PageOctets;
            for (var free = 0; free < octets / PageOctets / 2; free += 5)
            {
                reader.Reopen(new DatabaseOptions { MaxPages = pages + free });
                Assert.True(await IsFullAsync(reader, provider), $"{octets} octets, {free} free pages");
                reader.Reopen();
                Assert.Empty(reader.Store.CheckIntegrity());
            }

            Assert.False(await reader.DrainAsync(provider.Soledad));
            await reader.AssertHoldsAsync(blob, content);
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(60)]
    public async Task ProvidersDisk_Full_IsToldAndMendedWhenThereIsRoom(int freePages)
    {
        await using var world = await FaultWorld.StartAsync();
        await world.EditAsync();
        await world.AssertConvergesAsync("the beginning");
        await world.Provider.StopAsync();
        var pages = new FileInfo(new DataFolder(world.Provider.DataPath).Database).Length / PageOctets;
        await world.Provider.StartHostAsync(new DatabaseOptions { MaxPages = pages + freePages });

        await world.EditOfflineAsync(padding: 400_000);
        foreach (var device in (Device[])[world.Laptop, world.Phone])
        {
            var failure = await Assert.ThrowsAsync<SoledadException>(() => device.SyncAsync());
            Assert.True(failure is { Code: SoledadCodes.Unavailable, IsTransient: true }, failure.ToString());
        }

        await world.Provider.RestartAsync();
        await world.AssertConvergesAsync($"{freePages} free pages at the provider");
    }

    [Theory]
    [InlineData(nameof(BlobStep.Written))]
    [InlineData(nameof(BlobStep.Synced))]
    [InlineData(nameof(BlobStep.Published))]
    public async Task ProvidersBlobFolder_Full_IsToldAndMendedWhenThereIsRoom(string step)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var device = new BlobDevice(alice);
        var small = (Blob: await device.PutAsync(BlobRequests.Octets(1000)), Content: BlobRequests.Octets(1000));
        var large = (Blob: await device.PutAsync(BlobRequests.Octets(400_000)), Content: BlobRequests.Octets(400_000));
        provider.Host.Blobs.Reached = reached =>
        {
            if (reached.ToString() == step)
            {
                throw new IOException("No space left on device", 28);
            }
        };
        await device.DrainAsync(provider.Soledad);

        Assert.Contains(SoledadCodes.QuotaExceeded, device.Events);
        Assert.Contains(large.Blob.Name, device.Store.Unstored([small.Blob.Name, large.Blob.Name]));
        Assert.Empty(new BlobKeeping(provider.Store, provider.Host.Blobs, provider.Clock).Check(default));
        provider.Host.Blobs.Reached = null;
        Assert.False(await device.DrainAsync(provider.Soledad));

        using var other = new BlobDevice(alice);
        await other.Store.WantAsync([small.Blob, large.Blob]);
        await other.DrainAsync(provider.Soledad);
        await other.AssertHoldsAsync(small.Blob, small.Content);
        await other.AssertHoldsAsync(large.Blob, large.Content);
    }

    /// <summary>Either the reason could be written down, or not even that.</summary>
    private static async Task<bool> IsFullAsync(BlobDevice device, TestProvider provider)
    {
        try
        {
            return await device.DrainAsync(provider.Soledad);
        }
        catch (DatabaseFullException)
        {
            return true;
        }
    }
}
