using System.Diagnostics;
using System.Globalization;

namespace Bitmask.Sandbox;

/// <summary>Starts programs in a session of their own, with no descriptor of ours, and ends exactly those.</summary>
internal static class Launcher
{
    /// <summary>Starts it and notes its number and start time.</summary>
    public static void Start(SandboxProcess process)
    {
        // The shell replaces itself twice (exec), so the number we get is the program's own.
        var start = new ProcessStartInfo("/bin/sh")
        {
            ArgumentList = { "-c", "log=$1; shift; exec setsid \"$@\" </dev/null >>\"$log\" 2>&1", "sh", process.Log },
            UseShellExecute = false,
        };
        foreach (var word in process.Command)
        {
            start.ArgumentList.Add(word);
        }

        foreach (var (name, value) in process.Env)
        {
            start.Environment[name] = value;
        }

        using var started = Process.Start(start) ?? throw new InvalidOperationException($"{process.Name} did not start.");
        process.Pid = started.Id;
        process.Started = StartTime(started.Id) ?? throw new InvalidOperationException($"{process.Name} ended at once; see {process.Log}.");
        File.WriteAllText(process.Pidfile, process.Pid.ToString(CultureInfo.InvariantCulture) + "\n");
    }

    /// <summary>True while the very process that was started is there.</summary>
    public static bool IsRunning(SandboxProcess process) => process.Pid > 0 && StartTime(process.Pid) == process.Started;

    /// <summary>Asks it to end (SIGTERM), and after a while makes it (SIGKILL).</summary>
    public static async Task StopAsync(SandboxProcess process)
    {
        if (!IsRunning(process))
        {
            return;
        }

        Signal(process.Pid, "-TERM");
        for (var i = 0; i < 100 && IsRunning(process); i++)
        {
            await Task.Delay(50);
        }

        if (IsRunning(process))
        {
            Signal(process.Pid, "-KILL");
            while (IsRunning(process))
            {
                await Task.Delay(10);
            }
        }

        File.Delete(process.Pidfile);
    }

    private static void Signal(int pid, string signal)
    {
        using var kill = Process.Start("/bin/kill", [signal, pid.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private static long? StartTime(int pid)
    {
        try
        {
            // The second field is the name in parentheses and may hold anything; count from its end.
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
