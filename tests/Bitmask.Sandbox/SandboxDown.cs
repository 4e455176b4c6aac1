namespace Bitmask.Sandbox;

/// <summary>Ends the processes that a sandbox.json names, and none that merely took over a number.</summary>
internal static class SandboxDown
{
    public static async Task RunAsync(string folder)
    {
        if (!File.Exists(Path.Combine(folder, SandboxFile.Name)))
        {
            throw new InvalidOperationException($"There is no sandbox in {folder}.");
        }

        var file = SandboxFile.Read(folder);
        foreach (var process in file.Processes)
        {
            await Launcher.StopAsync(process);
        }

        // The name goes, so that a later sandbox may use the folder's neighbours without confusion; what was stored stays to be looked at.
        File.Move(Path.Combine(folder, SandboxFile.Name), Path.Combine(folder, "sandbox.ended.json"), overwrite: true);
    }
}
