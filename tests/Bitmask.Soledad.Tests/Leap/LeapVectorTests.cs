using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bitmask.Primitives;
using Bitmask.Soledad.Leap;
using Bitmask.Testing;

namespace Bitmask.Soledad.Tests.Leap;

public sealed class LeapVectorTests
{
    [Fact]
    public void Documents_EncryptVectors_AreReproducedByteForByte()
    {
        const string file = "soledad/document_encryption.json";
        using var vectors = Vectors.Read(file);
        using var secret = RemoteSecret(vectors);
        var codec = new LeapCodec(secret, TimeProvider.System);
        var cases = 0;
        foreach (var vector in vectors.RootElement.GetProperty("encrypt").EnumerateArray())
        {
            var json = vector.GetProperty("plaintext_json") is { ValueKind: JsonValueKind.String } given ? given.GetString()! : FromRule(vector);
            var document = new Document(Text(vector, "doc_id"), Text(vector, "rev"), json);

            var wire = codec.Encode(document, Hex(vector, "iv_hex"), vector.GetProperty("timestamp").GetInt64());

            Assert.Equal(Text(vector, "wire_content_sha256"), Sha256(wire.Content!));
            Assert.Equal(vector.GetProperty("wire_content_length").GetInt32(), wire.Content!.Length);
            if (vector.GetProperty("wire_content").ValueKind == JsonValueKind.String)
            {
                Assert.Equal(Text(vector, "wire_content"), wire.Content);
            }

            Assert.Equal(Text(vector, "doc_key_hex"), Convert.ToHexStringLower(LeapDocumentKeys.Cipher(secret, document.Id)));
            Assert.Equal(new DecodeAnswer.Put(document, null), codec.Decode(wire));
            cases++;
        }

        Vectors.Report(file, cases);
    }

    [Fact]
    public void Documents_TamperVectors_AreRefused()
    {
        const string file = "soledad/document_encryption.json";
        using var vectors = Vectors.Read(file);
        using var secret = RemoteSecret(vectors);
        var codec = new LeapCodec(secret, TimeProvider.System);
        var cases = 0;
        foreach (var vector in vectors.RootElement.GetProperty("decrypt_and_tamper").EnumerateArray())
        {
            var answer = codec.Decode(new WireDocument(Text(vector, "doc_id"), Text(vector, "rev"), Text(vector, "wire_content")));

            if (Text(vector, "required_result") == "accept")
            {
                var expected = Encoding.UTF8.GetString(Hex(vector, "original_output_hex"));
                Assert.Equal(expected, Assert.IsType<DecodeAnswer.Put>(answer).Document.Json);
            }
            else
            {
                Assert.IsType<DecodeAnswer.Refused>(answer);
            }

            cases++;
        }

        Vectors.Report(file, cases);
    }

    [Fact]
    public void LegacyDocuments_Vectors_OpenOrAreRefused()
    {
        const string file = "soledad/document_encryption_legacy.json";
        using var vectors = Vectors.Read(file);
        using var secret = RemoteSecret(vectors);
        var codec = new LeapCodec(secret, TimeProvider.System);
        var cases = 0;
        foreach (var vector in vectors.RootElement.GetProperty("vectors").EnumerateArray())
        {
            var (id, rev) = (Text(vector, "doc_id"), Text(vector, "rev"));
            var emitted = Assert.IsType<DecodeAnswer.Put>(codec.Decode(new WireDocument(id, rev, Text(vector, "content_json_as_emitted"))));
            Assert.Equal(Text(vector, "plaintext_json"), emitted.Document.Json);
            var parsed = Assert.IsType<DecodeAnswer.Put>(codec.Decode(new WireDocument(id, rev, vector.GetProperty("content").GetRawText().ReplaceLineEndings(" "))));
            Assert.Equal(Text(vector, "plaintext_json"), parsed.Document.Json);
            cases++;
            foreach (var tampered in vector.GetProperty("tampered").EnumerateArray())
            {
                var wrongRev = tampered.TryGetProperty("rev", out var other) ? other.GetString()! : rev;
                Assert.IsType<DecodeAnswer.Refused>(codec.Decode(new WireDocument(id, wrongRev, tampered.GetProperty("content").GetRawText())));
                cases++;
            }
        }

        Vectors.Report(file, cases);
    }

    [Fact]
    public void DocumentKeys_Vectors_Match()
    {
        const string file = "soledad/doc_key_derivation.json";
        using var vectors = Vectors.Read(file);
        using var secret = RemoteSecret(vectors);
        var cases = 0;
        foreach (var vector in vectors.RootElement.GetProperty("vectors").EnumerateArray())
        {
            var id = Text(vector, "doc_id");
            Assert.Equal(Text(vector, "key_hex"), Convert.ToHexStringLower(LeapDocumentKeys.Cipher(secret, id)));
            Assert.Equal(Text(vector, "legacy_cipher_key_hex"), Convert.ToHexStringLower(LeapDocumentKeys.Cipher(secret, id)));
            Assert.Equal(Text(vector, "legacy_mac_key_hex"), Convert.ToHexStringLower(LeapDocumentKeys.Mac(secret, id)));
            cases++;
        }

        Vectors.Report(file, cases);
    }

    [Fact]
    public void SizeCeiling_Vectors_Match()
    {
        const string file = "soledad/size_ceiling.json";
        using var vectors = Vectors.Read(file);
        var cases = 0;
        foreach (var vector in vectors.RootElement.GetProperty("vectors").EnumerateArray())
        {
            var reported = vector.GetProperty("reported");
            Assert.Equal(reported.ValueKind == JsonValueKind.Null ? null : reported.GetUInt64(), LeapSize.Ceiling(vector.GetProperty("size").GetInt64()));
            cases++;
        }

        Vectors.Report(file, cases);
    }

    internal static string Text(JsonElement parent, string name) => parent.GetProperty(name).GetString()!;

    internal static byte[] Hex(JsonElement parent, string name) => Convert.FromHexString(Text(parent, name));

    internal static SecretBytes RemoteSecret(JsonDocument vectors) => new(Hex(vectors.RootElement, "remote_secret_hex"));

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)));

    // The files' rule: {"p": "<one character repeated>"} of the given length; the hash proves that we read it right.
    private static string FromRule(JsonElement vector)
    {
        var filler = Text(vector, "plaintext_rule").Split("c='")[1][0];
        var json = "{\"p\": \"" + new string(filler, vector.GetProperty("plaintext_length").GetInt32() - 9) + "\"}";
        Assert.Equal(Text(vector, "plaintext_sha256"), Sha256(json));
        return json;
    }
}
