using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Blobs;
using Bitmask.Provider.Tests.World;
using Bitmask.Testing;

namespace Bitmask.Provider.Tests.Blobs;

public sealed class BlobVectorTests
{
    private const string VectorFile = "soledad/blobs.json";

    [Fact]
    public void Paths_OfTheVectors_AreOurs()
    {
        using var vectors = Vectors.Read(VectorFile);
        var cases = 0;
        foreach (var vector in vectors.RootElement.GetProperty("path_partition").EnumerateArray())
        {
            var path = Text(vector, "path");
            Assert.Equal(path, BlobFolder.PathOf(new BlobKey(UserId.Parse(path[..32]), "default", Text(vector, "blob_id"))));
            cases++;
        }

        Vectors.Report(VectorFile, cases);
    }

    [Fact]
    public void Names_OfTheVectors_AreJudgedAlike()
    {
        using var vectors = Vectors.Read(VectorFile);
        var cases = 0;
        foreach (var vector in vectors.RootElement.GetProperty("valid_names").EnumerateArray())
        {
            // A line feed at the end passes the original's pattern by accident ($ matches before it); in a path it has no business.
            var expected = vector.GetProperty("ok").GetBoolean() && !Text(vector, "value").EndsWith('\n');
            Assert.Equal(expected, BlobName.IsValid(Text(vector, "value")));
            cases++;
        }

        Vectors.Report(VectorFile, cases);
    }

    [Fact]
    public async Task Stored_OfTheVectors_ComeBackWithTheirTag()
    {
        using var vectors = Vectors.Read(VectorFile);
        await using var provider = await TestProvider.StartAsync();
        using var leo = await Person.LeapAsync(provider);
        var cases = 0;
        var incoming = vectors.RootElement.GetProperty("incoming");
        foreach (var vector in vectors.RootElement.GetProperty("encrypt").EnumerateArray().Append(incoming).Where(vector => vector.GetProperty("stored_base64").ValueKind == JsonValueKind.String))
        {
            var (name, stored) = (Text(vector, "blob_id"), Convert.FromBase64String(Text(vector, "stored_base64")));
            Assert.Equal(200, await leo.PutAsync(name, stored));

            var (_, body, response) = await leo.BlobAsync(HttpMethod.Get, name);

            Assert.Equal(stored, body);
            Assert.Equal(Text(vector, "tag_header_value"), response.Headers.GetValues("Tag").Single());
            cases++;
        }

        Vectors.Report(VectorFile, cases);
    }

    [Fact]
    public async Task Stream_OfTheVectors_GoesUpAndComesDown()
    {
        using var vectors = Vectors.Read(VectorFile);
        var stream = vectors.RootElement.GetProperty("stream");
        await using var provider = await TestProvider.StartAsync();
        using var leo = await Person.LeapAsync(provider);

        async Task<(int, byte[])> StreamAsync(string direction, byte[] body)
        {
            using var response = await leo.SoledadAsync(HttpMethod.Post, $"/stream/{leo.Id.Value}?direction={direction}", new ByteArrayContent(body));
            return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync());
        }

        var wanted = Encoding.UTF8.GetBytes(Text(stream, "download_request_body"));
        Assert.Equal(404, (await StreamAsync("download", wanted)).Item1);
        Assert.Equal(200, (await StreamAsync("upload", Convert.FromBase64String(Text(stream, "upload_request_base64")))).Item1);
        var (status, answer) = await StreamAsync("download", wanted);

        Assert.Equal(200, status);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Convert.FromBase64String(Text(stream, "download_response_base64")))), Convert.ToHexStringLower(SHA256.HashData(answer)));
        Assert.Equal(409, (await StreamAsync("upload", Convert.FromBase64String(Text(stream, "upload_request_base64")))).Item1);
        Assert.Equal(400, (await StreamAsync("upload", "[[\"../a\", 1]]\nx"u8.ToArray())).Item1);
        Assert.Equal(400, (await StreamAsync("upload", "[[\"a\", -1]]\n"u8.ToArray())).Item1);
        Assert.Equal(400, (await StreamAsync("sideways", [])).Item1);
        Vectors.Report(VectorFile, 2);
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
