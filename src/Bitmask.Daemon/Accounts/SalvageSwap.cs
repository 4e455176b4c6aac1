using System.Text;
using Bitmask.Sqlite;

namespace Bitmask.Daemon.Accounts;

/// <summary>
/// Puts salvaged databases in the place of damaged ones, which move into a folder of their own. Once the file <c>ready</c> is on the disk the rest is done, by whoever comes next if the program ends in
/// between; before it nothing of the account has been touched.
/// </summary>
internal sealed class SalvageSwap
{
    private const string BuildingName = "salvage";
    private const string ReadyName = "ready";
    private static readonly string[] Companions = ["-wal", "-shm", ".salt", ""];

    private readonly string _folder;

    public SalvageSwap(string accountFolder)
    {
        _folder = accountFolder;
        Building = Path.Combine(accountFolder, BuildingName);
        Abandon(); // left by a salvage that was ended
        DurableFile.CreateDirectory0700(Building);
    }

    /// <summary>The folder that the new files are made in, under the names that they will have.</summary>
    public string Building { get; }

    /// <summary>Finishes a swap that was ready.</summary>
    public static void FinishPending(string accountFolder)
    {
        var building = Path.Combine(accountFolder, BuildingName);
        var ready = Path.Combine(building, ReadyName);
        if (!File.Exists(ready))
        {
            return;
        }

        var aside = Path.Combine(accountFolder, File.ReadAllText(ready));
        DurableFile.CreateDirectory0700(aside);
        foreach (var made in Directory.EnumerateFiles(building, "*.db").Order(StringComparer.Ordinal).ToList())
        {
            // While the new file is not in its place, what is there is the damaged one.
            var name = Path.GetFileName(made);
            foreach (var companion in Companions.Where(companion => File.Exists(Path.Combine(accountFolder, name + companion))))
            {
                File.Move(Path.Combine(accountFolder, name + companion), Path.Combine(aside, name + companion), overwrite: true);
            }

            DurableFile.SyncFolder(aside);
            DurableFile.SyncFolder(accountFolder);
            File.Move(made, Path.Combine(accountFolder, name));
        }

        DurableFile.SyncFolder(accountFolder);
        Directory.Delete(building, recursive: true);
    }

    /// <summary>The new files are closed and whole: they take the place of the old ones. Answers where those are now.</summary>
    public string Complete(DateTimeOffset now)
    {
        var name = now.UtcDateTime.ToString("'damaged-'yyyyMMdd-HHmmss", System.Globalization.CultureInfo.InvariantCulture);
        var aside = name;
        for (var i = 2; Directory.Exists(Path.Combine(_folder, aside)); i++)
        {
            aside = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name}-{i}");
        }

        DurableFile.SyncFileSystem(Building);
        DurableFile.WriteAllBytes(Path.Combine(Building, ReadyName), Encoding.UTF8.GetBytes(aside));
        FinishPending(_folder);
        return Path.Combine(_folder, aside);
    }

    /// <summary>Nothing comes of it.</summary>
    public void Abandon()
    {
        if (Directory.Exists(Building))
        {
            Directory.Delete(Building, recursive: true);
        }
    }
}
