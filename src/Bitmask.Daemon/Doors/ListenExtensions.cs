using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Bitmask.Daemon.Doors;

internal static class ListenExtensions
{
    /// <summary>Lets a protocol's own handler have every connection of a listener.</summary>
    public static void Run(this ListenOptions listen, ConnectionHandler handler) => listen.Use(_ => handler.OnConnectedAsync);
}
