using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bitmask.Protocol.Bonafide;

namespace Bitmask.Bonafide;

/// <summary>What is known and held fast of a provider: its description and its CA. Everything but the web host is judged by this CA alone.</summary>
public sealed class ProviderPin
{
    private ProviderPin(string domain, ProviderInfo info, X509Certificate2 ca, Uri api)
    {
        Domain = domain;
        Info = info;
        Ca = ca;
        Api = api;
    }

    /// <summary>The mail domain.</summary>
    public string Domain { get; }

    /// <summary>Its description.</summary>
    public ProviderInfo Info { get; }

    /// <summary>The CA certificate.</summary>
    public X509Certificate2 Ca { get; }

    /// <summary>Where the API is, version 1: ends with <c>/1/</c>.</summary>
    public Uri Api { get; }

    /// <summary>SHA-256 of the CA certificate, hex; kept in the keyset as <c>caSha256</c>.</summary>
    public string CaSha256 => Convert.ToHexStringLower(SHA256.HashData(Ca.RawDataMemory.Span));

    /// <summary>The CA certificate, to be stored.</summary>
    public string CaPem => Ca.ExportCertificatePem();

    /// <summary>Makes a pin from what was stored.</summary>
    /// <exception cref="BonafideException">The description is not of this domain, or names no https API.</exception>
    public static ProviderPin Restore(string domain, ProviderInfo info, X509Certificate2 ca)
    {
        ArgumentNullException.ThrowIfNull(info);
        ArgumentNullException.ThrowIfNull(ca);
        if (!string.Equals(info.Domain, domain, StringComparison.OrdinalIgnoreCase))
        {
            throw new BonafideException(BonafideErrors.NoProvider, $"The description at {domain} is of another domain.");
        }

        // A provider of a later API still serves version 1.
        return Uri.TryCreate(info.ApiUri.TrimEnd('/') + "/1/", UriKind.Absolute, out var api) && api.Scheme == Uri.UriSchemeHttps
            ? new ProviderPin(domain, info, ca, api)
            : throw new BonafideException(BonafideErrors.NoProvider, $"The description of {domain} names no https API.");
    }
}
