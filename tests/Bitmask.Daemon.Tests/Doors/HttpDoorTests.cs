using System.Net;
using System.Text.Json;
using Bitmask.Daemon.Settings;
using Bitmask.Daemon.Tests.World;

namespace Bitmask.Daemon.Tests.Doors;

public sealed class HttpDoorTests : IAsyncLifetime
{
    private Device _device = null!;
    private HttpClient _http = null!;
    private string _token = null!;

    public async ValueTask InitializeAsync()
    {
        _device = await Device.StartAsync(new DaemonSettings());
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_device.Settings.HttpPort}/") };
        _token = (await File.ReadAllTextAsync(_device.Paths.AuthToken)).Trim();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _device.DisposeAsync();
    }

    [Theory]
    [InlineData("v1/version")]
    [InlineData("v1/status")]
    [InlineData("v1/users")]
    public async Task Call_WithTheToken_IsAnswered(string path)
    {
        using var response = await SendAsync(HttpMethod.Get, path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain(response.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase) || header.Key == "Server");
    }

    [Fact]
    public async Task Names_OnTheWire_AreSnakeCase()
    {
        using var response = await SendAsync(HttpMethod.Post, "v1/users/nobody@red.test/logout");
        using var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal("unknown-user", error.RootElement.GetProperty("code").GetString());
        Assert.All(await NamesAsync("v1/status"), name => Assert.Matches("^[a-z_]+$", name));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("00000000000000000000000000000000")]
    [InlineData("Grüße")]
    public async Task Token_MissingOrWrong_Is401(string? token)
    {
        using var response = await SendAsync(HttpMethod.Get, "v1/status", token: token ?? "(none)");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Empty(response.Headers.WwwAuthenticate);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:1")]
    [InlineData("localhost")]
    [InlineData("0.0.0.0:{0}")]
    public async Task Host_NotOurs_Is403(string host)
    {
        using var response = await SendAsync(HttpMethod.Get, "v1/status", host: string.Format(System.Globalization.CultureInfo.InvariantCulture, host, _device.Settings.HttpPort));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Host_Localhost_IsOurs()
    {
        using var response = await SendAsync(HttpMethod.Get, "v1/version", host: $"localhost:{_device.Settings.HttpPort}");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("http://evil.example")]
    [InlineData("null")]
    public async Task Origin_OfAPage_Is403(string origin)
    {
        using var response = await SendAsync(HttpMethod.Get, "v1/status", origin: origin);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    /// <summary>Calls with a passphrase, and the end of the daemon, are for the control socket only.</summary>
    [Theory]
    [InlineData("v1/users")]
    [InlineData("v1/users/alice@red.test/auth")]
    [InlineData("v1/stop")]
    public async Task Call_ForTheControlSocketOnly_IsUnknownHere(string path)
    {
        using var response = await SendAsync(HttpMethod.Post, path);

        Assert.Contains("unknown-call", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.False(_device.Daemon!.Stopping.IsCompleted);
    }

    private async Task<IReadOnlyList<string>> NamesAsync(string path)
    {
        using var response = await SendAsync(HttpMethod.Get, path);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return [.. json.RootElement.EnumerateObject().Select(member => member.Name)];
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? token = null, string? host = null, string? origin = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (token != "(none)")
        {
            request.Headers.TryAddWithoutValidation("X-Bitmask-Auth", Uri.EscapeDataString(token ?? _token));
        }

        request.Headers.Host = host;
        if (origin is not null)
        {
            request.Headers.TryAddWithoutValidation("Origin", origin);
        }

        return await _http.SendAsync(request);
    }
}
