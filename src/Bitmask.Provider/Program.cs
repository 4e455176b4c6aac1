using System.CommandLine;
using System.Runtime.InteropServices;
using Bitmask.Primitives;
using Bitmask.Provider.Setup;

namespace Bitmask.Provider;

/// <summary>The program <c>bitmask-provider</c>: <c>init</c> makes a provider in a folder, <c>serve</c> runs it, <c>check</c> verifies what it keeps.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        UnixProcess.Harden(args);
        var root = new RootCommand("A mail provider that can not read its users' mail.") { InitCommand.Create(), ServeCommand(), CheckCommand.Create() };
        try
        {
            return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (ProviderException e)
        {
            await Console.Error.WriteLineAsync("bitmask-provider: " + e.Message);
            return 1;
        }
    }

    private static Command ServeCommand()
    {
        var data = InitCommand.DataOption();
        var command = new Command("serve", "Runs the provider until it gets SIGTERM or SIGINT.") { data };
        command.SetAction((parsed, cancellationToken) => ServeAsync(parsed.GetRequiredValue(data), cancellationToken));
        return command;
    }

    private static async Task<int> ServeAsync(string dataFolder, CancellationToken cancellationToken)
    {
        var settings = SettingsFile.Read(dataFolder);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var logs = LoggerFactory.Create(logging => AddConsole(logging, settings));
        var logger = logs.CreateLogger("Bitmask.Provider");
        await using (var host = await ProviderHost.StartAsync(settings, new ProviderHostOptions { Logging = logging => AddConsole(logging, settings) }, stop.Token))
        {
            var ports = host.Ports;
            HostLog.Serving(logger, settings.Domain, settings.ListenAddress, ports.Web, ports.Api, ports.Soledad, ports.Nicknym, ports.Mx, ports.Submission);
            await Task.Delay(Timeout.InfiniteTimeSpan, stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        HostLog.Stopped(logger);
        return 0;
    }

    private static void AddConsole(ILoggingBuilder logging, ProviderSettings settings) => logging
        .SetMinimumLevel(Enum.Parse<LogLevel>(settings.LogLevel))
        .AddFilter("Microsoft", LogLevel.Warning)
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ssZ ";
        });
}
