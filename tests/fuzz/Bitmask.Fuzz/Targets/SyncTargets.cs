using System.Text.Json;
using Bitmask.Protocol.Soledad;
using Bitmask.Protocol.Soledad.Leap;
using Bitmask.Testing;
using static Bitmask.Fuzz.Promise;

namespace Bitmask.Fuzz.Targets;

/// <summary>What a provider gets of a device's sync, and a device of its provider's.</summary>
internal static class SyncTargets
{
    private static readonly SyncStreamOptions Small = new() { MaxLineOctets = 64 * 1024, MaxDocuments = 100 };

    public static IEnumerable<FuzzTarget> All { get; } =
    [
        new("sync-upload", "Bitmask.Protocol", () => Transcript("request", "last_known_generation"), octets => Read(octets, static reader => reader.ReadHeaderAsync(), static (writer, header) => writer.WriteHeaderAsync(header)), 6),
        new("sync-download", "Bitmask.Protocol", () => Transcript("response", "new_generation"), octets => Read(octets, static reader => reader.ReadNewGenerationAsync(), static (writer, head) => writer.WriteNewGenerationAsync(head)), 6),
        new("sync-answers", "Bitmask.Protocol", AnswerSeeds, Answers),
        new("documents-query", "Bitmask.Protocol", () => new[] { "{\"below\": 9, \"limit\": 3, \"content\": false}", "{\"ids\": [\"d-1\"], \"min_octets\": 1}" }.Select(Octets), octets => Refusing(() => DocumentsQuery.Parse(octets))),
        new("compact-request", "Bitmask.Protocol", () => [Octets("{\"ids\": [{\"id\": \"d-1\", \"rev\": \"a:1\"}]}")], octets => Refusing(() => That(
            CompactRequest.Parse(octets).Items.All(item => DocumentId.IsValid(item.Id) && item.Rev.Length > 0), "what is removed has a name and a revision"))),
        new("revision", "Bitmask.Protocol", () => new[] { "aaaa:2|bbbb:1", "0123456789abcdef0123456789abcdef:9223372036854775807", "a:0" }.Select(Octets), Revisions),
        new("blob-preamble", "Bitmask.Protocol", () => [Preamble().ToBytes(), (Preamble() with { Size = null }).ToBytes(), IncomingBlob.Build("id", DateTimeOffset.UnixEpoch, "message"u8)], Blob),
        new("incoming-content", "Bitmask.Protocol", IncomingSeeds, Incoming),
        new("soledad-authorization", "Bitmask.Protocol", () => [Octets("Token MDEyMzQ1Njc4OTo0NTY=")], octets => SoledadAuthorization.TryParse(Latin1(octets), out _, out _)),
        new("document-id", "Bitmask.Protocol", () => [Octets("D-0123456789abcdef0123456789abcdef")], octets => DocumentId.IsValid(Latin1(octets))),
    ];

    /// <summary>The recorded bodies of one direction.</summary>
    private static IEnumerable<byte[]> Transcript(string direction, string mark)
    {
        using var file = Vectors.Read("soledad/sync_transcript.json");
        return [.. file.RootElement.GetProperty("steps").EnumerateArray().SelectMany(step => step.GetProperty("http").EnumerateArray())
            .Select(exchange => exchange.GetProperty(direction).GetProperty("body"))
            .Where(body => body.ValueKind == JsonValueKind.String && body.GetString()!.StartsWith('[') && body.GetString()!.Contains(mark, StringComparison.Ordinal))
            .Select(body => Octets(body.GetString()!)).DistinctBy(Latin1).Take(12)];
    }

    /// <summary>Reads a stream to its end; what could be read, written by us and read again is the same.</summary>
    private static void Read<T>(byte[] octets, Func<SyncStreamReader, Task<T>> first, Func<SyncStreamWriter, T, Task> write)
    {
        try
        {
            var (head, entries) = ReadAll(octets, first);
            That(entries.TrueForAll(static entry => entry.Generation > 0 && entry.Content?.AsSpan().ContainsAny('\r', '\n') != true), "a generation is positive, a content is one line");
            using var written = new MemoryStream();
            var writer = new SyncStreamWriter(written);
            write(writer, head).GetAwaiter().GetResult();
            entries.ForEach(entry => writer.WriteEntryAsync(entry).GetAwaiter().GetResult());
            writer.CompleteAsync().GetAwaiter().GetResult();
            var (again, same) = ReadAll(written.ToArray(), first);
            That(Equals(head, again) && entries.SequenceEqual(same), "a stream written and read is the same");
        }
        catch (SoledadProtocolException)
        {
        }
    }

