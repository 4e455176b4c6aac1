using System.Net;
using System.Text.Json.Serialization;
using Bitmask.Protocol.Outgoing;

namespace Bitmask.Provider;

/// <summary>
/// The settings of one provider, kept as <c>settings.json</c> in its data folder. <see cref="Setup.SettingsFile"/> writes the file
/// with one comment per option; a test holds that no option lacks one.
/// </summary>
internal sealed record ProviderSettings
{
    /// <summary>Data folder; not a setting of the file, it is where the file lies.</summary>
    [JsonIgnore]
    public string DataFolder { get; set; } = "";

    public string Domain { get; set; } = "";

    public string ListenAddress { get; set; } = "0.0.0.0";

    public int WebPort { get; set; } = 443;

    public int ApiPort { get; set; } = 4430;

    public int SoledadPort { get; set; } = 2323;

    public int NicknymPort { get; set; } = 6425;

    public int MxPort { get; set; } = 25;

    public int SubmissionPort { get; set; } = 465;

    public string? WebCertificate { get; set; }

    public string? WebCertificateKey { get; set; }

    public string? NameServer { get; set; }

    public int RelayPort { get; set; } = 25;

    public int RelayRetrySeconds { get; set; } = 60;

    public IReadOnlyList<string> TrustedRoots { get; set; } = [];

    public IReadOnlyDictionary<string, int> PortMap { get; set; } = new Dictionary<string, int>();

    public string? Proxy { get; set; }

    public string? QueueKeys { get; set; }

    public string EnrollmentPolicy { get; set; } = "open";

    public int MaxMessageBytes { get; set; } = 30 * 1024 * 1024;

    public long QuotaOctets { get; set; } = 10L * 1024 * 1024 * 1024;

    public string? Postmaster { get; set; }

    public string LogLevel { get; set; } = "Information";

    /// <summary>The host names of this provider that its own authority certifies.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> HostNames => [Domain, ApiHost, SoledadHost, NicknymHost, MxHost, $"smtp.{Domain}"];

    [JsonIgnore]
    public string ApiHost => $"api.{Domain}";

    [JsonIgnore]
    public string SoledadHost => $"soledad.{Domain}";

    [JsonIgnore]
    public string NicknymHost => $"nicknym.{Domain}";

    /// <summary>One name for both SMTP doors: what the domain's MX record points at, and where its users submit.</summary>
    [JsonIgnore]
    public string MxHost => $"mx.{Domain}";

    /// <summary>Where queue keys lie: outside the data folder, so that a copy of that folder can not be read (security.md B9).</summary>
    [JsonIgnore]
    public string QueueKeysFolder => QueueKeys ?? Path.TrimEndingDirectorySeparator(Path.GetFullPath(DataFolder)) + ".queue-keys";

    /// <summary>
    /// What an account may take with documents: a twentieth more than with blobs and mail. A full account must still be able to read, flag, file and delete, which
    /// all are documents.
    /// </summary>
    [JsonIgnore]
    public long DocumentRoom => QuotaOctets + (QuotaOctets / 20);

    public OutgoingOptions ToOutgoing() => new()
    {
        NameServer = NameServer,
        TrustedRoots = [.. TrustedRoots],
        PortMap = new Dictionary<string, int>(PortMap),
        Proxy = Proxy,
    };

    /// <summary>All faults at once, each with its option's name; empty when the settings can be used.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (!Primitives.EmailAddress.TryParse("postmaster@" + Domain, out _) || Domain.Any(char.IsUpper) || !Domain.Contains('.', StringComparison.Ordinal))
        {
            faults.Add("domain: must be a mail domain in lower case, such as example.org");
        }

        if (!IPAddress.TryParse(ListenAddress, out _))
        {
            faults.Add("listen_address: must be an IP address; 0.0.0.0 or :: listens everywhere");
        }

        foreach (var (name, port) in Ports())
        {
            if (port is < 0 or > 65535)
            {
                faults.Add($"{name}: must be 1 to 65535 (0 lets the system choose, for tests)");
            }
        }

        if (RelayPort is < 1 or > 65535)
        {
            faults.Add("relay_port: must be 1 to 65535");
        }

        if (RelayRetrySeconds is < 1 or > 3600)
        {
            faults.Add("relay_retry_seconds: must be 1 to 3600");
        }

        if (MxPort != 0 && (MxPort == SubmissionPort || HttpPorts().Contains(MxPort)))
        {
            faults.Add("mx_port: must differ from every other port");
        }

        if (SubmissionPort != 0 && HttpPorts().Contains(SubmissionPort))
        {
            faults.Add("submission_port: must differ from the web ports");
        }

        if (WebCertificate is null != WebCertificateKey is null)
        {
            faults.Add("web_certificate, web_certificate_key: give both or neither");
        }

        if (EnrollmentPolicy is not ("open" or "closed"))
        {
            faults.Add("enrollment_policy: must be open or closed");
        }

        if (MaxMessageBytes < 64 * 1024)
        {
            faults.Add("max_message_bytes: must be at least 65536 (RFC 5321 §4.5.3.1.7)");
        }

        if (QuotaOctets < MaxMessageBytes)
        {
            faults.Add("quota_octets: must have room for at least one mail of max_message_bytes");
        }

        if (!Enum.TryParse<Microsoft.Extensions.Logging.LogLevel>(LogLevel, out _))
        {
            faults.Add("log_level: must be Trace, Debug, Information, Warning, Error, Critical or None");
        }

        faults.AddRange(ToOutgoing().Faults());
        var data = Path.GetFullPath(DataFolder.Length == 0 ? "." : DataFolder) + Path.DirectorySeparatorChar;
        if (DataFolder.Length > 0 && (Path.GetFullPath(QueueKeysFolder) + Path.DirectorySeparatorChar).StartsWith(data, StringComparison.Ordinal))
        {
            faults.Add("queue_keys: must lie outside the data folder, else a copy of that folder could be read");
        }

        return faults;
    }

    /// <summary>The ports of the web listeners, each once.</summary>
    public IReadOnlySet<int> HttpPorts() => new HashSet<int> { WebPort, ApiPort, SoledadPort, NicknymPort };

    private (string Name, int Port)[] Ports() =>
    [
        ("web_port", WebPort), ("api_port", ApiPort), ("soledad_port", SoledadPort), ("nicknym_port", NicknymPort),
        ("mx_port", MxPort), ("submission_port", SubmissionPort),
    ];
}
