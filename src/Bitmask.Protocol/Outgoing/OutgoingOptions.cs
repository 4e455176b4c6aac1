using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bitmask.Protocol.Outgoing;

/// <summary>
/// Settings of everything that goes out, of both programs. Verification of server certificates can not be switched off: who runs domains of
/// their own names a root in <see cref="TrustedRoots"/>.
/// </summary>
public sealed record OutgoingOptions
{
    /// <summary>The name server to ask, <c>address:port</c>; null asks the system.</summary>
    public string? NameServer { get; set; }

    /// <summary>PEM files with root certificates that are trusted beside the system's.</summary>
    public IList<string> TrustedRoots { get; set; } = [];

    /// <summary>Ports to use instead of others: <c>"443"</c> or <c>"host:443"</c> → port. The more exact entry wins.</summary>
    public IDictionary<string, int> PortMap { get; set; } = new Dictionary<string, int>();

    /// <summary>A proxy for HTTP, such as <c>socks5://127.0.0.1:9050</c>; names are then resolved by the proxy.</summary>
    public string? Proxy { get; set; }

    /// <summary>Longest wait for a connection, in seconds.</summary>
    public int ConnectTimeoutSeconds { get; set; } = 15;

    /// <summary>Longest wait for an answer, in seconds.</summary>
    public int RequestTimeoutSeconds { get; set; } = 60;

    /// <summary>The port to connect to.</summary>
    public int MapPort(string host, int port)
    {
        var plain = port.ToString(CultureInfo.InvariantCulture);
        return PortMap.TryGetValue(host + ":" + plain, out var exact) ? exact : PortMap.TryGetValue(plain, out var general) ? general : port;
    }

    /// <summary>Every fault of these settings, in words for a person; empty is good.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (NameServer is not null && !(IPEndPoint.TryParse(NameServer, out var server) && server.Port > 0))
        {
            faults.Add("name_server: must read address:port, such as 127.0.0.1:53");
        }

        if (Proxy is not null && !(Uri.TryCreate(Proxy, UriKind.Absolute, out var proxy) && proxy.Scheme is "http" or "socks5" or "socks5h" or "socks4" or "socks4a"))
        {
            faults.Add("proxy: must be a URL with http or socks5, such as socks5://127.0.0.1:9050");
        }

        faults.AddRange(from entry in PortMap where entry.Value is <= 0 or > 65535 select $"port_map: {entry.Key} must go to a port, 1 to 65535");
        foreach (var file in TrustedRoots)
        {
            try
            {
                LoadRoots(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
            {
                faults.Add($"trusted_roots: {file} can not be read as PEM certificates");
            }
        }

        return faults;
    }

    /// <summary>Reads the files of <see cref="TrustedRoots"/>.</summary>
    /// <exception cref="CryptographicException">A file has no certificate.</exception>
    public X509Certificate2Collection LoadRoots()
    {
        var roots = new X509Certificate2Collection();
        foreach (var file in TrustedRoots)
        {
            roots.AddRange(LoadRoots(file));
        }

        return roots;
    }

    private static X509Certificate2Collection LoadRoots(string file)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(file);
        return roots.Count > 0 ? roots : throw new CryptographicException("The file has no certificate.");
    }
}
