namespace Bitmask.Imap;

/// <summary>When the service speaks TLS.</summary>
public enum ImapTls
{
    /// <summary>Never: it listens on loopback only.</summary>
    None,

    /// <summary>After STARTTLS (RFC 9051 §6.2.1); no password is taken before it.</summary>
    StartTls,

    /// <summary>From the first octet (RFC 8314 §3.2).</summary>
    Implicit,
}
