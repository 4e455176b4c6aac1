using System.Net;
using System.Text.Json.Serialization;
using Bitmask.Imap;
using Bitmask.Protocol.Outgoing;
using Bitmask.Smtp.Server;

namespace Bitmask.Daemon.Settings;

/// <summary>The settings of one daemon, kept in <c>bitmaskd.json</c>. <see cref="SettingsFile"/> holds each option's meaning.</summary>
internal sealed record DaemonSettings
{
    private const string WheneverPossible = "whenever_possible";
    private const string OnlyEncrypted = "encrypted_only";
    private const string AsAutocryptRecommends = "as_autocrypt_recommends";

    public string ListenAddress { get; set; } = "127.0.0.1";

    public int ImapPort { get; set; } = 1984;

    public int SmtpPort { get; set; } = 2013;

    public int HttpPort { get; set; } = 7070;

    public string Tls { get; set; } = "off";

    public string? NameServer { get; set; }

    public IReadOnlyList<string> TrustedRoots { get; set; } = [];

    public IReadOnlyDictionary<string, int> PortMap { get; set; } = new Dictionary<string, int>();

    public string? Proxy { get; set; }

    public bool WebKeyDirectory { get; set; } = true;

    public string? KeyServer { get; set; }

    public string? OpenKeyServer { get; set; }

    public string Lookup { get; set; } = "send";

    public bool LegacyTokenFile { get; set; }

    public int PollSeconds { get; set; } = 60;

    public int CoalesceMilliseconds { get; set; } = 1000;

    public int MaxMessageBytes { get; set; } = 50 * 1024 * 1024;

    public bool EncryptedOnly { get; set; }

    public string Policy { get; set; } = WheneverPossible;

    public bool SignClear { get; set; } = true;

    public int UndoSeconds { get; set; }

    public bool SentCopy { get; set; } = true;

    public string Attachments { get; set; } = "new";

    public long AttachmentCacheBytes { get; set; } = 2L << 30;

    public string LogLevel { get; set; } = "Information";

    /// <summary>What <see cref="Tls"/> means at the IMAP door.</summary>
    [JsonIgnore]
    public ImapTls ImapTls => Tls switch { "starttls" => ImapTls.StartTls, "implicit" => ImapTls.Implicit, _ => ImapTls.None };

    /// <summary>What <see cref="Tls"/> means at the SMTP door.</summary>
    [JsonIgnore]
    public SmtpServerTls SmtpTls => Tls switch { "starttls" => SmtpServerTls.StartTls, "implicit" => SmtpServerTls.Implicit, _ => SmtpServerTls.None };

    /// <summary>What of this everything that goes out is told.</summary>
    public OutgoingOptions ToOutgoing() => new()
    {
        NameServer = NameServer,
        TrustedRoots = [.. TrustedRoots],
        PortMap = new Dictionary<string, int>(PortMap),
        Proxy = Proxy,
    };

    /// <summary>How accounts send.</summary>
    public Mail.Pipelines.OutgoingOptions ToSending() => new()
    {
        FirstDelay = TimeSpan.FromSeconds(5),
        Policy = EncryptedOnly || Policy == OnlyEncrypted ? Mail.OutboxPolicy.EncryptedOnly
            : Policy == AsAutocryptRecommends ? Mail.OutboxPolicy.AsAutocryptRecommends
            : Mail.OutboxPolicy.WheneverPossible,
        SignsClear = SignClear,
        UndoWindow = TimeSpan.FromSeconds(UndoSeconds),
        KeepCopy = SentCopy,
        LooksEarly = Lookup == "early",
    };

    /// <summary>All faults at once, each with its option's name; empty when the settings can be used.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (!IPAddress.TryParse(ListenAddress, out var address) || !IPAddress.IsLoopback(address))
        {
            faults.Add("listen_address: must be a loopback address: the doors are for programs of this computer only");
        }

        foreach (var (name, port) in ((string, int)[])[("imap_port", ImapPort), ("smtp_port", SmtpPort), ("http_port", HttpPort)])
        {
            if (port is < 1 or > 65535)
            {
                faults.Add($"{name}: must be 1 to 65535");
            }
        }

        if (new HashSet<int> { ImapPort, SmtpPort, HttpPort }.Count != 3)
        {
            faults.Add("imap_port, smtp_port, http_port: must differ from each other");
        }

        if (Tls is not ("off" or "starttls" or "implicit"))
        {
            faults.Add("tls: must be off, starttls or implicit");
        }

        foreach (var (name, url) in ((string, string?)[])[("key_server", KeyServer), ("open_key_server", OpenKeyServer)])
        {
            if (url is not null && !(Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps && uri.AbsolutePath.EndsWith('/')))
            {
                faults.Add($"{name}: must be a URL with https and a slash at its end, such as https://keys.openpgp.org/");
            }
        }

        if (Lookup is not ("send" or "early"))
        {
            faults.Add("lookup: must be send or early");
        }

        if (Policy is not (WheneverPossible or OnlyEncrypted or AsAutocryptRecommends))
        {
            faults.Add("policy: must be whenever_possible, encrypted_only or as_autocrypt_recommends");
        }
        else if (EncryptedOnly && Policy == AsAutocryptRecommends)
        {
            faults.Add("policy, encrypted_only: say different things; leave encrypted_only out");
        }

        if (PollSeconds is < 5 or > 86400)
        {
            faults.Add("poll_seconds: must be 5 to 86400");
        }

        if (CoalesceMilliseconds is < 0 or > 60000)
        {
            faults.Add("coalesce_milliseconds: must be 0 to 60000");
        }

        if (UndoSeconds is < 0 or > 3600)
        {
            faults.Add("undo_seconds: must be 0 to 3600");
        }

        if (MaxMessageBytes < 64 * 1024)
        {
            faults.Add("max_message_bytes: must be at least 65536");
        }

        if (Attachments is not ("on_demand" or "new" or "all"))
        {
            faults.Add("attachments: must be on_demand, new or all");
        }

        if (AttachmentCacheBytes < 16 << 20)
        {
            faults.Add("attachment_cache_bytes: must be at least 16777216");
        }

        if (!Enum.GetNames<LogLevel>().Contains(LogLevel))
        {
            faults.Add("log_level: must be Trace, Debug, Information, Warning, Error, Critical or None");
        }

        faults.AddRange(ToOutgoing().Faults());
        return faults;
    }
}
