using System.Net;

namespace Bitmask.Testing.Dns;

/// <summary>What the scripted name server answers: addresses and mail exchangers by name, and names for which it fails.</summary>
public sealed class DnsZone
{
    /// <summary>Host name → IPv4 address.</summary>
    public Dictionary<string, string> Addresses { get; init; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Domain → mail exchangers in order of preference.</summary>
    public Dictionary<string, List<string>> MailExchangers { get; init; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Names answered with SERVFAIL: a look-up that failed, which is not the same as a name that does not exist.</summary>
    public HashSet<string> Failing { get; init; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds what one mail domain with a provider at <paramref name="address"/> needs.</summary>
    public void AddProvider(string domain, IPAddress address)
    {
        foreach (var host in (string[])[domain, "api." + domain, "soledad." + domain, "nicknym." + domain, "mx." + domain])
        {
            Addresses[host] = address.ToString();
        }

        MailExchangers[domain] = ["mx." + domain];
    }
}
