using System.CommandLine;
using Bitmask.Cli.Commands;

namespace Bitmask.Cli;

/// <summary>The command line as a tree; one file per command group below.</summary>
internal static class BitmaskCtl
{
    public static RootCommand Build(TextWriter output, TextWriter errors)
    {
        var json = new Option<bool>("--json") { Description = "Print the daemon's answer as JSON.", Recursive = true };
        var home = new Option<string?>("--home") { Description = "Folder of the daemon; the same as BITMASK_HOME.", Recursive = true };
        var root = new RootCommand("Drives bitmaskd, which keeps your mail encrypted and serves it to your mail programs.") { json, home };
        var run = new CommandRunner(json, home, output, errors);
        root.Subcommands.Add(DaemonCommands.Version(run));
        root.Subcommands.Add(DaemonCommands.Status(run));
        root.Subcommands.Add(DaemonCommands.Stop(run));
        root.Subcommands.Add(UserCommands.Build(run));
        root.Subcommands.Add(MailCommands.Build(run));
        root.Subcommands.Add(OutboxCommands.Build(run));
        root.Subcommands.Add(StoreCommands.Build(run));
        root.Subcommands.Add(KeyCommands.Build(run));
        root.Subcommands.Add(DeviceCommands.Build(run));
        return root;
    }
}
