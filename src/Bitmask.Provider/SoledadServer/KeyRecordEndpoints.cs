using System.Globalization;
using Bitmask.Protocol.Keys;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Store;
using Bitmask.Provider.WebApi;

namespace Bitmask.Provider.SoledadServer;

/// <summary>
/// The key record of a sealed account, <c>/user-UUID/keyrecord</c> (security.md A2): found by account and token, never by anything made
/// of the passphrase; written only by whoever knows the present revision.
/// </summary>
internal sealed class KeyRecordEndpoints(ProviderStore store)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/user-{uuid}/keyrecord", context => SoledadRequest.RunAsync(context, store, GetAsync));
        routes.MapPut("/user-{uuid}/keyrecord", context => SoledadRequest.RunAsync(context, store, PutAsync));
    }

    private static string Tag(long rev) => string.Create(CultureInfo.InvariantCulture, $"\"{rev}\"");

    /// <summary>The revision the client expects: null for "none yet". False when it does not say.</summary>
    private static bool TryReadCondition(HttpContext context, out long? expected)
    {
        expected = null;
        var headers = context.Request.Headers;
        if (headers.IfNoneMatch == "*")
        {
            return headers.IfMatch.Count == 0;
        }

        if (headers.IfMatch is [{ Length: > 2 } tag] && tag[0] == '"' && tag[^1] == '"'
            && long.TryParse(tag.AsSpan(1, tag.Length - 2), NumberStyles.None, CultureInfo.InvariantCulture, out var rev))
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

        context.Response.Headers.ETag = Tag(record.Rev);
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
            context.Response.Headers.ETag = Tag(rev);
            context.Response.StatusCode = expected is null ? StatusCodes.Status201Created : StatusCodes.Status204NoContent;
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status412PreconditionFailed;
        }
    }
}
