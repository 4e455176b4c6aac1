using System.Net.Security;

namespace Bitmask.Smtp.Server;

/// <summary>Who may send mail through a listener.</summary>
public enum SmtpAuthentication
{
    /// <summary>Everybody; the sink judges recipients (a mail exchange).</summary>
    None,

    /// <summary>Who gives a password by AUTH PLAIN or LOGIN (submission on loopback).</summary>
    Password,

    /// <summary>Who proves a certificate in TLS (submission at the provider).</summary>
    ClientCertificate,
}

/// <summary>When a listener speaks TLS.</summary>
public enum SmtpServerTls
{
    /// <summary>Never (loopback), or the host has set it up in front of the session.</summary>
    None,

    /// <summary>After STARTTLS (RFC 3207).</summary>
    StartTls,

    /// <summary>From the first octet (RFC 8314 §3.3).</summary>
    Implicit,
}

/// <summary>What a listener offers and refuses. One server for every door; these options make the difference.</summary>
public sealed record SmtpServerOptions
{
    /// <summary>The host name in the greeting and in the answer to EHLO.</summary>
    public string GreetingHost { get; set; } = "localhost";

    /// <summary>Largest message in octets, announced by SIZE (RFC 1870). Default 50 MiB.</summary>
    public int MaxMessageOctets { get; set; } = 50 * 1024 * 1024;

    /// <summary>
    /// Octets of messages that all connections of the listener may hold at once, on their way in and until they are stored; never less than one
    /// message. Default 256 MiB.
    /// </summary>
    public long MaxHeldOctets { get; set; } = 256 * 1024 * 1024;

    /// <summary>Most recipients of one mail (RFC 5321 §4.5.3.1.8 asks for 100 at least). Default 1000.</summary>
    public int MaxRecipients { get; set; } = 1000;

    /// <summary>Most commands that fail before the connection is closed. Default 20.</summary>
    public int MaxErrors { get; set; } = 20;

    /// <summary>Who may send. Default: everybody.</summary>
    public SmtpAuthentication Authentication { get; set; }

    /// <summary>Offers DSN and takes its parameters (RFC 3461). Default on.</summary>
    public bool OfferDsn { get; set; } = true;

    /// <summary>When TLS is spoken. Default: never.</summary>
    public SmtpServerTls Tls { get; set; }

    /// <summary>Certificates and rules for TLS, asked anew for every connection; needed unless <see cref="Tls"/> is None.</summary>
    public Func<SslServerAuthenticationOptions>? TlsOptions { get; set; }

    /// <summary>Longest wait for a command line or for a piece of the message (RFC 5321 §4.5.3.2.7). Default 5 minutes.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Longest time to bring a whole message. Default 1 hour.</summary>
    public TimeSpan DataTimeout { get; set; } = TimeSpan.FromHours(1);
}
