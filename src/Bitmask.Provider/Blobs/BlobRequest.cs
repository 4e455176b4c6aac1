using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.SoledadServer;
using Bitmask.Provider.Store;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Win32.SafeHandles;

namespace Bitmask.Provider.Blobs;

/// <summary>What the blob requests share: which blob is meant, LEAP's texts, and sending a file in constant memory.</summary>
internal static class BlobRequest
{
    private const int BufferOctets = 256 * 1024;
    private const int TagOctets = 16;

    /// <exception cref="SoledadProtocolException">Not a namespace.</exception>
    public static string Namespace(HttpContext context) => context.Request.Query["namespace"] switch
    {
        [] or [null or ""] => BlobName.DefaultNamespace,
        [{ } text] when BlobName.IsValid(text) => text,
        _ => throw new SoledadProtocolException("Not a namespace."),
    };

    /// <exception cref="SoledadProtocolException">Not a name.</exception>
    public static BlobKey Key(HttpContext context, User user)
        => context.GetRouteValue("name") is string name && BlobName.IsValid(name) ? new BlobKey(user.Id, Namespace(context), name) : throw new SoledadProtocolException("Not the name of a blob.");

    /// <summary>LEAP's parameters are true when they have any value, <c>False</c> included.</summary>
    public static bool IsSet(HttpContext context, string name) => context.Request.Query[name] is [{ Length: > 0 }, ..];

    public static Task NotFoundAsync(HttpContext context, BlobKey key) => TextAsync(context, 404, $"Blob doesn't exist: {key.Name}");

    public static Task TextAsync(HttpContext context, int status, string text) => SoledadRequest.WriteAsync(context, status, "text/plain", Encoding.ASCII.GetBytes(text));

    /// <summary>Blobs are as long as they are: what bounds them is the account's quota, not the server's limit on bodies.</summary>
    public static void AllowLongBody(HttpContext context) => context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;

    public static async Task AnswerAsync(HttpContext context, BlobKey key, UploadOutcome outcome, long offset)
    {
        if (outcome is UploadOutcome.Partial or UploadOutcome.WrongOffset)
        {
            context.Response.Headers[BlobWire.UploadOffset] = offset.ToString(CultureInfo.InvariantCulture);
            context.Response.Headers[BlobWire.UploadComplete] = "?0";
        }

        await (outcome switch
        {
            UploadOutcome.Stored => SoledadRequest.WriteAsync(context, 200, "text/plain", default),
            UploadOutcome.Partial => SoledadRequest.WriteAsync(context, 202, "text/plain", default),
            UploadOutcome.Exists => TextAsync(context, 409, $"Blob already exists: {key.Name}"),
            UploadOutcome.WrongOffset => TextAsync(context, 409, "The upload does not go on from here."),
            UploadOutcome.Full => TextAsync(context, 507, "Quota Exceeded!"),
            _ => SoledadRequest.WriteErrorAsync(context, WireErrors.Unavailable),
        });
    }

    /// <summary>Status of one blob in the answer to a batch.</summary>
    public static int Status(UploadOutcome outcome) => outcome switch
    {
        UploadOutcome.Stored => 200,
        UploadOutcome.Exists => 409,
        UploadOutcome.Full => 507,
        _ => 503,
    };

    /// <summary>LEAP's header: the last 16 octets of what is stored.</summary>
    public static string Tag(SafeFileHandle file, long size)
    {
        var tag = new byte[TagOctets];
        var read = RandomAccess.Read(file, tag.AsSpan(0, (int)Math.Min(size, TagOctets)), Math.Max(0, size - TagOctets));
        return Padded(tag.AsSpan(0, read));
    }

    /// <summary>Base64url with padding, as LEAP writes it.</summary>
    public static string Padded(ReadOnlySpan<byte> octets)
    {
        var text = Base64Url.EncodeToString(octets);
        return text.PadRight((text.Length + 3) / 4 * 4, '=');
    }

    /// <summary>Sends a part of a file.</summary>
    public static async Task SendAsync(HttpContext context, SafeFileHandle file, long from, long octets)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferOctets);
        try
        {
            for (var at = from; at < from + octets;)
            {
                var read = await RandomAccess.ReadAsync(file, buffer.AsMemory(0, (int)Math.Min(BufferOctets, from + octets - at)), at, context.RequestAborted);
                if (read == 0)
                {
                    context.Abort(); // shorter than the database says: half an answer must not look like a whole one
                    return;
                }

                await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
                at += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
