using System.Net.Security;

namespace Bitmask.Imap;

/// <summary>Settings of the IMAP service. Every limit is there so that a stranger on the loopback cannot cost more than a little memory.</summary>
public sealed record ImapOptions
{
    /// <summary>Longest command text, in octets without literals, before login.</summary>
    public int MaxLineOctetsBeforeLogin { get; set; } = 64 * 1024;

    /// <summary>Longest command text, in octets without literals, after login. Sequence sets of large mailboxes need room.</summary>
    public int MaxLineOctets { get; set; } = 1024 * 1024;

    /// <summary>Longest literal before login: user names and passwords only.</summary>
    public int MaxLiteralOctetsBeforeLogin { get; set; } = 8 * 1024;

    /// <summary>Most octets of all literals in one command other than APPEND.</summary>
    public int MaxLiteralOctets { get; set; } = 1024 * 1024;

    /// <summary>Largest message that APPEND takes, in octets.</summary>
    public int MaxMessageOctets { get; set; } = 64 * 1024 * 1024;

    /// <summary>Most octets of all messages in one APPEND (RFC 3502), which are kept or refused together.</summary>
    public long MaxAppendOctets { get; set; } = 256L * 1024 * 1024;

    /// <summary>Silence after which a connection without login is closed.</summary>
    public TimeSpan LoginTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Silence after which a logged-in connection is closed; RFC 3501 §5.4 asks for 30 minutes at least.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(35);

    /// <summary>How long a client may leave a full window of our answers unread before the connection is dropped.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long one FETCH waits for parts that are not on this device, all its messages together. Those that have not come by then are left out, with UNAVAILABLE.</summary>
    public TimeSpan FetchTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Of how many mailboxes news may wait for one client (RFC 5465 §5.8); when there are more, it is told so and has to look for itself.</summary>
    public int MaxNotifiedMailboxes { get; set; } = 10_000;

    /// <summary>Most connections at a time; one more gets BYE.</summary>
    public int MaxConnections { get; set; } = 1000;

    /// <summary>Most connections at a time that have not logged in; one more takes the place of the oldest of them, so that nobody is shut out.</summary>
    public int MaxConnectionsBeforeLogin { get; set; } = 300;

    /// <summary>Delay of the answer to the first wrong login of a source (security.md C5); it doubles with every further one. A right login never waits.</summary>
    public TimeSpan FirstLoginDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest delay of the answer to a wrong login.</summary>
    public TimeSpan MaxLoginDelay { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>After this long without a wrong login a source begins anew.</summary>
    public TimeSpan LoginDelayMemory { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>When TLS is spoken. Default: never.</summary>
    public ImapTls Tls { get; set; }

    /// <summary>Certificates and rules for TLS, asked anew for every connection; needed unless <see cref="Tls"/> is None.</summary>
    public Func<SslServerAuthenticationOptions>? TlsOptions { get; set; }

    /// <summary>The name and version told to clients by ID (RFC 2971).</summary>
    public string ServerVersion { get; set; } = "0.1";
}
