using System.CommandLine;
using System.Runtime.InteropServices;

namespace Bitmask.Sandbox;

/// <summary>up, down, run, measure, dns: see docs/sandbox.md.</summary>
internal static class Program
{
    private static readonly string[] TwoPeople = ["alice@red.test", "bob@blue.test"];

    private static async Task<int> Main(string[] arguments)
    {
        var folder = new Option<DirectoryInfo?>("--dir") { Description = "Folder of the sandbox; holds sandbox.json." };
        var accounts = new Option<string>("--accounts") { Description = "Addresses, separated by spaces; each domain gets a provider.", DefaultValueFactory = _ => string.Join(' ', TwoPeople) };
        var devices = new Option<int>("--devices") { Description = "Daemons, each holding all accounts.", DefaultValueFactory = _ => 1 };
        var portBase = new Option<int?>("--port-base") { Description = "First of a hundred ports; a free range is found when absent." };
        var once = new Option<bool>("--once") { Description = "End after the mail has arrived." };
        var count = new Option<int>("--count") { Description = "Mails to measure.", DefaultValueFactory = _ => 20 };
        var zone = new Option<string>("--zone") { Description = "Zone file.", Required = true };
        var port = new Option<int>("--port") { Description = "UDP port.", Required = true };

        var root = new RootCommand("A toy world on loopback: name server, providers, daemons, people.");
        root.Subcommands.Add(Command("up", "Start a sandbox and return when all of it answers.", [folder, accounts, devices, portBase], async (parsed, _) =>
        {
            var people = (parsed.GetValue(accounts) is { Length: > 0 } named ? named : string.Join(' ', TwoPeople)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var plan = new SandboxPlan
            {
                Folder = Folder(parsed.GetValue(folder)),
                Accounts = people,
                Devices = parsed.GetValue(devices),
                PortBase = parsed.GetValue(portBase) ?? SandboxPlan.FindPortBase(people.Length),
            };
            var file = await new SandboxUp(plan, TimeProvider.System).RunAsync();
            Console.WriteLine($"{Path.Combine(plan.Folder, SandboxFile.Name)}: {file.Providers.Count} providers, {file.Daemons.Count} daemons, {file.Daemons.Sum(daemon => daemon.Accounts.Count)} accounts");
        }));
        root.Subcommands.Add(Command("down", "End exactly the processes of a sandbox.", [folder], async (parsed, _) => await SandboxDown.RunAsync(Folder(parsed.GetValue(folder)))));
        root.Subcommands.Add(Command("run", "Two providers, one daemon, one mail; stays until Ctrl-C.", [folder, once], async (parsed, stop) => await Show.RunAsync(parsed.GetValue(folder)?.FullName, TwoPeople, parsed.GetValue(once), stop)));
        root.Subcommands.Add(Command("measure", "How long mails take from 250 until an idling mail program is told; in a sandbox that runs (--dir), else in one of its own.", [folder, count], async (parsed, stop) => await Measurement.RunAsync(parsed.GetValue(folder)?.FullName, TwoPeople, parsed.GetValue(count), TimeProvider.System, stop)));
        root.Subcommands.Add(Command("dns", "The scripted name server.", [zone, port], (parsed, stop) => NameServer.RunAsync(parsed.GetValue(zone)!, parsed.GetValue(port), stop)));
        return await root.Parse(arguments).InvokeAsync();
    }

    private static Command Command(string name, string description, Option[] options, Func<ParseResult, CancellationToken, Task> action)
    {
        var command = new Command(name, description);
        foreach (var option in options)
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, _) =>
        {
            using var stop = new CancellationTokenSource();
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
            try
            {
                await action(parsed, stop.Token);
                return 0;
            }
            catch (Exception failure) when (failure is InvalidOperationException or IOException or UnauthorizedAccessException)
            {
                await Console.Error.WriteLineAsync($"sandbox: {failure.Message}");
                return 1;
            }

            void End(PosixSignalContext context)
            {
                context.Cancel = true;
                stop.Cancel();
            }
        });
        return command;
    }

    private static string Folder(DirectoryInfo? named)
        => named?.FullName ?? throw new InvalidOperationException("Name a folder: make sandbox DIR=/tmp/toy");
}
