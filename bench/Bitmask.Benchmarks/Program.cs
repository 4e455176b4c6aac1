using Bitmask.Benchmarks;
using Bitmask.Benchmarks.Measured;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

if (args is [ChildProvider.Command, var folder])
{
    await ChildProvider.ServeAsync(folder);
    return;
}

if (args is [ImapServer.Command, var home, var port])
{
    await ImapServer.RunAsync(home, int.Parse(port, System.Globalization.CultureInfo.InvariantCulture));
    return;
}

// The runs of the goals, each with its peer, memory and processor time: named, or all of them by "measured" alone.
if (args is ["measured", .. var names])
{
    var runs = new Dictionary<string, Func<Task>>
    {
        ["openpgp-messages"] = OpenPgpMessages.RunAsync,
        ["store-put"] = StorePut.RunAsync,
        ["first-sync"] = FirstSync.RunAsync,
        ["one-flag"] = OneFlag.RunAsync,
        ["search-text"] = SearchText.RunAsync,
        ["incoming"] = IncomingBox.RunAsync,
        ["blobs-large"] = BlobRuns.LargeAsync,
        ["blobs-small"] = BlobRuns.SmallAsync,
        ["blob-huge"] = BlobRuns.HugeAsync,
    };
    foreach (var name in names.Length > 0 ? names : [.. runs.Keys])
    {
        await runs[name]();
    }

    return;
}

// In this process: the build's settings are the house's own, and a second build of everything would measure nothing more.
var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithGcServer(false)
    .WithMinIterationTime(TimeInterval.FromMilliseconds(200)).WithWarmupCount(4).WithIterationCount(15);
var config = ManualConfig.CreateEmpty()
    .AddJob(job)
    .AddColumnProvider(DefaultColumnProviders.Instance)
    .AddColumn(StatisticColumn.Median, StatisticColumn.P95)
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddExporter(MarkdownExporter.GitHub)
    .AddLogger(ConsoleLogger.Default)
    .WithArtifactsPath(Path.Combine(Bitmask.Testing.Vectors.Repository(), "artifacts", "bench"));
BenchmarkSwitcher.FromAssembly(typeof(StoreBenchmarks).Assembly).Run(args.Length > 0 ? args : ["--filter", "*"], config);
