using SharpFuzz;

namespace Bitmask.Fuzz;

/// <summary>Runs one target for a fuzzer, or for a few files; see tests/fuzz/README.md.</summary>
internal static class Program
{
    private const string Usage = """
        Bitmask.Fuzz list                     the targets and the assembly that each needs instrumented
        Bitmask.Fuzz seeds TARGET FOLDER      write the target's seeds as files, to start a fuzzer from
        Bitmask.Fuzz run TARGET FILE…         feed files to a target: what a fuzzer found, once more
        Bitmask.Fuzz afl TARGET               under afl-fuzz (instrumented assembly needed)
        Bitmask.Fuzz libfuzzer TARGET         under libfuzzer-dotnet (instrumented assembly needed)
        """;

    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["list"]:
                foreach (var target in FuzzTargets.All)
                {
                    Console.WriteLine($"{target.Name,-24} {target.Library}.dll");
                }

                return 0;
            case ["seeds", var name, var folder] when FuzzTargets.Find(name) is { } target:
                return WriteSeeds(target, folder);
            case ["run", var name, .. var files] when FuzzTargets.Find(name) is { } target:
                foreach (var file in files)
                {
                    Console.WriteLine(file);
                    target.Run(File.ReadAllBytes(file));
                }

                return 0;
            case ["afl", var name] when FuzzTargets.Find(name) is { } target:
                Fuzzer.OutOfProcess.Run(stream => target.Run(ReadAll(stream)));
                return 0;
            case ["libfuzzer", var name] when FuzzTargets.Find(name) is { } target:
                Fuzzer.LibFuzzer.Run(span => target.Run(span.ToArray()));
                return 0;
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }

    private static byte[] ReadAll(Stream stream)
    {
        using var octets = new MemoryStream();
        stream.CopyTo(octets);
        return octets.ToArray();
    }

    private static int WriteSeeds(FuzzTarget target, string folder)
    {
        Directory.CreateDirectory(folder);
        var count = 0;
        foreach (var seed in target.Seeds())
        {
            File.WriteAllBytes(Path.Combine(folder, $"{target.Name}-{count++:000}"), seed);
        }

        Console.WriteLine($"{count} seeds in {folder}");
        return 0;
    }
}
