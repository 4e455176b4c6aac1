using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Bitmask.Smtp;

/// <summary>One mail on its way in: what MAIL, RCPT and DATA said, and who said it. Lives from MAIL to the answer after DATA.</summary>
public sealed class SmtpTransaction
{
    /// <summary>The user that AUTH accepted; null without.</summary>
    public string? AuthenticatedUser { get; init; }

    /// <summary>The certificate the client proved in TLS; null without. The TLS options that the listener was given have judged its chain.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Where the connection comes from.</summary>
    public IPAddress RemoteAddress { get; init; } = IPAddress.None;

    /// <summary>What the client called itself in HELO or EHLO.</summary>
    public string Helo { get; init; } = "";

    /// <summary>The client speaks EHLO, not HELO.</summary>
    public bool IsExtended { get; init; }

    /// <summary>The connection is encrypted.</summary>
    public bool IsTls { get; init; }

    /// <summary>The TLS version, such as <c>TLS1.3</c>; null without TLS.</summary>
    public string? TlsVersion { get; init; }

    /// <summary>The envelope sender without angle brackets; empty for the null sender.</summary>
    public string ReversePath { get; init; } = "";

    /// <summary>The ENVID parameter, decoded from xtext (RFC 3461 §4.4); null when absent.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>The RET parameter (RFC 3461 §4.3), <c>FULL</c> or <c>HDRS</c>; null when absent.</summary>
    public string? Return { get; init; }

    /// <summary>The SIZE parameter (RFC 1870 §6); null when absent.</summary>
    public long? DeclaredSize { get; init; }

    /// <summary>The client asked for SMTPUTF8 (RFC 6531 §3.4).</summary>
    public bool SmtpUtf8 { get; init; }

    /// <summary>BODY=8BITMIME was given (RFC 6152 §2).</summary>
    public bool Is8Bit { get; init; }

    /// <summary>The recipients accepted so far, in order.</summary>
    public List<SmtpRecipient> Recipients { get; } = [];

    /// <summary>The raw octets after DATA, dots unstuffed, CRLF kept; empty before. Valid as long as the transaction.</summary>
    public ReadOnlyMemory<byte> Message { get; set; }

    /// <summary>The word after <c>with</c> in a Received field (RFC 3848).</summary>
    public string WithProtocol => !IsExtended ? "SMTP"
        : (SmtpUtf8 ? "UTF8SMTP" : "ESMTP") + (IsTls ? "S" : "") + (AuthenticatedUser is not null || ClientCertificate is not null ? "A" : "");
}
