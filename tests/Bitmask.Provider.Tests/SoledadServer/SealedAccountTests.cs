using System.Net;
using System.Text;
using System.Text.Json;
using Bitmask.Protocol.Keys;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Tests.World;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Tests.SoledadServer;

/// <summary>What a sealed account's part of the server takes, and from whom.</summary>
public sealed class SealedAccountTests
{
    private const string Replica = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    private const string Sealed = "{\"raw\": \"EzcBBAAAAAEAAAAAAAAAAAAAAAAAAAAA\"}";

    [Theory]
    [InlineData("{\"raw\": \"EzcBAgAAAAEAAAAAAAAAAAAAAAAAAAAA\"}")] // method 2
    [InlineData("{\"raw\":\"EzcBBAAAAAEAAAAAAAAAAAAAAAAAAAAA\"}")]
    [InlineData("{\"type\": \"flags\", \"seen\": true}")]
    [InlineData("{\"raw\": \"EzcBBAAAAAE\", \"note\": \"readable\"}")]
    [InlineData("{\"raw\": \"EzcBBA\\u0041\"}")]
    [InlineData("")] // a bare tombstone
    public async Task Upload_OfWhatIsNotSealed_IsRefusedAndNothingStored(string content)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);

        var (status, body) = await UploadAsync(alice, ("00000000000000000000000000000001", Sealed), ("00000000000000000000000000000002", content));

        Assert.Equal(400, status);
        Assert.Equal("bad request", JsonDocument.Parse(body).RootElement.GetProperty("error").GetString());
        Assert.Equal(0, provider.Store.ReadHeads(alice.Id).Generation);
    }

    [Fact]
    public async Task Upload_LongerThanOneBatch_IsOneTransaction()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var long1 = "{\"raw\": \"EzcBBA" + new string('A', 6_000_000) + "\"}";
        (string, string)[] documents = [("d-1", long1), ("d-2", long1), ("d-3", long1), ("d-4", Sealed)];

        var (broken, _) = await UploadAsync(alice, [.. documents, ("d-5", "{}")]);
        var after = provider.Store.ReadHeads(alice.Id).Generation;
        var (whole, _) = await UploadAsync(alice, documents);

        Assert.Equal((400, 0, 200), (broken, after, whole));
        Assert.Equal(4, provider.Store.ReadHeads(alice.Id).Generation);
        using var download = await DownloadAsync(alice, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "s2");
        var reader = new SyncStreamReader(await download.Content.ReadAsStreamAsync());
        Assert.Equal(4, (await reader.ReadNewGenerationAsync()).NumberOfChanges);
        Assert.Equal(long1, (await reader.ReadEntryAsync())!.Content);
    }

    [Fact]
    public async Task Download_AfterRestart_DoesNotSendBackWhatWasJustSent()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        await UploadAsync(alice, ("d-1", Sealed));

        await provider.RestartAsync();
        using var same = await DownloadAsync(alice, Replica, "sync-1");
        using var other = await DownloadAsync(alice, Replica, "sync-2");

        Assert.Equal(0, (await new SyncStreamReader(await same.Content.ReadAsStreamAsync()).ReadNewGenerationAsync()).NumberOfChanges);
        Assert.Equal(1, (await new SyncStreamReader(await other.Content.ReadAsStreamAsync()).ReadNewGenerationAsync()).NumberOfChanges);
    }

    [Fact]
    public async Task RecordedSource_ThatRunsBackwards_IsRefused()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        await UploadAsync(alice, ("d-1", Sealed));

        async Task<int> RecordAsync(long generation, string id)
        {
            using var response = await alice.SoledadAsync(
                HttpMethod.Put, $"/user-{alice.Id.Value}/sync-from/{Replica}", Person.Content($"{{\"generation\": {generation}, \"transaction_id\": \"{id}\"}}", "application/json"));
            return (int)response.StatusCode;
        }

        Assert.Equal((200, 200), (await RecordAsync(1, "T-1"), await RecordAsync(5, "T-5")));
        Assert.Equal((409, 409), (await RecordAsync(4, "T-4"), await RecordAsync(5, "T-other")));
    }

    [Fact]
    public async Task KeyRecord_IsWrittenOnlyByWhoKnowsItsRevision()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var path = $"/user-{alice.Id.Value}/keyrecord";
        async Task<(int Status, string? Tag)> PutAsync(long serial, string? uuid = null, params (string, string)[] condition)
        {
            using var response = await alice.SoledadAsync(HttpMethod.Put, path, Person.Content(Encoding.UTF8.GetString(Record(uuid ?? alice.Id.Value, serial).ToBytes()), "application/json"), condition);
            return ((int)response.StatusCode, response.Headers.ETag?.Tag);
        }

        using var missing = await alice.SoledadAsync(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Equal(428, (await PutAsync(1)).Status);
        Assert.Equal(400, (await PutAsync(1, new string('0', 32), ("If-None-Match", "*"))).Status);
        var first = await PutAsync(1, null, ("If-None-Match", "*"));
        Assert.Equal(201, first.Status);
        Assert.Equal(412, (await PutAsync(1, null, ("If-None-Match", "*"))).Status);
        Assert.Equal(412, (await PutAsync(2, null, ("If-Match", "\"7\""))).Status);
        var second = await PutAsync(2, null, ("If-Match", first.Tag!));
        Assert.Equal(204, second.Status);
        Assert.Equal(412, (await PutAsync(3, null, ("If-Match", first.Tag!))).Status);

        using var stored = await alice.SoledadAsync(HttpMethod.Get, path);
        Assert.Equal(second.Tag, stored.Headers.ETag?.Tag);
        Assert.Equal(2, KeyRecord.Parse(await stored.Content.ReadAsByteArrayAsync()).Serial);
    }

    [Fact]
    public async Task KeyRecord_OfRacingDevices_HasOneWinner()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var record = Encoding.UTF8.GetString(Record(alice.Id.Value, 1).ToBytes());

        var statuses = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var response = await alice.SoledadAsync(HttpMethod.Put, $"/user-{alice.Id.Value}/keyrecord", Person.Content(record, "application/json"), ("If-None-Match", "*"));
            return (int)response.StatusCode;
        }));

        Assert.Equal(1, statuses.Count(status => status == 201));
        Assert.Equal(7, statuses.Count(status => status == 412));
    }

    [Fact]
    public async Task ForeignAccount_LooksLikeOneThatDoesNotExist()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var mallory = await Person.SealedAsync(provider, "mallory");
        await UploadAsync(alice, ("d-1", Sealed));

        var unknown = new string('0', 32);
        foreach (var path in (string[])["/user-{0}/sync-from/x", "/user-{0}/keyrecord", "/user-{0}/feed", "/incoming/{0}/", "/incoming/{0}/abc"])
        {
            using var foreign = await mallory.SoledadAsync(HttpMethod.Get, string.Format(null, path, alice.Id.Value));
            using var nobody = await mallory.SoledadAsync(HttpMethod.Get, string.Format(null, path, unknown));
            Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
            Assert.Equal((nobody.StatusCode, await nobody.Content.ReadAsStringAsync()), (foreign.StatusCode, await foreign.Content.ReadAsStringAsync()));
        }
    }

    [Fact]
    public async Task Request_WithoutOrWithBadToken_IsRefused()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var path = $"/user-{alice.Id.Value}/sync-from/{Replica}";

        using var anonymous = await provider.Soledad.GetAsync(path);
        alice.Token += "x";
        using var wrong = await alice.SoledadAsync(HttpMethod.Get, path);

        Assert.Equal((404, 401), ((int)anonymous.StatusCode, (int)wrong.StatusCode));
        Assert.Equal("Unauthorized", await wrong.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Upload_OfManySmallDocuments_IsNotGatheredInMemory()
    {
        const int Documents = 20_000;
        var commits = 0;
        await using var provider = await TestProvider.StartAsync(database: new DatabaseOptions { OnCommitting = _ => commits++ });
        using var leo = await Person.LeapAsync(provider);
        var before = commits;

        var (status, _) = await UploadAsync(leo, [.. Enumerable.Range(1, Documents).Select(i => ($"d-{i}", ""))]);

        Assert.Equal(200, status);
        Assert.True(commits - before >= 3, "Everything waited in memory for one transaction.");
    }

    [Fact]
    public async Task Download_OfLargeDocuments_IsReadPieceByPiece()
    {
        await using var provider = await TestProvider.StartAsync();
        using var leo = await Person.LeapAsync(provider);
        for (var i = 1; i <= 3; i++)
        {
            await provider.Store.AddDocumentAsync(leo.Id, $"d-{i}", $"{{\"x\": \"{new string('x', 3 * 1024 * 1024)}\"}}", null, TimeSpan.Zero, default);
        }

        var pending = provider.Store.BeginDownload(leo.Id, Replica, new SyncHeader { LastKnownGeneration = 0, LastKnownTransactionId = "" });
        using var response = await DownloadAsync(leo, Replica, "sync-2");

        Assert.Equal(2, provider.Store.ReadPage(pending).Entries.Count);
        Assert.Equal(3, (await response.Content.ReadAsStringAsync()).Split("\"trans_id\"").Length - 1);
    }

    [Fact]
    public async Task IncomingList_IsOrderedAndContinues_AndItemsGoWhenDeleted()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        for (var i = 1; i <= 3; i++)
        {
            await provider.Store.AddIncomingAsync(alice.Id, $"m-{i}", new byte[i], null, TimeSpan.Zero, default);
        }

        async Task<string> ListAsync(string query)
        {
            using var response = await alice.SoledadAsync(HttpMethod.Get, $"/incoming/{alice.Id.Value}/{query}");
            return string.Join(' ', JsonSerializer.Deserialize(await response.Content.ReadAsByteArrayAsync(), SoledadJson.Default.ListIncomingItemInfo)!.Select(item => $"{item.Id}:{item.Seq}:{item.Size}"));
        }

        Assert.Equal("m-1:1:1 m-2:2:2 m-3:3:3", await ListAsync(""));
        Assert.Equal("m-2:2:2", await ListAsync("?after=1&limit=1"));
        using var deleted = await alice.SoledadAsync(HttpMethod.Delete, $"/incoming/{alice.Id.Value}/m-3");
        using var again = await alice.SoledadAsync(HttpMethod.Delete, $"/incoming/{alice.Id.Value}/m-3");
        Assert.Equal((204, 404), ((int)deleted.StatusCode, (int)again.StatusCode));

        // A sequence number is never used twice, even when its mail is gone.
        await provider.Store.AddIncomingAsync(alice.Id, "m-4", [1], null, TimeSpan.Zero, default);
        Assert.Equal("m-1:1:1 m-2:2:2 m-4:4:1", await ListAsync(""));
    }

    private static KeyRecord Record(string uuid, long serial) => new()
    {
        Uuid = uuid,
        Serial = serial,
        Slots = [new KeySlot { Id = "1", Type = "pw", Profile = "a1", Salt = "AAAAAAAAAAAAAAAAAAAAAA", Nonce = "AAAAAAAAAAAAAAAA", Ciphertext = "AAAA" }],
        Nonce = "AAAAAAAAAAAAAAAA",
        Body = "AAAA",
    };

    private static async Task<(int Status, string Body)> UploadAsync(Person person, params (string Id, string Content)[] documents)
    {
        var body = new StringBuilder("[\r\n{\"ensure\": true, \"last_known_generation\": 0, \"last_known_trans_id\": \"\", \"sync_id\": \"sync-1\"}");
        for (var i = 0; i < documents.Length; i++)
        {
            body.Append(",\r\n{").Append(null, $"\"id\": \"{documents[i].Id}\", \"rev\": \"{Replica}:1\", \"gen\": {i + 1}, \"trans_id\": \"T-{i + 1}\", \"number_of_docs\": {documents.Length}, \"doc_idx\": {i + 1}").Append("},\r\n").Append(documents[i].Content);
        }

        using var response = await person.SoledadAsync(HttpMethod.Post, $"/user-{person.Id.Value}/sync-from/{Replica}", Person.Content(body + "\r\n]", SyncMediaTypes.Put));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static Task<HttpResponseMessage> DownloadAsync(Person person, string replica, string syncId) => person.SoledadAsync(
        HttpMethod.Post, $"/user-{person.Id.Value}/sync-from/{replica}",
        Person.Content($"[\r\n{{\"ensure\": false, \"last_known_generation\": 0, \"last_known_trans_id\": \"\", \"sync_id\": \"{syncId}\"}}\r\n]", SyncMediaTypes.Get));
}
