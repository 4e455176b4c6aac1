using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Store;
using Bitmask.Provider.WebApi;
using Bitmask.Sqlite;

namespace Bitmask.Provider.SoledadServer;

/// <summary>What all Soledad requests share: who asks, whether the resource is theirs, and how refusals look.</summary>
internal static class SoledadRequest
{
    /// <summary>
    /// Runs a handler for the owner of the URL's <c>uuid</c>. A foreign account and one that does not exist get one and the same
    /// answer (security.md B10). A recovery session gets in only where <paramref name="also"/> says so.
    /// </summary>
    public static async Task RunAsync(HttpContext context, ProviderStore store, Func<HttpContext, User, Task> handler, SessionKind? also = null)
    {
        try
        {
            if (context.Request.Headers.Authorization.Count == 0)
            {
                await WriteAsync(context, 404, "text/plain", "Not Found"u8.ToArray());
            }
            else if (await AuthenticateAsync(context, store, also) is not { User: var user } session)
            {
                await WriteAsync(context, 401, "text/plain", "Unauthorized"u8.ToArray());
            }
            else if (context.GetRouteValue("uuid") is string uuid && uuid != user.Id.Value)
            {
                await WriteErrorAsync(context, WireErrors.DatabaseDoesNotExist);
            }
            else
            {
                context.Features.Set(session);
                await handler(context, user);
            }
        }
        catch (SoledadProtocolException e) when (!context.Response.HasStarted)
        {
            await WriteErrorAsync(context, e.Error);
        }
        catch (BadHttpRequestException) when (!context.Response.HasStarted)
        {
            await WriteErrorAsync(context, WireErrors.BadRequest);
        }
        catch (DatabaseException e) when (e.IsTransient && !context.Response.HasStarted)
        {
            await WriteErrorAsync(context, WireErrors.Unavailable);
        }
    }

    /// <summary>The session that a running handler serves.</summary>
    public static OpenSession SessionOf(HttpContext context) => context.Features.Get<OpenSession>()!;

    /// <summary>Anything else below a user's path: refused for those with a valid token, unknown to others.</summary>
    public static Task RefuseAsync(HttpContext context, ProviderStore store)
        => RunAsync(context, store, static (_, _) => throw new SoledadProtocolException(WireErrors.Unauthorized));

    public static void Begin(HttpContext context, int status, string contentType)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.Headers.CacheControl = "no-cache";
    }

    public static Task WriteAsync(HttpContext context, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        Begin(context, status, contentType);
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    public static Task WriteJsonAsync<T>(HttpContext context, int status, T value, JsonTypeInfo<T> type)
        => WriteAsync(context, status, "application/json", (byte[])[.. JsonSerializer.SerializeToUtf8Bytes(value, type), .. "\r\n"u8]);

    public static Task WriteErrorAsync(HttpContext context, WireError error)
        => WriteJsonAsync(context, error.Status, new ErrorAnswer { Error = error.Description }, SoledadJson.Default.ErrorAnswer);

    /// <exception cref="SoledadProtocolException">Too long, or not of that type.</exception>
    public static async Task<T> ReadJsonAsync<T>(HttpContext context, int maxOctets, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(await Body.ReadAsync(context, maxOctets), type) ?? throw new SoledadProtocolException("The body is null.");
        }
        catch (JsonException e)
        {
            throw new SoledadProtocolException("The body is not the expected JSON.", e);
        }
    }

    /// <summary>LEAP's servers compare the whole header, parameters included, and clients rely on the refusal.</summary>
    public static void RequireContentType(HttpContext context, string type)
    {
        if (context.Request.ContentType != type)
        {
            throw new SoledadProtocolException("Wrong content type.");
        }
    }

    private static async ValueTask<OpenSession?> AuthenticateAsync(HttpContext context, ProviderStore store, SessionKind? also)
        => SoledadAuthorization.TryParse(context.Request.Headers.Authorization, out var uuid, out var token)
            && await store.UseSessionAsync(token, context.RequestAborted) is { } session && session.User.Id.Value == uuid
            && (session.Kind != SessionKind.Recovery || session.Kind == also)
            ? session
            : null;
}
