using System.Net;
using System.Text;
using Bitmask.Protocol.Soledad.Leap;
using Bitmask.Soledad.Tests.Sync;

namespace Bitmask.Soledad.Tests.Incoming;

public sealed class IncomingBoxClientTests
{
    [Fact]
    public async Task List_Items_AreReadInOrder()
    {
        using var handler = new ScriptedHandler(_ => Ok("""[{"id":"a","seq":3,"size":10,"received":"2026-01-01T00:00:00Z"},{"id":"b","seq":5,"size":1,"received":"2026-01-01T00:00:00Z"}]"""));
        var items = await Client(handler).ListAsync(after: 2, limit: 10);
        Assert.Equal(["a", "b"], items.Select(i => i.Id));
        Assert.Equal([$"GET /incoming/{Devices.Alice}/?after=2&limit=10"], handler.Requests);
    }

    [Theory]
    [InlineData("""[{"id":"../../x","seq":3,"size":10,"received":"2026-01-01T00:00:00Z"}]""")]
    [InlineData("""[{"id":"","seq":3,"size":10,"received":"2026-01-01T00:00:00Z"}]""")]
    [InlineData("""[{"id":"a","seq":2,"size":10,"received":"2026-01-01T00:00:00Z"}]""")]
    [InlineData("""[{"id":"a"}]""")]
    [InlineData("[null]")]
    [InlineData("no")]
    public async Task List_Nonsense_IsAnError(string body)
    {
        using var handler = new ScriptedHandler(_ => Ok(body));
        Assert.Equal(SoledadCodes.BrokenAnswer, (await Assert.ThrowsAsync<SoledadException>(() => Client(handler).ListAsync(after: 2))).Code);
    }

    [Fact]
    public async Task Get_Item_GivesTheMessage()
    {
        var message = "-----BEGIN PGP MESSAGE-----\n\nx y\n-----END PGP MESSAGE-----\n"u8.ToArray();
        using var handler = new ScriptedHandler(_ => Ok(IncomingBlob.Build("abc", DateTimeOffset.UnixEpoch, message)));
        Assert.Equal(message, await Client(handler).GetAsync("abc"));
    }

    [Fact]
    public async Task Get_AnotherItemOrGarbage_IsAnError()
    {
        using var handler = new ScriptedHandler(_ => Ok(IncomingBlob.Build("other", DateTimeOffset.UnixEpoch, "m"u8)), _ => Ok("garbage"));
        var client = Client(handler);
        Assert.Equal(SoledadCodes.BrokenAnswer, (await Assert.ThrowsAsync<SoledadException>(() => client.GetAsync("abc"))).Code);
        Assert.Equal(SoledadCodes.BrokenAnswer, (await Assert.ThrowsAsync<SoledadException>(() => client.GetAsync("abc"))).Code);
    }

    [Fact]
    public async Task GetAndDelete_GoneItem_AreQuiet()
    {
        using var handler = new ScriptedHandler(_ => new HttpResponseMessage(HttpStatusCode.NotFound));
        Assert.Null(await Client(handler).GetAsync("abc"));
        await Client(handler).DeleteAsync("abc");
    }

    [Fact]
    public async Task Delete_Refused_IsAnError()
    {
        using var handler = new ScriptedHandler(_ => new HttpResponseMessage(HttpStatusCode.Forbidden));
        Assert.Equal(SoledadCodes.Refused, (await Assert.ThrowsAsync<SoledadException>(() => Client(handler).DeleteAsync("abc"))).Code);
        await Assert.ThrowsAsync<ArgumentException>(() => Client(handler).DeleteAsync("a/b"));
    }

    private static IncomingBoxClient Client(ScriptedHandler handler) => new(handler.Client, ScriptedHandler.Soledad, Devices.Alice, ScriptedHandler.Token);

    private static HttpResponseMessage Ok(string body) => Ok(Encoding.UTF8.GetBytes(body));

    private static HttpResponseMessage Ok(byte[] body) => new(HttpStatusCode.OK) { Content = new ByteArrayContent(body) };
}
