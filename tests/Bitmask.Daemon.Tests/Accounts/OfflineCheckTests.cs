using System.Text.Json;
using Bitmask.Daemon.Tests.World;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon.Tests.Accounts;

/// <summary>Looking through a database while no daemon runs, also one that none can open any more.</summary>
[Collection(TownTests.Name)]
[Trait(TownTests.Kind, TownTests.WholeSystem)]
public sealed class OfflineCheckTests(Town town) : IAsyncLifetime
{
    private const int PageOctets = 4096;

    private Device _device = null!;
    private string _address = null!;

    public async ValueTask InitializeAsync()
    {
        town.Proxy.Reset();
        town.Proxy.CertificateFor = town.CertificateFor;
        _device = await Device.StartAsync(town.Settings);
        _address = town.NewAddress();
        await _device.CreateAsync(_address);
    }

    public ValueTask DisposeAsync() => _device.DisposeAsync();

    [Fact]
    public async Task Check_OfASoundDatabase_SaysSo_AndOnlyWhileNoDaemonRuns()
    {
        Assert.Equal((2, "already-running"), await RefusedAsync(_address, Device.Passphrase));
        await _device.StopAsync();

        Assert.Equal((2, "wrong-passphrase"), await RefusedAsync(_address, "wrong"));
        Assert.Equal((2, "unknown-account"), await RefusedAsync("nobody@red.test", Device.Passphrase));
        Assert.Equal((2, "bad-request"), await RefusedAsync("nobody", Device.Passphrase));
        var (code, answer) = await CheckAsync();
        Assert.Equal((0, _address), (code, answer.Address));
        Assert.Empty(answer.Faults);
        await _device.StartAsync(); // it has let go of the lock
    }

    [Theory]
    [InlineData(0)] // nothing opens without it
    [InlineData(1)]
    [InlineData(-1)]
    public async Task Check_OfADamagedPage_SaysWhichOrThatNothingOpens_AndTouchesNothing(int page)
    {
        await _device.StopAsync();
        var path = Directory.EnumerateFiles(_device.Paths.Accounts, "soledad.db", SearchOption.AllDirectories).Single();
        var octets = await File.ReadAllBytesAsync(path);
        var place = (page < 0 ? (octets.Length / PageOctets) + page : page) * PageOctets;
        Array.Fill(octets, (byte)0x5a, place + 100, 64);
        await File.WriteAllBytesAsync(path, octets);

        var (code, answer) = await CheckAsync("--repair");

        Assert.Equal((1, null), (code, answer.Repaired));
        Assert.NotEmpty(answer.Faults);
        Assert.Contains(answer.Faults, fault => fault.Contains(page == 0 ? "does not open" : "page", StringComparison.OrdinalIgnoreCase) || fault.Contains("damaged", StringComparison.Ordinal));
        Assert.Equal(octets[place..(place + PageOctets)], (await File.ReadAllBytesAsync(path))[place..(place + PageOctets)]);
    }

    private async Task<(int Code, StoreChecked Answer)> CheckAsync(params string[] options)
    {
        var (code, text) = await RunAsync(_address, Device.Passphrase, options);
        return (code, JsonSerializer.Deserialize(text, DaemonApiJson.Default.StoreChecked)!);
    }

    private async Task<(int Code, string Error)> RefusedAsync(string address, string passphrase)
    {
        var (code, text) = await RunAsync(address, passphrase);
        return (code, JsonSerializer.Deserialize(text, DaemonApiJson.Default.DaemonError)!.Code);
    }

    private async Task<(int Code, string Text)> RunAsync(string address, string passphrase, params string[] options)
    {
        using var output = new StringWriter();
        var code = await OfflineCommand.RunAsync([OfflineCommand.Name, address, .. options], _device.Paths, new StringReader(passphrase + "\n"), output, TimeProvider.System, TestContext.Current.CancellationToken);
        return (code, output.ToString());
    }
}
