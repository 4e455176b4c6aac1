using System.Diagnostics;
using System.Text.Json;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Cli;

/// <summary>Has the daemon's program do one thing without becoming a daemon: bitmaskctl itself never opens a store (security.md B5).</summary>
internal static class OfflineDaemon
{
    /// <summary>Looks through an account's database while no daemon runs.</summary>
    public static async Task<StoreChecked> CheckStoreAsync(DaemonLocation location, string address, string? option, string passphrase, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(DaemonStarter.Find()) { RedirectStandardInput = true, RedirectStandardOutput = true, ArgumentList = { "check-store", address } };
        if (option is not null)
        {
            start.ArgumentList.Add(option);
        }

        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        if (location.Home is { } home)
        {
            start.Environment[DaemonPaths.HomeVariable] = home;
        }

        using var program = Process.Start(start) ?? throw NotDone(null);
        try
        {
            await program.StandardInput.WriteLineAsync(passphrase.AsMemory(), cancellationToken);
            program.StandardInput.Close();
            var text = await program.StandardOutput.ReadToEndAsync(cancellationToken);
            await program.WaitForExitAsync(cancellationToken);
            return program.ExitCode switch
            {
                0 or 1 => JsonSerializer.Deserialize(text, DaemonApiJson.Default.StoreChecked) ?? throw NotDone(null),
                2 => throw new DaemonClientException(JsonSerializer.Deserialize(text, DaemonApiJson.Default.DaemonError) ?? NotDone(null).Error),
                _ => throw NotDone(null),
            };
        }
        catch (JsonException e)
        {
            throw NotDone(e);
        }
        finally
        {
            if (!program.HasExited)
            {
                program.Kill();
            }
        }
    }

    private static DaemonClientException NotDone(Exception? inner)
        => new(new DaemonError("offline-failed", "The program bitmaskd ended without an answer.", "Try it by hand: bitmaskd check-store ADDRESS, with the passphrase on standard input."), inner);
}
