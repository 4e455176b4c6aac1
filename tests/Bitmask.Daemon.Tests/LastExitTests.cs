namespace Bitmask.Daemon.Tests;

public sealed class LastExitTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task AskedToEnd_AndStillBusy_IsEnded()
    {
        var ended = new TaskCompletionSource();
        using var exit = new LastExit(TimeSpan.FromMilliseconds(1), ended.SetResult);

        exit.Asked();

        await ended.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task EndedByItself_IsLeftAlone()
    {
        var ended = new TaskCompletionSource();
        var exit = new LastExit(Patience, ended.SetResult);

        exit.Asked();
        exit.Dispose();
        await Task.Yield();

        Assert.False(ended.Task.IsCompleted);
    }
}
