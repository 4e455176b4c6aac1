using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Bitmask.Testing;

/// <summary>The proof data: files of known bytes, read from the folder in BITMASK_VECTORS, else from the repository's copy.</summary>
public static class Vectors
{
    /// <summary>The folder that the vector files are read from.</summary>
    public static string Folder { get; } = Environment.GetEnvironmentVariable("BITMASK_VECTORS") is { Length: > 0 } named
        ? named
        : Path.Combine(Repository(), "tests", "vectors");

    /// <summary>Reads one file, named relative to the folder, such as <c>soledad/vector_clocks.json</c>.</summary>
    public static JsonDocument Read(string file) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, file)));

    /// <summary>
    /// Says how many cases of a file a test ran: on the test's output, and, when BITMASK_VECTORS_REPORT names a folder, in a
    /// file there, from which <c>make vectors</c> makes its table.
    /// </summary>
    public static void Report(string file, int cases, [CallerMemberName] string test = "")
    {
        TestContextOutput($"{file}: {cases} cases ({test})");
        if (Environment.GetEnvironmentVariable("BITMASK_VECTORS_REPORT") is { Length: > 0 } folder)
        {
            var name = file.Replace('/', '_') + "." + test;
            File.WriteAllText(Path.Combine(folder, name), $"{file}\t{cases}\n");
        }
    }

    /// <summary>The root of the repository that this test was built from.</summary>
    public static string Repository([CallerFilePath] string here = "")
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Bitmask.slnx")))
            {
                return folder;
            }
        }

        return Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
    }

    private static void TestContextOutput(string line) => Console.Error.WriteLine(line);
}
