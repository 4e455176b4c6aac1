using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bitmask.Protocol.Outgoing;

/// <summary>By what a server's certificate is judged. The host name is checked in every case (RFC 9525).</summary>
public sealed class ServerTrust
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly X509Certificate2? _ca;

    private ServerTrust(X509Certificate2? ca)
    {
        _ca = ca;
    }

    /// <summary>The system's roots and those of <see cref="OutgoingOptions.TrustedRoots"/>.</summary>
    public static ServerTrust SystemAndRoots { get; } = new(null);

    /// <summary>What tells two kinds of trust apart.</summary>
    internal string Key => _ca is null ? "" : Convert.ToHexString(SHA256.HashData(_ca.RawDataMemory.Span));

    /// <summary>One CA and nothing else.</summary>
    public static ServerTrust PinnedCa(X509Certificate2 ca)
    {
        ArgumentNullException.ThrowIfNull(ca);
        return new ServerTrust(ca);
    }

    /// <summary>The check, for TLS of any protocol.</summary>
    /// <param name="roots">From <see cref="OutgoingOptions.LoadRoots()"/>; not used with a pinned CA.</param>
    public RemoteCertificateValidationCallback ToCallback(X509Certificate2Collection roots)
    {
        ArgumentNullException.ThrowIfNull(roots);
        return (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors, roots);
    }

    private bool IsTrusted(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors, X509Certificate2Collection roots)
    {
        if (certificate is not X509Certificate2 server || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false;
        }

        if (_ca is not null)
        {
            return LeadsTo(server, chain, [_ca]);
        }

        return errors == SslPolicyErrors.None || (roots.Count > 0 && LeadsTo(server, chain, roots));
    }

    private static bool LeadsTo(X509Certificate2 server, X509Chain? sent, X509Certificate2Collection roots)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
        }

        var isTrusted = chain.Build(server);
        foreach (var element in chain.ChainElements)
        {
            element.Certificate.Dispose();
        }

        return isTrusted;
    }
}
