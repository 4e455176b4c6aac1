using Bitmask.Daemon.Api;
using Bitmask.Primitives;
using Bitmask.Protocol.Daemon;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Bitmask.Daemon.Doors;

/// <summary>The control socket: the whole API, for the same user only, as the kernel says who that is (security.md C3).</summary>
internal static class ControlSocket
{
    public static Door Create(string path, DaemonApi api, TimeProvider clock, ILoggerFactory logs)
    {
        // A socket file that is left over: the lock says that its daemon is gone.
        File.Delete(path);
        return Door.OnSocket("control", path, listen => listen.Use(OnlySameUser), clock, logs, api.MapAll);
    }

    private static ConnectionDelegate OnlySameUser(ConnectionDelegate next) => async connection =>
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket && PeerCredentials.UserOf(socket) == UnixProcess.EffectiveUserId)
        {
            await next(connection);
            return;
        }

        connection.Abort(new ConnectionAbortedException("Another user's program connected."));
    };
}
