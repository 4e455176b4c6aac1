using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Bitmask.Smtp.Client;

/// <summary>When the client speaks TLS.</summary>
public enum SmtpTlsMode
{
    /// <summary>From the first octet (RFC 8314 §3.3).</summary>
    Implicit,

    /// <summary>After STARTTLS when the server offers it, else in clear (RFC 7435).</summary>
    StartTlsIfOffered,

    /// <summary>After STARTTLS; a server without it is not used.</summary>
    StartTlsRequired,
}

/// <summary>A server to send mail to, and how.</summary>
/// <param name="Host">Its name: for TLS, and resolved when <see cref="Address"/> is null.</param>
/// <param name="Port">Its port.</param>
/// <param name="Tls">When TLS is spoken.</param>
public sealed record SmtpEndpoint(string Host, int Port, SmtpTlsMode Tls)
{
    /// <summary>The address to connect to; null lets the system resolve <see cref="Host"/>.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The name given in EHLO. Default <c>localhost</c>, which tells nothing about this machine.</summary>
    public string HeloName { get; init; } = "localhost";

    /// <summary>The certificate with private key to prove in TLS; null without.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Judges the server's certificate; null means the system's roots and the host name.</summary>
    public RemoteCertificateValidationCallback? ValidateServer { get; init; }

    /// <summary>Refuses anything below TLS 1.3, in which the client certificate travels encrypted (security.md B2).</summary>
    public bool RequireTls13 { get; init; }

    /// <summary>Longest wait for a connection and its TLS. Default 30 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest wait for an answer to a command (RFC 5321 §4.5.3.2). Default 5 minutes.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Longest wait for the answer after the message (RFC 5321 §4.5.3.2.6). Default 10 minutes.</summary>
    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>The envelope of one mail.</summary>
/// <param name="ReversePath">The sender's address; empty for the null sender.</param>
/// <param name="Recipients">The recipients' addresses, one at least.</param>
/// <param name="EnvelopeId">The ENVID to send along when the server offers DSN (RFC 3461 §4.4); null without.</param>
public sealed record SmtpEnvelope(string ReversePath, IReadOnlyList<string> Recipients, string? EnvelopeId = null);
