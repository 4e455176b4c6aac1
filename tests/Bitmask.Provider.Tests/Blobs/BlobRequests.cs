using System.Net.Http.Headers;
using Bitmask.Provider.Tests.World;

namespace Bitmask.Provider.Tests.Blobs;

/// <summary>Blob requests of a person, as any client could make them.</summary>
internal static class BlobRequests
{
    public static async Task<(int Status, byte[] Body, HttpResponseMessage Response)> BlobAsync(
        this Person person, HttpMethod method, string path, byte[]? body = null, string? contentRange = null, string? range = null, string? type = null)
    {
        var content = body is null ? null : new ByteArrayContent(body);
        if (contentRange is not null)
        {
            content!.Headers.TryAddWithoutValidation("Content-Range", contentRange);
        }

        if (type is not null)
        {
            content!.Headers.ContentType = new MediaTypeHeaderValue(type);
        }

        var response = await person.SoledadAsync(method, $"/blobs/{person.Id.Value}/{path}", content, range is null ? [] : [("Range", range)]);
        return ((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(), response);
    }

    public static async Task<int> PutAsync(this Person person, string path, byte[] body, string? contentRange = null)
        => (await person.BlobAsync(HttpMethod.Put, path, body, contentRange)).Status;

    public static async Task<(int Status, string Text)> TextAsync(this Person person, HttpMethod method, string path, string? body = null)
    {
        var (status, octets, _) = await person.BlobAsync(method, path, body is null ? null : System.Text.Encoding.UTF8.GetBytes(body));
        return (status, System.Text.Encoding.UTF8.GetString(octets).TrimEnd());
    }

    public static byte[] Octets(int count, int seed = 1)
    {
        var octets = new byte[count];
        new Random(seed).NextBytes(octets);
        return octets;
    }
}
