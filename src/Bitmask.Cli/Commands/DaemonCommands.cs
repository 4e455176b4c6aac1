using System.CommandLine;
using System.Globalization;
using System.Text;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Cli.Commands;

/// <summary>version, status, stop. The last two never start a daemon.</summary>
internal static class DaemonCommands
{
    public static Command Version(CommandRunner run)
    {
        var command = new Command("version", "Print the daemon's version.");
        run.Set(command, DaemonApiJson.Default.DaemonVersion, (client, _, cancellationToken) => client.VersionAsync(cancellationToken), answer => "bitmaskd " + answer.Version);
        return command;
    }

    public static Command Status(CommandRunner run)
    {
        var command = new Command("status", "Show doors and accounts.");
        run.Set(command, DaemonApiJson.Default.DaemonStatus, (client, _, cancellationToken) => client.StatusAsync(cancellationToken), Read, startsDaemon: false);
        return command;
    }

    public static Command Stop(CommandRunner run)
    {
        var command = new Command("stop", "Lock all accounts and end the daemon.");
        run.Set(command, DaemonApiJson.Default.StopAnswer, (client, _, cancellationToken) => client.StopAsync(cancellationToken), answer => $"stopped, {answer.Locked} accounts locked", startsDaemon: false);
        return command;
    }

    private static string Read(DaemonStatus status)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"bitmaskd {status.Version}, process {status.Pid}");
        foreach (var door in status.Doors)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{door.Name,-6} {door.State} on {door.Address}{(door.Error is null ? "" : ": " + door.Error)}");
        }

        foreach (var account in status.Accounts)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{account.Address}  {account.Mode}, {(account.Unlocked ? "unlocked" : "locked")}");
            if (account.Unlocked)
            {
                text.Append(CultureInfo.InvariantCulture, $", sync {account.Sync}{Progress(account.SyncProgress)}{(account.SyncReason is null ? "" : ": " + account.SyncReason)}, {account.Unread} unread, {account.Outbox} in the outbox{(account.OwnKey == "withheld" ? ", own key withheld" : "")}");
            }

            if (account.Attachments is { } parts && (parts.ToSend > 0 || parts.ToFetch > 0))
            {
                text.Append(CultureInfo.InvariantCulture, $"\n  attachments {parts.State}, {parts.ToSend} to send, {parts.ToFetch} to fetch{(parts.Reason is null ? "" : ": " + parts.Reason)}");
            }

            if (account.Quota is { } quota)
            {
                text.Append(CultureInfo.InvariantCulture, $"\n  {Octets(quota.UsedOctets)} of {Octets(quota.LimitOctets)} used at the provider{(quota.UsedOctets >= quota.LimitOctets ? ": full" : "")}");
            }

            foreach (var news in account.Events)
            {
                text.Append(CultureInfo.InvariantCulture, $"\n  {news.Time:u} {news.Name}: {news.Message}");
            }
        }

        return text.ToString();
    }

    /// <summary>Octets for a person.</summary>
    private static string Octets(long octets)
        => octets >= 1L << 30 ? string.Create(CultureInfo.InvariantCulture, $"{octets / (double)(1L << 30):0.0} GiB") : string.Create(CultureInfo.InvariantCulture, $"{octets / (double)(1L << 20):0.0} MiB");

    private static string Progress(SyncProgressLine? progress)
        => progress is null ? "" : string.Create(CultureInfo.InvariantCulture, $" ({progress.Phase}: {progress.Done} of {progress.Total} documents, {progress.Rate:0} a second)");
}
