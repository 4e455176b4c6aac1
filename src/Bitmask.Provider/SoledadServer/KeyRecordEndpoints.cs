using System.Globalization;
using Bitmask.Protocol.Keys;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Store;
using Bitmask.Provider.WebApi;

namespace Bitmask.Provider.SoledadServer;

/// <summary>The revision of a key record as an entity tag of HTTP.</summary>
internal static class KeyRecordTag
{
    public static string Format(long rev) => string.Create(CultureInfo.InvariantCulture, $"\"{rev}\"");

    public static bool TryParse(string tag, out long rev)
    {
        rev = 0;
        return tag is ['"', _, .., '"'] && long.TryParse(tag.AsSpan(1, tag.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out rev);
    }
}

/// <summary>
/// The key record of a sealed account, <c>/user-UUID/keyrecord</c> (security.md A2): found by account and token, never by anything made
/// of the passphrase; written only by whoever knows the present revision.
/// </summary>
internal sealed class KeyRecordEndpoints(ProviderStore store)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/user-{uuid}/keyrecord", context => SoledadRequest.RunAsync(context, store, GetAsync, SessionKind.Recovery));
        routes.MapPut("/user-{uuid}/keyrecord", context => SoledadRequest.RunAsync(context, store, PutAsync, SessionKind.Recovery));
    }

    /// <summary>The revision the client expects: null for "none yet". False when it does not say.</summary>
    private static bool TryReadCondition(HttpContext context, out long? expected)
    {
        expected = null;
        var headers = context.Request.Headers;
        if (headers.IfNoneMatch == "*")
        {
            return headers.IfMatch.Count == 0;
        }

        if (headers.IfMatch is [{ } tag] && KeyRecordTag.TryParse(tag, out var rev))
        {
            expected = rev;
            return true;
        }

        return false;
    }

    private Task GetAsync(HttpContext context, User user)
    {
        if (store.FindKeyRecord(user.Id) is not { } record)
        {
            return SoledadRequest.WriteErrorAsync(context, WireErrors.DocumentDoesNotExist);
        }

        context.Response.Headers.ETag = KeyRecordTag.Format(record.Rev);
        return SoledadRequest.WriteAsync(context, 200, "application/json", record.Body);
    }

    private async Task PutAsync(HttpContext context, User user)
    {
        if (!TryReadCondition(context, out var expected))
        {
            context.Response.StatusCode = StatusCodes.Status428PreconditionRequired;
            return;
        }

        var body = await Body.ReadAsync(context, KeyRecord.MaxOctets);
        try
        {
            if (user.Mode != AccountMode.Sealed || KeyRecord.Parse(body).Uuid != user.Id.Value)
            {
                throw new SoledadProtocolException("Not a key record of this account.");
            }
        }
        catch (KeysProtocolException e)
        {
            throw new SoledadProtocolException("Not a key record.", e);
        }

        if (await store.PutKeyRecordAsync(user.Id, expected, body, context.RequestAborted) is { } rev)
        {
            context.Response.Headers.ETag = KeyRecordTag.Format(rev);
            context.Response.StatusCode = expected is null ? StatusCodes.Status201Created : StatusCodes.Status204NoContent;
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status412PreconditionFailed;
        }
    }
}
