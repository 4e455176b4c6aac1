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
        var remove = new Option<bool>("--remove-leftovers")
        {
            Description = "Removes files of the blob folder that the database does not know. Not after a restored backup: they may be blobs that came after it.",
        };
        var command = new Command("check", "Verifies the database, every blob against the size and hash taken when it came, and the blob folder against the database. The provider must not be running.") { data, remove };
        command.SetAction((parsed, cancellationToken) => Task.FromResult(
            Run(new DataFolder(parsed.GetRequiredValue(data)), TimeProvider.System, parsed.InvocationConfiguration.Output, cancellationToken, parsed.GetValue(remove))));
        return command;
    }

    /// <summary>0 when all is well, 1 when something is not.</summary>
    public static int Run(DataFolder folder, TimeProvider clock, TextWriter output, CancellationToken cancellationToken, bool removeLeftovers = false)
    {
        using var store = ProviderStore.Open(folder.Database, clock);
        var faults = 0;
        var keeping = new BlobKeeping(store, new BlobFolder(folder.Blobs), clock);
        foreach (var fault in store.CheckIntegrity().Concat(keeping.Check(cancellationToken)))
        {
            output.WriteLine(fault);
            faults++;
        }

        var (files, octets) = (0, 0L);
        foreach (var (path, length) in keeping.Leftovers(cancellationToken).ToList())
        {
            output.WriteLine($"leftover {path}: {length} octets{(removeLeftovers ? ", removed" : "")}");
            (files, octets) = (files + 1, octets + length);
            if (removeLeftovers)
            {
                File.Delete(Path.Combine(folder.Blobs, path));
            }
        }

        if (files > 0)
        {
            output.WriteLine($"{files} files with {octets} octets belong to no blob: a crash left them, or they came after the backup that the database was restored from. They do no harm.");
        }

        output.WriteLine(faults == 0
            ? "All is as it was stored."
            : $"{faults} faults. Restore what they name from a backup; clients upload blobs that they still have by themselves.");
        return faults == 0 ? 0 : 1;
    }
}
