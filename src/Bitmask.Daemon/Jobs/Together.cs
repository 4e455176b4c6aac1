namespace Bitmask.Daemon.Jobs;

/// <summary>Runs jobs that need each other: when one ends, all end, and what ended it comes through at once instead of when the last has ended.</summary>
internal static class Together
{
    public static async Task RunAsync(IReadOnlyList<Func<CancellationToken, Task>> jobs, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = jobs.Select(job => job(ending.Token)).ToList();
        var first = await Task.WhenAny(running);
        await ending.CancelAsync();
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }
}
