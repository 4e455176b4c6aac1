using Microsoft.AspNetCore.Http.Features;

namespace Bitmask.Provider.WebApi;

/// <summary>What no handler caught: logged with its route (never the address in it), answered without details.</summary>
internal static class LastResort
{
    public static async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client hung up.
        }
        catch (Exception e)
        {
            var logger = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Bitmask.Provider.Web");
            var route = (context.Features.Get<IEndpointFeature>()?.Endpoint as RouteEndpoint)?.RoutePattern.RawText ?? "";
            HostLog.RequestFailed(logger, context.Request.Method, route, e);
            if (context.Response.HasStarted)
            {
                context.Abort(); // half an answer must not look like a whole one
            }
            else
            {
                await ApiRequest.WriteAsync(context, 500, "application/json", "{\"error\": \"error\"}"u8.ToArray());
            }
        }
    }
}
