using System.Text;
using System.Text.Json;
using Bitmask.Protocol.Soledad;
using FsCheck.Xunit;

namespace Bitmask.Protocol.Tests.Soledad;

public sealed class SyncStreamProperties
{
    [Property(MaxTest = 200)]
    public async Task WriteThenRead_AtAnyChunking_IsIdentity(string?[] contents, byte chunk, bool isUpload)
    {
        var entries = (contents ?? []).Select((content, index) => new SyncEntry
        {
            Id = "doc-" + index,
            Rev = "A:" + (index + 1),
            Generation = index + 1,
            TransactionId = "T-" + content,
            NumberOfDocs = isUpload ? contents!.Length : null,
            DocIdx = isUpload ? index + 1 : null,
            Content = content is null ? null : JsonSerializer.Serialize(new Dictionary<string, string> { ["a"] = content }),
        }).ToList();
        entries = [.. entries.Select(e => e with { TransactionId = JsonSerializer.Deserialize<string>(JsonSerializer.Serialize(e.TransactionId))! })];

        using var stream = new MemoryStream();
        var writer = new SyncStreamWriter(stream);
        var header = new SyncHeader { LastKnownGeneration = 7, LastKnownTransactionId = "T-7", SyncId = "id", Ensure = true };
        var answer = new NewGeneration { Generation = 9, TransactionId = "T-9", NumberOfChanges = entries.Count, ReplicaUid = "aa" };
        await (isUpload ? writer.WriteHeaderAsync(header) : writer.WriteNewGenerationAsync(answer));
        foreach (var entry in entries)
        {
            await writer.WriteEntryAsync(entry);
        }

        await writer.CompleteAsync();

        var reader = new SyncStreamReader(new ChunkedStream(stream.ToArray(), 1 + (chunk % 17)));
        Assert.Equal<object>(isUpload ? header : answer, isUpload ? await reader.ReadHeaderAsync() : await reader.ReadNewGenerationAsync());
        Assert.Equal(entries, await SyncStreamTests.ReadAllAsync(reader));
    }

    [Property(MaxTest = 500)]
    public async Task Read_HostileOctets_ThrowsOnlyItsOwn(byte[] noise, byte start, byte length)
    {
        // A good stream with a piece overwritten reaches deeper than noise alone.
        var good = Encoding.UTF8.GetBytes(
            "[\r\n{\"last_known_generation\":0,\"last_known_trans_id\":\"\",\"sync_id\":\"s\"},\r\n{\"id\":\"a\",\"rev\":\"A:1\",\"gen\":1,\"trans_id\":\"T\"},\r\n{\"raw\": \"x\"}\r\n]");
        var at = start % good.Length;
        byte[] body = [.. good[..at], .. noise ?? [], .. good[Math.Min(good.Length, at + (length % 8))..]];
        foreach (var asAnswer in (bool[])[false, true])
        {
            try
            {
                var reader = new SyncStreamReader(new MemoryStream(body), new SyncStreamOptions { MaxLineOctets = 1000 });
                _ = asAnswer ? (object)await reader.ReadNewGenerationAsync() : await reader.ReadHeaderAsync();
                await SyncStreamTests.ReadAllAsync(reader);
            }
            catch (SoledadProtocolException)
            {
            }
        }
    }

    /// <summary>Gives at most so many octets at a time.</summary>
    private sealed class ChunkedStream(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => new(base.Read(buffer.Span[..Math.Min(chunk, buffer.Length)]));
    }
}
