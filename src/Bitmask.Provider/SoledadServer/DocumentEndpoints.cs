using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Store;
using Bitmask.Provider.WebApi;

namespace Bitmask.Provider.SoledadServer;

/// <summary>Current documents, newest first, whatever was synced before: <c>/user-UUID/documents</c>.</summary>
internal sealed class DocumentEndpoints(ProviderStore store)
{
    public void Map(IEndpointRouteBuilder routes)
        => routes.MapPost("/user-{uuid}/documents", context => SoledadRequest.RunAsync(context, store, QueryAsync));

    private async Task QueryAsync(HttpContext context, User user)
    {
        SoledadRequest.RequireContentType(context, "application/json");
        var query = DocumentsQuery.Parse(await Body.ReadAsync(context, DocumentsQuery.MaxOctets));
        await DocumentStream.WriteAsync(context, store, store.BeginQuery(user.Id, query));
    }
}
