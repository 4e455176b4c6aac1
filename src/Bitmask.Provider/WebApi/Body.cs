using Bitmask.Protocol.Soledad;

namespace Bitmask.Provider.WebApi;

/// <summary>Reads small request bodies into memory, bounded; never to disk (security.md C6).</summary>
internal static class Body
{
    /// <exception cref="SoledadProtocolException">It is longer than <paramref name="maxOctets"/>.</exception>
    public static async Task<byte[]> ReadAsync(HttpContext context, int maxOctets)
    {
        using var body = new MemoryStream();
        var buffer = new byte[8192];
        int count;
        while ((count = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            if (body.Length + count > maxOctets)
            {
                throw new SoledadProtocolException("The body is too long.");
            }

            body.Write(buffer, 0, count);
        }

        return body.ToArray();
    }
}
