using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Store;
using Bitmask.Sqlite;
using Microsoft.AspNetCore.WebUtilities;

namespace Bitmask.Provider.WebApi;

/// <summary>The API says no. Thrown by handlers, answered by <see cref="ApiRequest.RunAsync"/>.</summary>
internal sealed class ApiException(int status, string? error, string? message, IReadOnlyDictionary<string, string[]>? fields = null, string? baseText = null) : Exception(message ?? error)
{
    public int Status { get; } = status;

    public static ApiException LoginFirst => new(401, "not_authorized_login", "Please log in to perform that action.");

    public static ApiException NotAllowed => new(403, "not_authorized", "Sorry, but you are not authorized to perform that action.");

    public static ApiException FreshLoginNeeded => new(403, "fresh_login_needed", "Please log in with the passphrase, then do this within five minutes.");

    public static ApiException DeviceRevoked => new(403, "device_revoked", "This device was removed from the account.");

    public static ApiException RecordChanged => new(412, "key_record_changed", "The key record was changed meanwhile.");

    public static ApiException SlowDown => new(429, "slow_down", "Too many requests came from your address. Please try again in a while.");

    public static ApiException NotFound => new(404, "not_found", "There is no such resource.");

    public static ApiException BadRequest(string message) => new(400, "bad_request", message);

    public static ApiException Busy => new(503, "unavailable", "Please try again later.");

    /// <summary>422 with <c>{"errors": {field: [text]}}</c>.</summary>
    public static ApiException Invalid(string field, string text) => new(422, null, null, new Dictionary<string, string[]> { [field] = [text] });

    public static ApiException Invalid(IReadOnlyDictionary<string, string[]> fields) => new(422, null, null, fields);

    /// <summary>422 with <c>{"errors": {name: text}}</c>: how the login says no.</summary>
    public static ApiException Refused(string name, string text) => new(422, name, null, baseText: text);

    public byte[] ToBody()
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            if (fields is not null || baseText is not null)
            {
                json.WriteStartObject("errors");
                foreach (var (name, texts) in fields ?? new Dictionary<string, string[]>())
                {
                    json.WriteStartArray(name);
                    foreach (var text in texts)
                    {
                        json.WriteStringValue(text);
                    }

                    json.WriteEndArray();
                }

                if (baseText is not null)
                {
                    json.WriteString(error!, baseText);
                }

                json.WriteEndObject();
            }
            else
            {
                json.WriteString("error", error);
                json.WriteString("message", message);
            }

            json.WriteEndObject();
        }

        return body.ToArray();
    }
}

/// <summary>What all API requests share: bodies as form or JSON, who asks, headers, refusals.</summary>
internal static class ApiRequest
{
    private const int MaxBodyOctets = 128 * 1024;

    public static async Task RunAsync(HttpContext context, Func<HttpContext, Task> handler)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "no-cache, no-store, must-revalidate";
        headers.Pragma = "no-cache";
        headers.Expires = "0";
        headers.XFrameOptions = "DENY";
        try
        {
            await handler(context);
        }
        catch (ApiException e) when (!context.Response.HasStarted)
        {
            await WriteErrorAsync(context, e);
        }
        catch (Exception e) when (e is SoledadProtocolException or BadHttpRequestException && !context.Response.HasStarted)
        {
            await WriteErrorAsync(context, ApiException.BadRequest("The request can not be read."));
        }
        catch (DatabaseException e) when (e.IsTransient && !context.Response.HasStarted)
        {
            await WriteErrorAsync(context, ApiException.Busy);
        }
    }

    /// <summary>The account of the session token, or the refusal LEAP's clients know.</summary>
    public static async Task<User> RequireUserAsync(HttpContext context, ProviderStore store)
        => SessionToken.FromApiHeader(context.Request.Headers.Authorization) is { } token && await store.UseTokenAsync(token, context.RequestAborted) is { } user
            ? user
            : throw ApiException.LoginFirst;

    /// <summary>The session of the token, a recovery session too: for the few things that one may do.</summary>
    public static async Task<OpenSession> RequireSessionAsync(HttpContext context, ProviderStore store)
        => SessionToken.FromApiHeader(context.Request.Headers.Authorization) is { } token && await store.UseSessionAsync(token, context.RequestAborted) is { } session
            ? session
            : throw ApiException.LoginFirst;

    /// <summary>The token that came with the request; only after somebody was found for it.</summary>
    public static string TokenOf(HttpContext context) => SessionToken.FromApiHeader(context.Request.Headers.Authorization)!;

    /// <summary>Reads a body that may be a form or JSON.</summary>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> json, Func<Func<string, string?>, T> fromForm)
    {
        var body = await Body.ReadAsync(context, MaxBodyOctets);
        var type = context.Request.ContentType?.Split(';')[0].Trim();
        if (string.Equals(type, "application/json", StringComparison.OrdinalIgnoreCase))
        {
            return ParseJson(body, json);
        }

        if (!System.Text.Unicode.Utf8.IsValid(body))
        {
            throw ApiException.BadRequest("The form is not UTF-8.");
        }

        var form = QueryHelpers.ParseQuery(System.Text.Encoding.UTF8.GetString(body));
        return fromForm(name => form.TryGetValue(name, out var values) && values is [{ } value, ..] ? value : null);
    }

    public static async Task<T> ReadJsonAsync<T>(HttpContext context, JsonTypeInfo<T> json) => ParseJson(await Body.ReadAsync(context, MaxBodyOctets), json);

    public static Task WriteJsonAsync<T>(HttpContext context, int status, T value, JsonTypeInfo<T> type)
        => WriteAsync(context, status, "application/json; charset=utf-8", JsonSerializer.SerializeToUtf8Bytes(value, type));

    public static async Task WriteAsync(HttpContext context, int status, string contentType, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private static Task WriteErrorAsync(HttpContext context, ApiException e) => WriteAsync(context, e.Status, "application/json; charset=utf-8", e.ToBody());

    private static T ParseJson<T>(byte[] body, JsonTypeInfo<T> json)
    {
        try
        {
            return JsonSerializer.Deserialize(body, json) ?? throw ApiException.BadRequest("The body is null.");
        }
        catch (JsonException)
        {
            throw ApiException.BadRequest("The body is not the expected JSON.");
        }
    }
}
