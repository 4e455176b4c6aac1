using System.Runtime.InteropServices;
using Bitmask.Daemon.Settings;
using Bitmask.Primitives;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon;

/// <summary>bitmaskd. What it is made of stands in <see cref="BitmaskDaemon"/>.</summary>
internal static class Program
{
    /// <summary>How long the daemon may take to end.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);

    private static async Task<int> Main(string[] arguments)
    {
        UnixProcess.Harden(arguments);
        try
        {
            var paths = DaemonPaths.FromEnvironment(Environment.GetEnvironmentVariable);
            if (arguments is [OfflineCommand.Name, ..])
            {
                return await OfflineCommand.RunAsync(arguments, paths, Console.In, Console.Out, TimeProvider.System, CancellationToken.None);
            }

            var settings = SettingsFile.Read(paths.SettingsFile);
            using var logs = LoggerFactory.Create(logging => logging
                .SetMinimumLevel(Enum.Parse<LogLevel>(settings.LogLevel))
                .AddFilter("Microsoft", LogLevel.Warning)
                .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None) // a door says in a line what this says in a page
                .AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat, console.UseUtcTimestamp) = (true, "yyyy-MM-dd HH:mm:ssZ ", true)));
            using var lastExit = new LastExit(EndPatience, static () => Environment.Exit(0));
            await using var daemon = await BitmaskDaemon.StartAsync(paths, settings, TimeProvider.System, logs);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
            await daemon.Stopping;
            lastExit.Asked(); // by a signal or by a command
            return 0;

            void End(PosixSignalContext context)
            {
                context.Cancel = true;
                lastExit.Asked(); // a busy pool may be long in hearing of it
                daemon.Stop();
            }
        }
        catch (InvalidOperationException nowhere) when (Environment.GetEnvironmentVariable("HOME") is not { Length: > 0 })
        {
            await Console.Error.WriteLineAsync("bitmaskd: " + nowhere.Message);
            return 1;
        }
        catch (DaemonException refused)
        {
            await Console.Error.WriteLineAsync($"bitmaskd: {refused.Message} [{refused.Code}]");
            await Console.Error.WriteLineAsync(refused.Hint ?? "");
            return 1;
        }
    }
}
