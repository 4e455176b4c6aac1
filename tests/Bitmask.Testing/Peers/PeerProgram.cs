using System.Diagnostics;
using System.Text;

namespace Bitmask.Testing.Peers;

/// <summary>What one run of another program answered.</summary>
public sealed record PeerAnswer(string Program, int ExitCode, byte[] Output, string Errors)
{
    public string Text => Encoding.UTF8.GetString(Output);

    public PeerAnswer Succeeded() => ExitCode == 0 ? this : throw new InvalidOperationException($"{Program} ended with {ExitCode}: {Errors}");
}

/// <summary>Another program that reads and writes the same formats, run once for each thing.</summary>
public static class PeerProgram
{
    /// <summary>Whether the program stands in the path.</summary>
    public static bool IsThere(string program)
        => Environment.GetEnvironmentVariable("PATH")?.Split(':').Any(folder => File.Exists(Path.Combine(folder, program))) == true;

    /// <summary>Runs it in <paramref name="folder"/>, which is its home, too.</summary>
    public static PeerAnswer Run(string program, string folder, IEnumerable<string> arguments, ReadOnlyMemory<byte> input)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
            Environment = { ["HOME"] = folder, ["LC_ALL"] = "C" },
        };
        using var process = Process.Start(start)!;
        using var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.BaseStream.Write(input.Span);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read everything; its exit code says why.
        }

        reading.GetAwaiter().GetResult();
        process.WaitForExit();
        return new PeerAnswer(program, process.ExitCode, output.ToArray(), errors.GetAwaiter().GetResult());
    }
}
