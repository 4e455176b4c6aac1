using System.Text;
using System.Text.Json;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Provider.Tests.World;

/// <summary>What a download or query brought.</summary>
internal sealed record Delivered(NewGeneration Head, IReadOnlyList<SyncEntry> Entries)
{
    public IReadOnlyList<string> Ids => [.. Entries.Select(entry => entry.Id)];
}

/// <summary>One source replica of a person, spoken by hand: whatever a device, or somebody who plays one, could send.</summary>
internal sealed class Replica(Person person, string? uid = null)
{
    /// <summary>The shortest content that a sealed account takes.</summary>
    public const string Sealed = "{\"raw\": \"EzcBBAAAAAEAAAAAAAAAAAAAAAAAAAAA\"}";

    private long _generation;

    public string Uid { get; } = uid ?? Guid.NewGuid().ToString("n");

    /// <summary>The provider's generation as this replica knows it.</summary>
    public (long Generation, string TransactionId) Known { get; set; } = (0, "");

    public string Path => $"/user-{person.Id.Value}/sync-from/{Uid}";

    /// <summary>A sealed content of about so many octets.</summary>
    public static string SealedOf(int octets) => "{\"raw\": \"EzcBBA" + new string('A', Math.Max(octets - 17, 0)) + "\"}";

    public SyncHeader Header(string syncId = "sync-1", bool backfill = false)
        => new() { Ensure = true, LastKnownGeneration = Known.Generation, LastKnownTransactionId = Known.TransactionId, SyncId = syncId, Backfill = backfill };

    /// <summary>The body of an upload of new changes.</summary>
    public async Task<byte[]> BodyAsync(SyncHeader header, params IReadOnlyList<(string Id, string Rev, string? Content)> documents)
    {
        var body = new MemoryStream();
        var writer = new SyncStreamWriter(body);
        await writer.WriteHeaderAsync(header);
        for (var i = 0; i < documents.Count; i++)
        {
            var (id, rev, content) = documents[i];
            _generation++;
            await writer.WriteEntryAsync(new SyncEntry
            {
                Id = id,
                Rev = rev,
                Generation = _generation,
                TransactionId = $"T-{Uid}-{_generation}",
                NumberOfDocs = documents.Count,
                DocIdx = i + 1,
                Content = content,
            });
        }

        await writer.CompleteAsync();
        return body.ToArray();
    }

    /// <summary>Uploads documents at the first revision of this replica.</summary>
    public Task<(int Status, string Body)> UploadAsync(params string[] ids) => UploadAsync([.. ids.Select(id => (id, $"{Uid}:1", (string?)Sealed))]);

    public async Task<(int Status, string Body)> UploadAsync(params IReadOnlyList<(string Id, string Rev, string? Content)> documents)
        => await PostAsync(await BodyAsync(Header(), documents), SyncMediaTypes.Put);

    public async Task<(int Status, string Body)> PostAsync(byte[] body, string type)
    {
        using var response = await person.SoledadAsync(HttpMethod.Post, Path, Content(body, type));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Downloads what is new, and remembers the generation.</summary>
    public async Task<Delivered> DownloadAsync(string syncId = "other", bool backfill = false)
    {
        using var response = await BeginDownloadAsync(Header(syncId, backfill));
        var delivered = await ReadAsync(response);
        Known = (delivered.Head.Generation, delivered.Head.TransactionId);
        return delivered;
    }

    public async Task<HttpResponseMessage> BeginDownloadAsync(SyncHeader header)
        => await person.SoledadAsync(HttpMethod.Post, Path, Content(await BodyAsync(header), SyncMediaTypes.Get));

    public async Task<Delivered> QueryAsync(string json)
    {
        using var response = await BeginQueryAsync(json);
        return await ReadAsync(response);
    }

    public Task<HttpResponseMessage> BeginQueryAsync(string json)
        => person.SoledadAsync(HttpMethod.Post, $"/user-{person.Id.Value}/documents", Content(Encoding.UTF8.GetBytes(json), "application/json"));

    public async Task<CompactAnswer> CompactAsync(params IEnumerable<CompactItem> items)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new CompactRequest { Items = [.. items] }, SoledadJson.Default.CompactRequest);
        using var response = await person.SoledadAsync(HttpMethod.Post, $"/user-{person.Id.Value}/compact", Content(body, "application/json"));
        Assert.Equal(200, (int)response.StatusCode);
        return JsonSerializer.Deserialize(await response.Content.ReadAsByteArrayAsync(), SoledadJson.Default.CompactAnswer)!;
    }

    public static ByteArrayContent Content(byte[] body, string type)
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return content;
    }

    public static async Task<Delivered> ReadAsync(HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, await TextOf(response));
        var reader = new SyncStreamReader(await response.Content.ReadAsStreamAsync());
        var head = await reader.ReadNewGenerationAsync();
        var entries = new List<SyncEntry>();
        while (await reader.ReadEntryAsync() is { } entry)
        {
            entries.Add(entry);
        }

        return new Delivered(head, entries);
    }

    private static async Task<string> TextOf(HttpResponseMessage response)
        => response.IsSuccessStatusCode ? "" : $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
}
