using System.Diagnostics;
using System.Globalization;
using Bitmask.Sandbox;

namespace Bitmask.EndToEnd;

/// <summary>Ends a program of a world as a power cut would, and starts it again.</summary>
internal static class Killing
{
    /// <summary>Waits, kills (SIGKILL), and waits until the program is gone.</summary>
    public static async Task KillAfterAsync(SandboxProcess victim, TimeSpan delay)
    {
        await Task.Delay(delay);
        if (Launcher.IsRunning(victim))
        {
            using var kill = Process.Start("/bin/kill", ["-KILL", victim.Pid.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
            while (Launcher.IsRunning(victim))
            {
                await Task.Delay(10);
            }
        }
    }

    /// <summary>Starts it; a daemon's accounts are unlocked again.</summary>
    public static async Task StartAgainAsync(World world, SandboxProcess victim)
    {
        Launcher.Start(victim);
        if (victim is SandboxDaemon device)
        {
            await Reachable.WaitForSocketAsync(device, device.Socket, TimeProvider.System); // bitmaskctl would else start another one meanwhile
            foreach (var account in device.Accounts)
            {
                (await World.CtlAsync(device, ["user", "auth", account.Address, "--passphrase-stdin"], account.Password + "\n")).Succeeded();
            }
        }
    }
}
