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
        new("sync-upload", "Bitmask.Protocol", () => Transcript("request", "last_known_generation"), octets => Read(octets, static reader => reader.ReadHeaderAsync()), 4),
        new("sync-download", "Bitmask.Protocol", () => Transcript("response", "new_generation"), octets => Read(octets, static reader => reader.ReadNewGenerationAsync()), 4),
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

    private static void Read<T>(byte[] octets, Func<SyncStreamReader, Task<T>> first)
    {
        try
        {
            using var stream = new MemoryStream(octets);
            var reader = new SyncStreamReader(stream, Small);
            first(reader).GetAwaiter().GetResult();
            while (reader.ReadEntryAsync().GetAwaiter().GetResult() is { } entry)
            {
                That(entry.Generation > 0, "a generation is positive");
            }
        }
        catch (SoledadProtocolException)
        {
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
