using System.CommandLine;
using Bitmask.Provider.Blobs;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.Setup;

/// <summary><c>bitmask-provider check</c>: reads every page of the database and every blob, and says what is not as it was stored.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var data = InitCommand.DataOption();
        var command = new Command("check", "Verifies the database, and every blob against the size and hash taken when it came. The provider must not be running.") { data };
        command.SetAction((parsed, cancellationToken) => Task.FromResult(Run(new DataFolder(parsed.GetRequiredValue(data)), TimeProvider.System, Console.Out, cancellationToken)));
        return command;
    }

    /// <summary>0 when all is well, 1 when something is not.</summary>
    public static int Run(DataFolder folder, TimeProvider clock, TextWriter output, CancellationToken cancellationToken)
    {
        using var store = ProviderStore.Open(folder.Database, clock);
        var faults = 0;
        foreach (var fault in store.CheckIntegrity().Concat(new BlobKeeping(store, new BlobFolder(folder.Blobs), clock).Check(cancellationToken)))
        {
            output.WriteLine(fault);
            faults++;
        }

        output.WriteLine(faults == 0
            ? "All is as it was stored."
            : $"{faults} faults. Restore what they name from a backup; clients upload blobs that they still have by themselves.");
        return faults == 0 ? 0 : 1;
    }
}
