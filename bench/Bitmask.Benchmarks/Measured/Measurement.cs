using System.Diagnostics;
using System.Globalization;

namespace Bitmask.Benchmarks.Measured;

/// <summary>
/// Figures of whole runs: the median of their times, the processor's seconds, and by how much the process's memory grew at its highest.
/// Ways that are compared run in turns in the same process, so that the machine's moods meet all of them.
/// </summary>
internal sealed class Measurement(string name)
{
    private readonly List<double> _seconds = [];
    private readonly List<double> _processor = [];
    private readonly List<long> _peaks = [];

    public double Seconds => Median(_seconds);

    /// <summary>The processor's seconds.</summary>
    public double Processor => Median(_processor);

    public string Name => name;

    public async Task RunAsync(Func<Task> work)
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        // 5 sets the highest mark back to what is in use now.
        await File.WriteAllTextAsync("/proc/self/clear_refs", "5");
        var (before, processor, start) = (Status("VmRSS:"), Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        await work();
        _seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        _processor.Add((Environment.CpuUsage.TotalTime - processor).TotalSeconds);
        _peaks.Add(Status("VmHWM:") - before);
    }

    /// <summary>One line, with the ratio to a peer of the same run.</summary>
    public string Line(Measurement? peer = null)
        => string.Create(CultureInfo.InvariantCulture, $"{name,-44} {Seconds,8:0.000} s  CPU {Processor,7:0.000} s  peak +{_peaks.Max() / 1024.0,6:0.0} MiB{(peer is null ? "" : $"  {Seconds / peer.Seconds:0.00} x {peer.Name}")}");

    private static double Median(List<double> values) => values.Count == 0 ? 0 : values.Order().ElementAt(values.Count / 2);

    /// <summary>A line of /proc/self/status, in KiB.</summary>
    private static long Status(string field)
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(field.Length, line.Length - field.Length - 2).Trim(), CultureInfo.InvariantCulture);
    }
}
