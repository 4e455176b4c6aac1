using System.Globalization;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.SoledadServer;

/// <summary>The incoming box of a sealed account, <c>/incoming/UUID/</c> (security.md A8): a channel of its own beside the documents.</summary>
internal sealed class IncomingEndpoints(ProviderStore store)
{
    private const int MaxItems = 1000;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/incoming/{uuid}/", context => SoledadRequest.RunAsync(context, store, ListAsync));
        routes.MapGet("/incoming/{uuid}/{id}", context => SoledadRequest.RunAsync(context, store, GetAsync));
        routes.MapDelete("/incoming/{uuid}/{id}", context => SoledadRequest.RunAsync(context, store, DeleteAsync));
    }

    private static long Number(HttpContext context, string name, long otherwise) => context.Request.Query[name] switch
    {
        [] => otherwise,
        [{ } text] when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => throw new SoledadProtocolException($"{name} must be a number."),
    };

    private static string Id(HttpContext context) => (string)context.GetRouteValue("id")!;

    private Task ListAsync(HttpContext context, User user)
    {
        var limit = (int)Math.Min(Number(context, "limit", MaxItems), MaxItems);
        var items = store.ListIncoming(user.Id, Number(context, "after", 0), limit)
            .Select(item => new IncomingItemInfo { Id = item.Id, Seq = item.Seq, Size = item.Size, Received = item.Received }).ToList();
        return SoledadRequest.WriteJsonAsync(context, 200, items, SoledadJson.Default.ListIncomingItemInfo);
    }

    private Task GetAsync(HttpContext context, User user) => store.FindIncoming(user.Id, Id(context)) is { } body
        ? SoledadRequest.WriteAsync(context, 200, "application/octet-stream", body)
        : SoledadRequest.WriteErrorAsync(context, WireErrors.DocumentDoesNotExist);

    private async Task DeleteAsync(HttpContext context, User user)
    {
        if (await store.DeleteIncomingAsync(user.Id, Id(context), context.RequestAborted))
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
        else
        {
            await SoledadRequest.WriteErrorAsync(context, WireErrors.DocumentDoesNotExist);
        }
    }
}
