using System.Buffers.Binary;
using System.Net.Sockets;

namespace Bitmask.Protocol.Daemon;

/// <summary>Which user is at the other end of a Unix socket, as the kernel says (SO_PEERCRED, security.md C3).</summary>
public static class PeerCredentials
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int PeerCredential = 17; // SO_PEERCRED
    private const int UserOffset = 4; // struct ucred: pid, uid, gid

    /// <summary>The user id of the other end.</summary>
    /// <exception cref="SocketException">Not a connected Unix socket.</exception>
    public static uint UserOf(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SocketLevel, PeerCredential, credentials);
        return BitConverter.IsLittleEndian
            ? BinaryPrimitives.ReadUInt32LittleEndian(credentials[UserOffset..])
            : BinaryPrimitives.ReadUInt32BigEndian(credentials[UserOffset..]);
    }
}