    private static (T Head, List<SyncEntry> Entries) ReadAll<T>(byte[] octets, Func<SyncStreamReader, Task<T>> first)
    {
        using var stream = new MemoryStream(octets);
        var reader = new SyncStreamReader(stream, Small);
        var head = first(reader).GetAwaiter().GetResult();
        var entries = new List<SyncEntry>();
        while (reader.ReadEntryAsync().GetAwaiter().GetResult() is { } entry)
        {
            entries.Add(entry);
        }

        return (head, entries);
    }

    private static IEnumerable<byte[]> AnswerSeeds() => new[]
    {
        """{"target_replica_uid":"5e12e25e12e25e12e25e12e25e12e25e","target_replica_generation":3,"target_replica_transaction_id":"T-1","source_replica_uid":"aaaa","source_replica_generation":2,"source_transaction_id":"T-2"}""",
        """[{"id":"0123","seq":7,"octets":99}]""", """{"generation":5,"incoming":2,"blobs":1}""", """{"error":"quota exceeded"}""", """["000102030405060708090a0b0c0d0e0f"]""",
    }.Select(Octets);

    /// <summary>The small answers of a provider, as a device reads them.</summary>
    private static void Answers(byte[] octets)
    {
        As(SoledadJson.Default.SyncInfo);
        As(SoledadJson.Default.ListIncomingItemInfo);
        As(SoledadJson.Default.FeedEvent);
        As(SoledadJson.Default.ListString);
        WireErrors.Find(As(SoledadJson.Default.ErrorAnswer)?.Error);

        T? As<T>(System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
            where T : class
        {
            try
            {
                return JsonSerializer.Deserialize(octets, type);
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }

    private static void Refusing(Action parse)
    {
        try
        {
            parse();
        }
        catch (SoledadProtocolException)
        {
        }
    }

    private static void Revisions(byte[] octets)
    {
        if (!Revision.TryParse(Latin1(octets), out var revision))
        {
            return;
        }

        That(Revision.Parse(revision.ToString()).Equals(revision), "a revision written and read is the same");
        That(!revision.IsNewerThan(revision) && revision.Maximize(revision).Equals(revision), "a revision is not newer than itself");
        try
        {
            That(revision.Increment("zz").IsNewerThan(revision), "a change is newer");
        }
        catch (SoledadProtocolException)
        {
            // A counter at its end.
        }
    }

    private static BlobPreamble Preamble() => new()
    {
        Scheme = BlobPreamble.SchemeSymmetric,
        Method = BlobPreamble.MethodAesGcm,
        UnixTime = 1,
        Iv = new byte[16],
        Id = "D-0123456789abcdef0123456789abcdef",
        Rev = "aaaa:1",
        Size = 4096,
    };

    private static void Blob(byte[] octets)
    {
        try
        {
            IncomingBlob.Parse(octets);
        }
        catch (SoledadProtocolException)
        {
        }

        try
        {
            var preamble = BlobPreamble.Parse(octets);
            That(BlobPreamble.Parse(preamble.ToBytes()) is var again && again.Id == preamble.Id && again.Rev == preamble.Rev && again.Size == preamble.Size, "a preamble written and read is the same");
        }
        catch (SoledadProtocolException)
        {
        }
    }

    private static IEnumerable<byte[]> IncomingSeeds() =>
    [
        new IncomingContent(Octets("Subject: ü\r\n\r\nhello\r\n"), new IncomingEnvelope("alice@red.test", "bob@blue.test", DateTimeOffset.UnixEpoch, new IncomingAuthentication("pass", "none", null))).ToBytes(),
        new IncomingContent(new byte[] { 0xFF, 0xFE, (byte)'\n' }, new IncomingEnvelope("", "bob@blue.test", DateTimeOffset.UnixEpoch, null)).ToBytes(),
        new IncomingContent(Octets("Subject: x\r\n\r\n"), null).ToBytes(),
    ];

    private static void Incoming(byte[] octets)
    {
        try
        {
            var content = IncomingContent.Parse(octets);
            That(IncomingContent.Parse(content.ToBytes()).Content.Span.SequenceEqual(content.Content.Span), "a mail written and read is the same");
        }
        catch (SoledadProtocolException)
        {
        }
    }
}
