using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using Bitmask.Daemon.Settings;
using Bitmask.Daemon.Tests.World;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon.Tests.Accounts;

/// <summary>The control socket: for the same user everything, in words that a person can act on.</summary>
public sealed class ControlSocketTests : IAsyncLifetime
{
    private Device _device = null!;

    public async ValueTask InitializeAsync() => _device = await Device.StartAsync(new DaemonSettings());

    public ValueTask DisposeAsync() => _device.DisposeAsync();

    [Fact]
    public async Task SameUser_IsRefusedNothing()
    {
        Assert.NotEmpty((await _device.Client.VersionAsync()).Version);
        Assert.Equal(["imap", "smtp", "http", "control"], (await _device.Client.StatusAsync()).Doors.Select(door => door.Name));
        Assert.All((await _device.Client.StatusAsync()).Doors, door => Assert.Equal("listening", door.State));
        Assert.Empty(await _device.Client.UsersAsync());
        Assert.Equal(0, (await _device.Client.StopAsync()).Locked);
        await _device.Daemon!.Stopping;
    }

    [Theory]
    [InlineData("no address", "bad-address")]
    [InlineData("alice@", "bad-address")]
    [InlineData("alice@red.test", "unknown-user")]
    public async Task Account_MalformedOrUnknown_IsNamed(string address, string code)
        => Assert.Equal(code, (await Assert.ThrowsAsync<DaemonClientException>(() => _device.Client.MailStatusAsync(address))).Error.Code);

    [Theory]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""{"address":"alice@red.test"}""")]
    [InlineData("""{"address":"alice@red.test","passphrase":null}""")]
    public async Task Body_ThatMakesNoSense_IsABadRequest(string body)
    {
        using var http = Connect();
        using var response = await http.PostAsync("v1/users", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Equal("bad-request", (await response.Content.ReadFromJsonAsync(DaemonApiJson.Default.DaemonError))!.Code);
    }

    [Fact]
    public async Task Passphrase_Empty_MakesNoAccount()
    {
        var refused = await Assert.ThrowsAsync<DaemonClientException>(() => _device.Client.CreateUserAsync(new Credentials { Address = "alice@red.test", Passphrase = "" }));

        Assert.Equal("no-passphrase", refused.Error.Code);
    }

    [Fact]
    public async Task Call_Unknown_IsNamed()
    {
        using var http = Connect();
        using var response = await http.GetAsync("v1/nothing");

        Assert.Equal("unknown-call", (await response.Content.ReadFromJsonAsync(DaemonApiJson.Default.DaemonError))!.Code);
    }

    private HttpClient Connect() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(_device.Paths.Socket), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        },
    }) { BaseAddress = new Uri("http://localhost/") };
}
