using System.CommandLine;

namespace Bitmask.Provider.Setup;

/// <summary><c>bitmask-provider init</c>: every option of the settings file, with the file's own words as help.</summary>
internal static class InitCommand
{
    private static readonly ProviderSettings Defaults = new();

    public static Option<string> DataOption() => new("--data") { Description = "The provider's data folder.", Required = true };

    public static Command Create()
    {
        var data = DataOption();
        var domain = new Option<string>("--domain") { Description = Meaning("domain"), Required = true };
        var listen = Of("listen_address", Defaults.ListenAddress);
        var (web, api, soledad, nicknym) = (Of("web_port", Defaults.WebPort), Of("api_port", Defaults.ApiPort), Of("soledad_port", Defaults.SoledadPort), Of("nicknym_port", Defaults.NicknymPort));
        var (mx, submission) = (Of("mx_port", Defaults.MxPort), Of("submission_port", Defaults.SubmissionPort));
        var (certificate, key) = (Of("web_certificate", Defaults.WebCertificate), Of("web_certificate_key", Defaults.WebCertificateKey));
        var (nameServer, relayPort, retry) = (Of("name_server", Defaults.NameServer), Of("relay_port", Defaults.RelayPort), Of("relay_retry_seconds", Defaults.RelayRetrySeconds));
        var roots = new Option<string[]>("--trusted-roots") { Description = Meaning("trusted_roots") + " May be given several times.", AllowMultipleArgumentsPerToken = false };
        var ports = new Option<string[]>("--port-map") { Description = "One entry of port_map as FROM=TO, such as 443=8443 or nicknym.example.org:6425=7425. May be given several times." };
        var (proxy, queueKeys) = (Of("proxy", Defaults.Proxy), Of("queue_keys", Defaults.QueueKeys));
        var postmaster = Of("postmaster", Defaults.Postmaster);
        var quota = Of("quota_octets", Defaults.QuotaOctets);
        var (policy, size, level) = (Of("enrollment_policy", Defaults.EnrollmentPolicy), Of("max_message_bytes", Defaults.MaxMessageBytes), Of("log_level", Defaults.LogLevel));
        var command = new Command("init", "Makes a provider in a folder: authorities, keys, settings. What exists is never overwritten; running it again is harmless.")
        {
            data, domain, listen, web, api, soledad, nicknym, mx, submission, certificate, key, nameServer, relayPort, retry, roots, ports, proxy, queueKeys, policy, size, quota, postmaster, level,
        };
        command.SetAction(parsed =>
        {
            var made = ProviderInit.Run(
                new ProviderSettings
                {
                    DataFolder = parsed.GetRequiredValue(data),
                    Domain = parsed.GetRequiredValue(domain),
                    ListenAddress = parsed.GetRequiredValue(listen),
                    WebPort = parsed.GetRequiredValue(web),
                    ApiPort = parsed.GetRequiredValue(api),
                    SoledadPort = parsed.GetRequiredValue(soledad),
                    NicknymPort = parsed.GetRequiredValue(nicknym),
                    MxPort = parsed.GetRequiredValue(mx),
                    SubmissionPort = parsed.GetRequiredValue(submission),
                    WebCertificate = FullPath(parsed.GetValue(certificate)),
                    WebCertificateKey = FullPath(parsed.GetValue(key)),
                    NameServer = parsed.GetValue(nameServer),
                    RelayPort = parsed.GetRequiredValue(relayPort),
                    RelayRetrySeconds = parsed.GetRequiredValue(retry),
                    TrustedRoots = [.. (parsed.GetValue(roots) ?? []).Select(path => FullPath(path)!)],
                    PortMap = ReadPorts(parsed.GetValue(ports) ?? []),
                    Proxy = parsed.GetValue(proxy),
                    QueueKeys = FullPath(parsed.GetValue(queueKeys)),
                    EnrollmentPolicy = parsed.GetRequiredValue(policy),
                    MaxMessageBytes = parsed.GetRequiredValue(size),
                    QuotaOctets = parsed.GetRequiredValue(quota),
                    Postmaster = parsed.GetValue(postmaster),
                    LogLevel = parsed.GetRequiredValue(level),
                },
                TimeProvider.System);
            foreach (var line in made.Select(line => "made " + line).DefaultIfEmpty("All is there already; nothing was changed."))
            {
                parsed.InvocationConfiguration.Output.WriteLine(line);
            }
        });
        return command;
    }

    private static Option<T> Of<T>(string setting, T defaultValue) => new("--" + setting.Replace('_', '-'))
    {
        Description = Meaning(setting),
        DefaultValueFactory = _ => defaultValue,
    };

    private static string Meaning(string setting) => SettingsFile.Reference.First(entry => entry.Option == setting).Meaning;

    private static string? FullPath(string? path) => path is null ? null : Path.GetFullPath(path);

    private static Dictionary<string, int> ReadPorts(string[] entries) => entries.Select(entry => entry.Split('=')).ToDictionary(
        parts => parts[0],
        parts => parts.Length == 2 && int.TryParse(parts[1], out var port) ? port : throw new ProviderException($"--port-map {string.Join('=', parts)} must read FROM=TO, such as 443=8443."));
}
