using System.Net;
using System.Text.Json;
using Bitmask.Testing.Dns;

namespace Bitmask.Sandbox;

/// <summary>The scripted name server as a program; it reads its zone file again whenever that changes.</summary>
internal static class NameServer
{
    public static async Task RunAsync(string zonePath, int port, CancellationToken cancellationToken)
    {
        var (zone, read) = (Read(zonePath), File.GetLastWriteTimeUtc(zonePath));
        using var server = ScriptedDns.Start(zone, new IPEndPoint(IPAddress.Loopback, port));
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(200, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (File.GetLastWriteTimeUtc(zonePath) is var written && written != read)
            {
                read = written;
                var changed = Read(zonePath);
                lock (zone)
                {
                    Replace(zone.Addresses, changed.Addresses);
                    Replace(zone.MailExchangers, changed.MailExchangers);
                    zone.Failing.Clear();
                    zone.Failing.UnionWith(changed.Failing);
                }
            }
        }
    }

    private static DnsZone Read(string path) => JsonSerializer.Deserialize(File.ReadAllBytes(path), ZoneJson.Default.DnsZone)!;

    private static void Replace<T>(Dictionary<string, T> all, Dictionary<string, T> by)
    {
        all.Clear();
        foreach (var (name, value) in by)
        {
            all[name] = value;
        }
    }
}
