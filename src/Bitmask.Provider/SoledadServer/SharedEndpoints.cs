using System.Text;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Store;
using Bitmask.Provider.WebApi;

namespace Bitmask.Provider.SoledadServer;

/// <summary>
/// LEAP's shared database, <c>/shared/doc/ID</c>: the secrets record of leap accounts. Sealed accounts have a key record instead, and
/// never send an id made of their passphrase (security.md B10).
/// </summary>
internal sealed class SharedEndpoints(ProviderStore store)
{
    private const int MaxOctets = 64 * 1024;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/shared/doc/{id}", context => RunAsync(context, GetAsync));
        routes.MapPut("/shared/doc/{id}", context => RunAsync(context, PutAsync));
        routes.MapDelete("/shared/doc/{id}", context => RunAsync(context, DeleteAsync));
        routes.MapGet("/shared", context => RunAsync(context, static (c, _) => SoledadRequest.WriteAsync(c, 200, "application/json", "{}\r\n"u8.ToArray())));
    }

    private static string Id(HttpContext context)
        => context.GetRouteValue("id") is string id && DocumentId.IsValid(id) ? id : throw new SoledadProtocolException(WireErrors.InvalidDocumentId);

    private static string? OldRev(HttpContext context) => context.Request.Query["old_rev"] is [{ } rev] ? rev : null;

    private static Task WriteRevAsync(HttpContext context, int status, string rev)
        => SoledadRequest.WriteAsync(context, status, "application/json", Encoding.ASCII.GetBytes($"{{\"rev\": \"{rev}\"}}\r\n"));

    private Task RunAsync(HttpContext context, Func<HttpContext, User, Task> handler) => SoledadRequest.RunAsync(context, store, (c, user) => user.Mode == AccountMode.Leap
        ? handler(c, user)
        : throw new SoledadProtocolException("A sealed account has no shared documents."));

    private Task GetAsync(HttpContext context, User user)
    {
        var document = store.FindShared(user.Id, Id(context));
        var deleted = document is { Content: null };
        var visible = !deleted || context.Request.Query["include_deleted"] == "true";
        context.Response.Headers["x-u1db-rev"] = visible ? document?.Rev ?? "" : "";
        context.Response.Headers["x-u1db-has-conflicts"] = "false";
        return document is { Content: { } content }
            ? SoledadRequest.WriteAsync(context, 200, "application/json", content)
            : SoledadRequest.WriteErrorAsync(context, deleted && visible ? WireErrors.DocumentDeleted : WireErrors.DocumentDoesNotExist);
    }

    private async Task PutAsync(HttpContext context, User user)
    {
        SoledadRequest.RequireContentType(context, "application/json");
        var (id, oldRev, body) = (Id(context), OldRev(context), await Body.ReadAsync(context, MaxOctets));
        if (!System.Text.Unicode.Utf8.IsValid(body) || !DocumentContent.IsObject(Encoding.UTF8.GetString(body)))
        {
            throw new SoledadProtocolException(WireErrors.Generic, "The content is no JSON object.");
        }

        var rev = await store.PutSharedAsync(user.Id, id, oldRev, body, context.RequestAborted) ?? throw new SoledadProtocolException(WireErrors.RevisionConflict);
        await WriteRevAsync(context, oldRev is null ? 201 : 200, rev);
    }

    private async Task DeleteAsync(HttpContext context, User user)
    {
        var id = Id(context);
        switch (store.FindShared(user.Id, id))
        {
            case null:
                throw new SoledadProtocolException(WireErrors.DocumentDoesNotExist);
            case { Content: null }:
                throw new SoledadProtocolException(WireErrors.DocumentAlreadyDeleted);
            default:
                var rev = await store.PutSharedAsync(user.Id, id, OldRev(context), null, context.RequestAborted) ?? throw new SoledadProtocolException(WireErrors.RevisionConflict);
                await WriteRevAsync(context, 200, rev);
                break;
        }
    }
}
