using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Store;
using Bitmask.Provider.WebApi;

namespace Bitmask.Provider.SoledadServer;

/// <summary>
/// Documents beside the sync: current ones, newest first, whatever was synced before, <c>/user-UUID/documents</c>; and those that are of no more use,
/// <c>/user-UUID/compact</c>.
/// </summary>
internal sealed class DocumentEndpoints(ProviderStore store)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/user-{uuid}/documents", context => SoledadRequest.RunAsync(context, store, QueryAsync));
        routes.MapPost("/user-{uuid}/compact", context => SoledadRequest.RunAsync(context, store, CompactAsync));
    }

    private async Task QueryAsync(HttpContext context, User user)
    {
        SoledadRequest.RequireContentType(context, "application/json");
        var query = DocumentsQuery.Parse(await Body.ReadAsync(context, DocumentsQuery.MaxOctets));
        await DocumentStream.WriteAsync(context, store, store.BeginQuery(user.Id, query));
    }

    private async Task CompactAsync(HttpContext context, User user)
    {
        SoledadRequest.RequireContentType(context, "application/json");
        var request = CompactRequest.Parse(await Body.ReadAsync(context, CompactRequest.MaxOctets));
        if (user.Mode != AccountMode.Sealed)
        {
            throw new SoledadProtocolException("The provider sees by itself which documents of a leap account are deleted.");
        }

        await SoledadRequest.WriteJsonAsync(context, 200, await store.CompactAsync(user.Id, request.Items, context.RequestAborted), SoledadJson.Default.CompactAnswer);
    }
}
