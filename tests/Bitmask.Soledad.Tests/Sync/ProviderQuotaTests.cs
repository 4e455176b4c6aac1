namespace Bitmask.Soledad.Tests.Sync;

public sealed class ProviderQuotaTests : IDisposable
{
    private const long MiB = 1024 * 1024;

    private readonly Devices _devices = new();
    private readonly FakeProvider _provider = new();
    private readonly SoledadStore _store;

    public ProviderQuotaTests() => _store = _devices.Add();

    public void Dispose()
    {
        _devices.Dispose();
        _provider.Dispose();
    }

    [Fact]
    public async Task Sync_ProviderThatTells_IsRemembered()
    {
        Assert.Null(Known());

        await ToldAsync(10 * MiB, 3 * MiB);

        Assert.Equal(new ProviderQuota(10 * MiB, 3 * MiB), Known());
    }

    [Theory]
    [InlineData(null, 5L)]
    [InlineData(5L, null)]
    [InlineData(0L, 5L)]
    [InlineData(-1L, 5L)]
    [InlineData(5L, -1L)]
    [InlineData(long.MinValue, long.MinValue)]
    public async Task Sync_WhatMakesNoSense_CountsAsNotSaid(long? limit, long? used)
    {
        await ToldAsync(10 * MiB, 3 * MiB);

        await ToldAsync(limit, used);

        Assert.Null(Known());
    }

    [Fact]
    public async Task Sync_UseThatChangesLittle_IsNotWrittenEachTime()
    {
        await ToldAsync(10 * MiB, 3 * MiB);
        await ToldAsync(10 * MiB, (4 * MiB) - 1);
        Assert.Equal(3 * MiB, Known()!.UsedOctets);

        await ToldAsync(10 * MiB, 4 * MiB);
        Assert.Equal(4 * MiB, Known()!.UsedOctets);

        await ToldAsync(11 * MiB, (4 * MiB) + 1);
        Assert.Equal(new ProviderQuota(11 * MiB, (4 * MiB) + 1), Known());
    }

    [Fact]
    public async Task Sync_AccountThatBecomesFull_IsWrittenAtOnce_AndAgainWhenThereIsRoom()
    {
        await ToldAsync(10 * MiB, (10 * MiB) - 1);
        await ToldAsync(10 * MiB, 10 * MiB);
        Assert.True(Known()!.IsExceededBy(1));

        await ToldAsync(10 * MiB, (10 * MiB) - 1);
        Assert.False(Known()!.IsExceededBy(1));
    }

    [Theory]
    [InlineData(10, 4, 6, false)]
    [InlineData(10, 4, 7, true)]
    [InlineData(10, 10, 0, false)]
    [InlineData(10, 10, 1, true)]
    [InlineData(10, 12, 0, true)]
    [InlineData(long.MaxValue, long.MaxValue, 1, true)]
    [InlineData(1, long.MaxValue, long.MaxValue, true)]
    public void IsExceededBy_Octets_ComparesWithWhatIsLeft(long limit, long used, long octets, bool isExceeded)
        => Assert.Equal(isExceeded, new ProviderQuota(limit, used).IsExceededBy(octets));

    private ProviderQuota? Known() => _store.Read(ProviderQuota.Read);

    private async Task ToldAsync(long? limit, long? used)
    {
        _provider.Info = info => info with { QuotaOctets = limit, UsedOctets = used };
        using var client = _provider.Client(_store, _devices.Codec(_store));
        await client.SyncAsync();
    }
}
