using System.Net;
using System.Net.Http.Headers;
using Bitmask.Protocol.Keys;
using Bitmask.Soledad.Tests.Sync;

namespace Bitmask.Soledad.Tests.Keys;

public sealed class KeyRecordClientTests
{
    private static readonly KeyRecord Record = new()
    {
        Uuid = Devices.Alice.Value,
        Serial = 3,
        Slots = [new KeySlot { Id = "pw", Type = "pw", Profile = "a1", Salt = "AAAAAAAAAAAAAAAAAAAAAA", Nonce = "AAAAAAAAAAAAAAAA", Ciphertext = "AAAA" }],
        Nonce = "AAAAAAAAAAAAAAAA",
        Body = "AAAA",
    };

    [Fact]
    public async Task Fetch_NoRecord_SaysKeysMissingAndWritesNothing()
    {
        using var handler = new ScriptedHandler(_ => new HttpResponseMessage(HttpStatusCode.NotFound));
        var error = await Assert.ThrowsAsync<SoledadException>(() => Client(handler).FetchAsync());
        Assert.Equal((SoledadCodes.KeysMissing, false), (error.Code, error.IsTransient));
        Assert.Equal([$"GET /user-{Devices.Alice}/keyrecord"], handler.Requests);
    }

    [Fact]
    public async Task Fetch_Record_ComesWithItsRevision()
    {
        using var handler = new ScriptedHandler(_ => Answer(HttpStatusCode.OK, "\"7\"", Record.ToBytes()));
        var fetched = await Client(handler).FetchAsync();
        Assert.Equal(("\"7\"", 3), (fetched.ETag, fetched.Record.Serial));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"version\":2}")]
    [InlineData("<html>")]
    public async Task Fetch_Garbage_SaysDamaged(string body)
    {
        using var handler = new ScriptedHandler(_ => Answer(HttpStatusCode.OK, "\"7\"", System.Text.Encoding.UTF8.GetBytes(body)));
        Assert.Equal(SoledadCodes.KeyRecordDamaged, (await Assert.ThrowsAsync<SoledadException>(() => Client(handler).FetchAsync())).Code);
    }

    [Fact]
    public async Task Fetch_HugeAnswer_IsNotRead()
    {
        using var handler = new ScriptedHandler(_ => Answer(HttpStatusCode.OK, "\"7\"", new byte[KeyRecord.MaxOctets + 1]));
        Assert.Equal(SoledadCodes.BrokenAnswer, (await Assert.ThrowsAsync<SoledadException>(() => Client(handler).FetchAsync())).Code);
    }

    [Fact]
    public async Task Fetch_ProviderDown_IsTransient()
    {
        using var handler = new ScriptedHandler(_ => throw new HttpRequestException("No route."));
        Assert.True((await Assert.ThrowsAsync<SoledadException>(() => Client(handler).FetchAsync())).IsTransient);
    }

    [Fact]
    public async Task Put_Conditions_AreOnTheWire()
    {
        using var handler = new ScriptedHandler(_ => Answer(HttpStatusCode.Created, "\"1\"", []), _ => Answer(HttpStatusCode.NoContent, "\"2\"", []));
        var client = Client(handler);
        var first = await client.CreateAsync(Record);
        Assert.Equal("\"2\"", await client.ReplaceAsync(Record, first));
        Assert.Equal([$"PUT /user-{Devices.Alice}/keyrecord *", $"PUT /user-{Devices.Alice}/keyrecord \"1\""], handler.Requests);
    }

    [Fact]
    public async Task Put_AnotherDeviceWasFirst_SaysSo()
    {
        using var handler = new ScriptedHandler(_ => new HttpResponseMessage(HttpStatusCode.PreconditionFailed));
        Assert.Equal(SoledadCodes.KeyRecordChanged, (await Assert.ThrowsAsync<SoledadException>(() => Client(handler).ReplaceAsync(Record, "\"1\""))).Code);
    }

    private static KeyRecordClient Client(ScriptedHandler handler) => new(handler.Client, ScriptedHandler.Soledad, Devices.Alice, ScriptedHandler.Token);

    private static HttpResponseMessage Answer(HttpStatusCode status, string etag, byte[] body)
    {
        var response = new HttpResponseMessage(status) { Content = new ByteArrayContent(body) };
        response.Headers.ETag = new EntityTagHeaderValue(etag);
        return response;
    }
}
