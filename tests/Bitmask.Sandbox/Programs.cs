using System.Diagnostics;

namespace Bitmask.Sandbox;

/// <summary>The three programs, as built beside this one, and a way to run one to its end.</summary>
internal static class Programs
{
    public static string Daemon { get; } = Find("Bitmask.Daemon", "bitmaskd");

    public static string Cli { get; } = Find("Bitmask.Cli", "bitmaskctl");

    public static string Provider { get; } = Find("Bitmask.Provider", "bitmask-provider");

    /// <summary>Runs a program to its end and answers what it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message holds what it said.</exception>
    public static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, string? input = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input);
        }

        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{Path.GetFileName(program)} {string.Join(' ', arguments)} failed ({process.ExitCode}): {await errors}{await output}");
    }

    private static string Find(string project, string program)
    {
        // …/artifacts/bin/Bitmask.Sandbox/<configuration>/ → the same configuration of the other project.
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(here.Parent!.Parent!.FullName, project, here.Name, program);
    }
}
