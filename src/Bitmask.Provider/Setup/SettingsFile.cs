using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Bitmask.Provider.Setup;

/// <summary>Reads and writes <c>settings.json</c>: JSON with a comment above each option.</summary>
internal static class SettingsFile
{
    public const string Name = "settings.json";

    /// <summary>What each option means, in the order of the file.</summary>
    public static readonly IReadOnlyList<(string Option, string Meaning)> Reference =
    [
        ("domain", "The mail domain this provider serves; its host names are api., soledad., nicknym. and mx. below it."),
        ("listen_address", "IP address all doors listen on; 0.0.0.0 or :: means every address of this machine."),
        ("web_port", "HTTPS port of the domain itself: provider.json, ca.crt. Ports of the four HTTPS doors may be equal: one listener then."),
        ("api_port", "HTTPS port of api.DOMAIN: accounts, login, certificates."),
        ("soledad_port", "HTTPS port of soledad.DOMAIN: documents, key records, incoming box."),
        ("nicknym_port", "HTTPS port of nicknym.DOMAIN: public keys. Clients expect 6425."),
        ("mx_port", "SMTP port for mail from the world."),
        ("submission_port", "SMTP port for mail of our own users: TLS 1.3 with their client certificate."),
        ("web_certificate", "PEM file with the certificate chain for the domain's own name, from a public authority. null: our own authority's certificate, which clients without ca.crt refuse."),
        ("web_certificate_key", "PEM file with the private key to web_certificate."),
        ("name_server", "Name server as address:port for all look-ups, such as 127.0.0.1:53. null: the system's."),
        ("relay_port", "Port of other domains' mail exchangers. 25 in the real world."),
        ("relay_retry_seconds", "Pause before the first repetition when another domain's server did not take a mail; it doubles up to 4 hours, for 5 days."),
        ("trusted_roots", "PEM files with further root certificates trusted for web connections to other providers; never replaces verification."),
        ("port_map", "Other ports for outgoing web connections, for test set-ups: {\"443\": 8443} or {\"host:443\": 8443}."),
        ("proxy", "Proxy for outgoing web connections, such as socks5://127.0.0.1:9050. null: none."),
        ("queue_keys", "Folder for the keys of the mail queue. It must lie outside the data folder, and is not to be in its backups. null: the data folder's name with .queue-keys added."),
        ("enrollment_policy", "open: anyone may sign up; closed: nobody."),
        ("max_message_bytes", "Largest mail accepted, in octets."),
        ("quota_octets", "Room of one account for documents, waiting mail and blobs together, in octets. A full account takes no blobs and no mail (senders are told to come again); documents, by which one deletes, it takes up to a twentieth more."),
        ("postmaster", "Login of the user who gets the mail for postmaster, abuse, hostmaster and webmaster (RFC 2142). null: such mail is refused."),
        ("log_level", "Least severity that is logged. From Debug on, mail addresses may appear."),
    ];

    /// <summary>Reads the settings of a data folder and checks them.</summary>
    /// <exception cref="ProviderException">Missing, unreadable or faulty; the message says what to do.</exception>
    public static ProviderSettings Read(string dataFolder)
    {
        var path = Path.Combine(dataFolder, Name);
        if (!File.Exists(path))
        {
            throw new ProviderException($"There is no provider in {dataFolder} ({Name} is missing). Make one with: bitmask-provider init --data {dataFolder} --domain DOMAIN");
        }

        ProviderSettings? settings;
        try
        {
            settings = JsonSerializer.Deserialize(File.ReadAllBytes(path), SettingsJson.Default.ProviderSettings);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ProviderException($"{path} can not be read: {e.Message} Correct it, or restore it from a backup.", e);
        }

        settings = (settings ?? throw new ProviderException($"{path} is empty. Restore it from a backup.")) with { DataFolder = dataFolder };
        Check(settings, path);
        return settings;
    }

    /// <summary>Throws when the settings can not be used, naming every fault.</summary>
    public static void Check(ProviderSettings settings, string where)
    {
        if (settings.Faults() is { Count: > 0 } faults)
        {
            throw new ProviderException($"{where} has {(faults.Count == 1 ? "a fault" : $"{faults.Count} faults")}:{string.Concat(faults.Select(f => "\n  " + f))}");
        }
    }

    /// <summary>The text of the file: every option with its meaning and value.</summary>
    public static string Render(ProviderSettings settings)
    {
        var values = JsonSerializer.SerializeToNode(settings, SettingsJson.Default.ProviderSettings)!.AsObject();
        var text = new StringBuilder("{\n");
        foreach (var (option, meaning) in Reference)
        {
            text.Append("  // ").Append(meaning).Append('\n').Append("  \"").Append(option).Append("\": ")
                .Append(Text(values[option])).Append(option == Reference[^1].Option ? "\n" : ",\n");
        }

        return text.Append("}\n").ToString();

        static string Text(JsonNode? node) => node?.ToJsonString() ?? "null";
    }

    /// <summary>Names of the options in which two settings differ.</summary>
    public static IReadOnlyList<string> Differences(ProviderSettings a, ProviderSettings b)
    {
        var (x, y) = (JsonSerializer.SerializeToNode(a, SettingsJson.Default.ProviderSettings)!.AsObject(), JsonSerializer.SerializeToNode(b, SettingsJson.Default.ProviderSettings)!.AsObject());
        return [.. Reference.Select(r => r.Option).Where(option => !JsonNode.DeepEquals(x[option], y[option]))];
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ProviderSettings))]
internal sealed partial class SettingsJson : JsonSerializerContext;
