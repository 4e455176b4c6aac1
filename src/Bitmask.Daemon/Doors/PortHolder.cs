using System.Globalization;

namespace Bitmask.Daemon.Doors;

/// <summary>Whose program listens on a port, as /proc/net/tcp says.</summary>
internal static class PortHolder
{
    private const string Listening = "0A";

    /// <summary>The user id, or null when the kernel does not tell.</summary>
    public static uint? UserOf(int port)
    {
        try
        {
            // sl local_address rem_address st tx:rx tr:when retrnsmt uid …
            var suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
            return File.ReadLines("/proc/net/tcp").Concat(File.ReadLines("/proc/net/tcp6"))
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(fields => fields.Length > 7 && fields[1].EndsWith(suffix, StringComparison.Ordinal) && fields[3] == Listening)
                .Select(fields => (uint?)uint.Parse(fields[7], CultureInfo.InvariantCulture))
                .FirstOrDefault();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
