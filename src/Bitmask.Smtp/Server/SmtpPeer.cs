using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Bitmask.Smtp.Server;

/// <summary>What is known of the other end of a connection before it speaks.</summary>
/// <param name="RemoteAddress">Its address.</param>
public sealed record SmtpPeer(IPAddress RemoteAddress)
{
    /// <summary>The TLS version when the host has already set up TLS in front of the session; null without.</summary>
    public string? TlsVersion { get; init; }

    /// <summary>The certificate proved in that TLS.</summary>
    public X509Certificate2? ClientCertificate { get; init; }
}
