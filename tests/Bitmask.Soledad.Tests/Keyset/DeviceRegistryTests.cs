using Bitmask.Primitives;
using Bitmask.Soledad.Tests.Sync;

namespace Bitmask.Soledad.Tests.Keys;

public sealed class DeviceRegistryTests : IDisposable
{
    private static readonly DateOnly Today = new(2026, 11, 30);

    private readonly Devices _devices = new();

    public void Dispose() => _devices.Dispose();

    [Fact]
    public async Task FormerNameOfADevice_SharesItsKey_AnotherDeviceDoesNot()
    {
        var store = _devices.Add();
        var (own, former, other) = (DeviceId.Parse("0000000000000001"), DeviceId.Parse("0000000000000002"), DeviceId.Parse("0000000000000003"));
        await store.WriteAsync(transaction =>
        {
            DeviceRegistry.EnsureOwn(transaction, own, "attic", "one key"u8, Today);
            DeviceRegistry.EnsureOwn(transaction, former, "attic", "one key"u8, Today);
            DeviceRegistry.EnsureOwn(transaction, other, "cellar", "another key"u8, Today);
        });

        Assert.True(store.Read(reader => DeviceRegistry.ShareKey(reader, former, own)));
        Assert.False(store.Read(reader => DeviceRegistry.ShareKey(reader, other, own)));
        Assert.False(store.Read(reader => DeviceRegistry.ShareKey(reader, DeviceId.Parse("0000000000000004"), own)));
    }
}
