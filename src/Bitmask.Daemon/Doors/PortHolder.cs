using System.Globalization;
using System.Net;

namespace Bitmask.Daemon.Doors;

/// <summary>Whose program listens on a port, as /proc/net/tcp says.</summary>
internal static class PortHolder
{
    private const string Listening = "0A";
    private const int MappedPrefixDigits = 24;
    private const string AnyV4 = "00000000";
    private const string AnyV6 = "00000000000000000000000000000000";
    private const string MappedPrefix = "0000000000000000FFFF0000";

    /// <summary>The user id, or null when nobody listens or the kernel does not tell.</summary>
    public static uint? UserOf(IPEndPoint endPoint)
    {
        try
        {
            return UserOf(endPoint, File.ReadLines("/proc/net/tcp").Concat(File.Exists("/proc/net/tcp6") ? File.ReadLines("/proc/net/tcp6") : []));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The same from lines of the kernel's table: <c>sl local_address rem_address st tx:rx tr:when retrnsmt uid …</c>.</summary>
    public static uint? UserOf(IPEndPoint endPoint, IEnumerable<string> lines)
    {
        var port = ":" + endPoint.Port.ToString("X4", CultureInfo.InvariantCulture);
        var own = Hex(endPoint.Address);
        foreach (var fields in lines.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (fields.Length > 7 && fields[3] == Listening && fields[1].EndsWith(port, StringComparison.Ordinal) && IsInTheWay(fields[1][..^port.Length], own)
                && uint.TryParse(fields[7], NumberStyles.None, CultureInfo.InvariantCulture, out var user))
            {
                return user;
            }
        }

        return null;
    }

    private static bool IsInTheWay(string listener, string own)
        => listener == own || listener is AnyV4 or AnyV6
            || (listener.Length > MappedPrefixDigits && listener.StartsWith(MappedPrefix, StringComparison.Ordinal) && listener[MappedPrefixDigits..] == own);

    /// <summary>As the kernel prints it: words of four octets in the machine's order.</summary>
    private static string Hex(IPAddress address)
    {
        var octets = address.GetAddressBytes();
        if (BitConverter.IsLittleEndian)
        {
            for (var word = 0; word < octets.Length; word += 4)
            {
                octets.AsSpan(word, 4).Reverse();
            }
        }

        return Convert.ToHexString(octets);
    }
}
