using System.Diagnostics;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Cli;

/// <summary>Starts the daemon when it does not run: in a session of its own, its output in its log.</summary>
internal static class DaemonStarter
{
    /// <summary>A busy machine takes its time; one that ended will not answer, unless another was starting already.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PatienceAfterEnd = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static async Task EnsureRunningAsync(DaemonClient client, DaemonLocation location, CancellationToken cancellationToken)
    {
        if (await AnswersAsync(client, cancellationToken))
        {
            return;
        }

        using var started = Start(location);
        var clock = TimeProvider.System;
        var start = clock.GetTimestamp();
        while (!await AnswersAsync(client, cancellationToken))
        {
            if (clock.GetElapsedTime(start) > (started.HasExited ? PatienceAfterEnd : Patience))
            {
                throw new DaemonClientException(new DaemonError("start-failed", "The daemon was started but does not answer.", $"Its log: {location.Log}"));
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private static async Task<bool> AnswersAsync(DaemonClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.VersionAsync(cancellationToken);
            return true;
        }
        catch (DaemonClientException unreachable) when (unreachable.Error.Code == DaemonClientException.NotRunning)
        {
            return false;
        }
    }

    private static Process Start(DaemonLocation location)
    {
        var program = Find();
        Directory.CreateDirectory(Path.GetDirectoryName(location.Log)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var start = new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", "umask 077; exec setsid \"$1\" </dev/null >>\"$2\" 2>&1", "sh", program, location.Log } };
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        if (location.Home is { } home)
        {
            start.Environment[DaemonPaths.HomeVariable] = home;
        }

        return Process.Start(start) ?? throw new DaemonClientException(new DaemonError("start-failed", "The daemon could not be started.", $"Its log: {location.Log}"));
    }

    /// <summary>Beside this program, where a package puts it; else in the build tree.</summary>
    public static string Find()
    {
        const string Name = "bitmaskd";
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        string[] places = [Path.Combine(here.FullName, Name), Path.Combine(here.Parent?.Parent?.FullName ?? "/", "Bitmask.Daemon", here.Name, Name)];
        return places.FirstOrDefault(File.Exists)
            ?? throw new DaemonClientException(new DaemonError("no-daemon", "The program bitmaskd is not beside bitmaskctl.", "Start bitmaskd yourself, then try again."));
    }
}
