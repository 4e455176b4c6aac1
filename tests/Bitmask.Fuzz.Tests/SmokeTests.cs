using System.Globalization;
using Bitmask.Testing;

namespace Bitmask.Fuzz.Tests;

/// <summary>
/// A short run of every fuzz target with fixed seeds: a parser that falls over a simple mutation shows here, without a fuzzer. BITMASK_FUZZ_RUNS
/// multiplies the runs, BITMASK_FUZZ_SEED changes the mutations.
/// </summary>
public sealed class SmokeTests
{
    private const int Runs = 8_000;

    private static readonly int Seed = Setting("BITMASK_FUZZ_SEED", 1);
    private static readonly int Times = Setting("BITMASK_FUZZ_RUNS", 1);

    public static TheoryData<string> Targets => [.. FuzzTargets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Target_MutatedSeeds_ThrowsNothingButItsOwn(string name)
    {
        var target = FuzzTargets.Find(name)!;
        var mutator = new Mutator(Seed, [.. target.Seeds()]);
        for (var i = 0; i < Times * Runs / target.Cost; i++)
        {
            var octets = mutator.Next();
            try
            {
                target.Run(octets);
            }
            catch (Exception e)
            {
                Assert.Fail($"{name}, seed {Seed}, run {i}: {e}\nThe input, in base64: {Convert.ToBase64String(octets)}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Target_ItsSeeds_RunsThemAndTheEmptyInput(string name)
    {
        var target = FuzzTargets.Find(name)!;
        var seeds = target.Seeds().ToList();

        Assert.NotEmpty(seeds);
        Assert.All(seeds.Append([]), target.Run);
    }

    /// <summary>Input that broke a parser once, as TARGET.WHAT.</summary>
    [Fact]
    public void Target_InputFoundBefore_IsTaken()
    {
        var files = Directory.GetFiles(Path.Combine(Vectors.Repository(), "tests", "fuzz", "found"));

        Assert.NotEmpty(files);
        Assert.All(files, file => FuzzTargets.Find(Path.GetFileNameWithoutExtension(file))!.Run(File.ReadAllBytes(file)));
    }

    [Fact]
    public void Targets_Names_AreUniqueAndFitForFileNames()
    {
        Assert.Equal(FuzzTargets.All.Count, FuzzTargets.All.Select(target => target.Name).Distinct().Count());
        Assert.All(FuzzTargets.All, target => Assert.Matches("^[a-z0-9-]+$", target.Name));
    }

    [Fact]
    public void Mutator_SameSeed_SameOctets()
    {
        var (a, b) = (new Mutator(5, ["seed"u8.ToArray()]), new Mutator(5, ["seed"u8.ToArray()]));

        Assert.All(Enumerable.Range(0, 200), _ => Assert.Equal(a.Next(), b.Next()));
    }

    private static int Setting(string name, int otherwise)
        => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
