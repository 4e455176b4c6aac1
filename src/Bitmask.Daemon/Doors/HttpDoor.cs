using System.Net;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Daemon.Api;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon.Doors;

/// <summary>
/// The HTTP door on loopback: what can be asked without a passphrase, for who has the daemon's token. Every program of every user, and
/// every web page, can reach a loopback port; so the Host must be ours, and requests from a page are refused.
/// </summary>
internal static class HttpDoor
{
    private const string TokenHeader = "X-Bitmask-Auth";

    public static void Map(WebApplication app, DaemonApi api, string authToken, IPEndPoint own)
    {
        var expected = Encoding.ASCII.GetBytes(authToken);
        string[] hosts = [own.ToString(), $"localhost:{own.Port}"];
        app.Use(async (context, next) =>
        {
            var request = context.Request;
            if (!hosts.Contains(request.Host.Value, StringComparer.OrdinalIgnoreCase) || request.Headers.Origin.Count > 0)
            {
                await RefuseAsync(context, StatusCodes.Status403Forbidden, new DaemonError("foreign-origin", "Requests from web pages are refused.", null));
                return;
            }

            if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(request.Headers[TokenHeader].ToString()), expected))
            {
                await RefuseAsync(context, StatusCodes.Status401Unauthorized, new DaemonError("no-token", $"The header {TokenHeader} must hold the daemon's token.", "It is in the file authtoken of the runtime folder."));
                return;
            }

            await next(context);
        });
        api.MapWithoutPassphrases(app);
    }

    private static Task RefuseAsync(HttpContext context, int status, DaemonError error)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(error, DaemonApiJson.Default.DaemonError);
    }
}
