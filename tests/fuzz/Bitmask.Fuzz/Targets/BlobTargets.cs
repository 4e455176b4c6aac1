using System.Buffers;
using System.Text.Json;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Blobs;
using Bitmask.Soledad;
using Bitmask.Soledad.Leap;
using Bitmask.Testing;
using static Bitmask.Fuzz.Promise;

namespace Bitmask.Fuzz.Targets;

/// <summary>Headers of stored blobs by every method, references to them in documents, and the frames and headers of their requests.</summary>
internal static class BlobTargets
{
    private const string Name = "000102030405060708090a0b0c0d0e0f";
    private static readonly byte[] Key = new byte[BlobRef.KeyOctets];
    private static readonly Lazy<SecretBytes> LeapSecret = new(() => new SecretBytes(Convert.FromHexString(Text("remote_secret_hex"))));

    public static IEnumerable<FuzzTarget> All { get; } =
    [
        new("blob-sealed", "Bitmask.Soledad", () => [SealedSeed()], Sealed),
        new("blob-leap", "Bitmask.Soledad", LeapSeeds, Leap, 2),
        new("blob-reference", "Bitmask.Soledad", () => [Octets($$"""{"type":"head","recipe":[{"blob":"{{Name}}","key":"{{new string('A', 43)}}","size":5,"sha256":"{{new string('0', 64)}}"}]}""")], References),
        new("blob-frames", "Bitmask.Protocol", () => [FrameSeed()], Frames),
        new("blob-content-range", "Bitmask.Protocol", () => [Octets("bytes 0-9/10"), Octets("bytes 5-/9")], ContentRange),
        new("blob-range", "Bitmask.Provider", () => [Octets("bytes=0-9"), Octets("bytes=-5"), Octets("bytes=7-")], Range),
    ];

    private static byte[] SealedSeed()
    {
        var stored = new byte[SealedBlob.StoredSize(1000)];
        SealedBlob.Header.CopyTo(stored);
        using var cipher = SealedBlob.Cipher(Key, Name, "");
        cipher.Seal(0, true, new byte[SealedPadding.PaddedLength(1000)], stored.AsSpan(SealedBlob.HeaderOctets));
        return stored;
    }

    private static void Sealed(byte[] octets)
    {
        if (!SealedBlob.HasHeader(octets))
        {
            return;
        }

        using var cipher = SealedBlob.Cipher(Key, Name, "");
        var content = new byte[SealedBlob.ChunkOctets];
        var stored = octets.AsSpan(SealedBlob.HeaderOctets);
        stored = stored[..Math.Min(stored.Length, SealedBlob.StoredChunkOctets)];
        That(!cipher.TryOpen(0, true, stored, content) || stored.SequenceEqual(SealedSeed().AsSpan(SealedBlob.HeaderOctets)), "nothing that we did not encrypt is authentic");
        That(!cipher.TryOpen(1, true, stored, content), "a chunk opens at its own place only");
    }

    private static IEnumerable<byte[]> LeapSeeds()
    {
        using var vectors = Vectors.Read("soledad/blobs.json");
        return [.. vectors.RootElement.GetProperty("decrypt_and_tamper").EnumerateArray().Select(v => Convert.FromBase64String(v.GetProperty("stored_base64").GetString()!))];
    }

    private static void Leap(byte[] octets)
    {
        That(LeapBlob.Open(LeapSecret.Value, "another", octets) is null, "a blob opens under its own name only");
        LeapBlob.Open(LeapSecret.Value, "d871d2f9a2d6ed4132228bc6e80fdf63", octets);
    }

    private static void References(byte[] octets)
    {
        That(BlobReferences.NamesIn(Utf8(octets)).All(static name => BlobRef.IsName(name)), "a reference names a blob of ours");
        try
        {
            using var json = JsonDocument.Parse(octets);
            That(BlobRef.TryRead(json.RootElement) is not { } found || found.Size >= 0, "a size is not negative");
        }
        catch (JsonException)
        {
        }
    }

    private static byte[] FrameSeed()
    {
        var seed = new ArrayBufferWriter<byte>();
        new BlobFrame(Name, 200, 3).Write(seed);
        seed.Write((ReadOnlySpan<byte>)[1, 2, 3]);
        seed.Write(BlobFrame.End);
        return seed.WrittenSpan.ToArray();
    }

    private static void Frames(byte[] octets)
    {
        var input = new ReadOnlySequence<byte>(octets);
        try
        {
            while (BlobFrame.TryRead(ref input, out var frame) && frame is { } known)
            {
                That(BlobName.IsValid(known.Name) && known.Octets is >= 0 and <= BlobWire.MaxBatchBlobOctets, "a frame is within its limits");
                input = input.Slice(Math.Min(known.Octets, input.Length));
            }
        }
        catch (SoledadProtocolException)
        {
        }
    }

    private static void ContentRange(byte[] octets)
    {
        if (BlobWire.TryParseContentRange(Latin1(octets), out var from, out var length, out var total))
        {
            That(from >= 0 && length > 0 && from + length <= total, "a range lies within the whole");
            That(BlobWire.TryParseContentRange(BlobWire.ContentRange(from, length, total), out var f, out var l, out var t) && (f, l, t) == (from, length, total), "a range written and read is the same");
        }
    }

    private static void Range(byte[] octets)
    {
        if (!ByteRange.IsWhole(Latin1(octets), 1000, out var range) && range is { } part)
        {
            That(part.From >= 0 && part.Octets > 0 && part.From + part.Octets <= 1000, "a range lies within the blob");
        }
    }

    private static string Text(string member)
    {
        using var vectors = Vectors.Read("soledad/blobs.json");
        return vectors.RootElement.GetProperty(member).GetString()!;
    }
}
