using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bitmask.Daemon.Settings;

/// <summary>Reads <c>bitmaskd.json</c>; a missing file means all defaults.</summary>
internal static class SettingsFile
{
    /// <summary>What each option means; docs/settings.md shows the same, and a test compares them.</summary>
    public static readonly IReadOnlyList<(string Option, string Meaning)> Reference =
    [
        ("listen_address", "Loopback address the doors for mail programs listen on."),
        ("imap_port", "Port of the IMAP door."),
        ("smtp_port", "Port of the SMTP submission door."),
        ("http_port", "Port of the daemon's HTTP door."),
        ("tls", "How mail programs are spoken to: off: in clear, which on loopback only this computer hears; starttls: TLS after STARTTLS, and no password before it; implicit: TLS from the first octet. Programs must trust `tls/server.crt` in the daemon's folder."),
        ("name_server", "Name server as address:port for all look-ups. null: the system's resolver."),
        ("trusted_roots", "PEM files with further root certificates trusted for web connections; never replaces verification."),
        ("port_map", "Other ports for outgoing web connections, for test set-ups: {\"443\": 8443} or {\"host:443\": 8443}."),
        ("proxy", "Proxy for outgoing web connections, such as socks5://127.0.0.1:9050. null: none."),
        ("web_key_directory", "Ask the domain of a recipient for the key of the address (WKD). Never done for mail that has arrived."),
        ("key_server", "Key server that proves addresses, such as https://keys.openpgp.org/, asked last for a recipient's key. null: none; it learns whom you write to."),
        ("open_key_server", "Key server of the old kind (HKP), asked by fingerprint only, for revocations of keys that are known. null: none."),
        ("lookup", "When domains other than your own are asked for a recipient's key: send: when a mail is sent; early: already when a program asks what would happen to one, which tells the domain of a mail that may never be sent."),
        ("legacy_token_file", "Also write the mail token to /tmp/bitmask_tokens/ADDRESS.json, where old tools look for it."),
        ("poll_seconds", "How often to ask the provider when its feed is not there; up to five times as long while nothing is new."),
        ("coalesce_milliseconds", "How long what a user changes is gathered before it is sent; up to ten times as long while more comes. Mail that has arrived and keys are sent at once."),
        ("max_message_bytes", "Largest mail the SMTP and IMAP doors take, in octets."),
        ("encrypted_only", "Never send in clear: mail to somebody without a key is held until you decide. false: encrypted whenever a usable key is known."),
        ("policy", "When mail may leave in clear: whenever_possible: encrypted whenever a usable key is known, else in clear; encrypted_only: as the setting of that name; as_autocrypt_recommends: encrypted where a key is vouched for, else only when both sides' programs want it or the mail answers an encrypted one."),
        ("sign_clear", "Sign mail that leaves in clear (PGP/MIME). What the mail program has signed itself is left as it is."),
        ("undo_seconds", "How long a mail that was handed in stays before it leaves, so that it can be taken back: bitmaskctl outbox cancel."),
        ("sent_copy", "Keep a copy of what is sent in Sent. When the mail program files its own there, that one takes its place."),
        ("attachments", "Which large parts of mail are fetched before they are read: on_demand: none; new: those of mail that comes from now on; all: all, which then stay on this device whatever the limit."),
        ("attachment_cache_bytes", "Most octets of large parts kept on this device; beyond, those used longest ago are dropped, when the provider has them. Never what waits to be sent."),
        ("log_level", "Least severity that is logged. From Debug on, mail addresses may appear."),
    ];

    /// <exception cref="DaemonException">Unreadable or faulty; the message names every fault.</exception>
    public static DaemonSettings Read(string path)
    {
        var settings = new DaemonSettings();
        if (File.Exists(path))
        {
            try
            {
                settings = JsonSerializer.Deserialize(File.ReadAllBytes(path), SettingsJson.Default.DaemonSettings) ?? settings;
            }
            catch (Exception unreadable) when (unreadable is JsonException or IOException or UnauthorizedAccessException)
            {
                throw new DaemonException("bad-settings", $"{path} can not be read: {unreadable.Message}", "Correct the file, or remove it to use the defaults.");
            }
        }

        return settings.Faults() is { Count: > 0 } faults
            ? throw new DaemonException("bad-settings", $"{path}: {string.Join("; ", faults)}", "Correct the file, or remove it to use the defaults.")
            : settings;
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(DaemonSettings))]
internal sealed partial class SettingsJson : JsonSerializerContext;
