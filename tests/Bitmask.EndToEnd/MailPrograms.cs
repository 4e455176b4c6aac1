using Bitmask.Sandbox;

namespace Bitmask.EndToEnd;

/// <summary>Settings of other people's mail programs for an account on a device, as a person would write them.</summary>
internal static class MailPrograms
{
    /// <summary>For mbsync: both ways, into maildirs in a folder. Returns the settings' path.</summary>
    public static async Task<string> WriteMbsyncAsync(SandboxDaemon device, SandboxAccount account, string folder, string patterns)
    {
        var settings = Path.Combine(folder, "rc");
        await File.WriteAllTextAsync(settings, $"""
            IMAPAccount d
            Host {device.Imap.Host}
            Port {device.Imap.Port}
            User {account.Address}
            Pass {account.Token}
            SSLType None
            AuthMechs LOGIN

            IMAPStore d-remote
            Account d

            MaildirStore d-local
            Path {folder}/
            Inbox {folder}/INBOX
            SubFolders Verbatim

            Channel d
            Far :d-remote:
            Near :d-local:
            Patterns {patterns}
            Create Both
            Expunge Both
            SyncState *

            """);
        return settings;
    }

    /// <summary>For neomutt, which is told what to do by keys.</summary>
    public static async Task WriteNeomuttAsync(SandboxDaemon device, SandboxAccount account, string path, string mailbox)
    {
        var root = $"imap://{Uri.EscapeDataString(account.Address)}@{device.Imap.Host}:{device.Imap.Port}/";
        await File.WriteAllTextAsync(path, $"""
            set quit=yes confirmappend=no confirmcreate=no delete=yes move=no mark_old=no timeout=2
            set header_cache="" ssl_starttls=no ssl_force_tls=no mbox_type=mbox
            set imap_user="{account.Address}" imap_pass="{account.Token}" imap_authenticators="plain:login"
            set folder="{root}"
            set spoolfile="{root}{mailbox}"

            """);
    }
}
