using System.Net;
using Bitmask.Provider.Tests.World;
using Bitmask.Provider.WebApi;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Provider.Tests.WebApi;

/// <summary>Guessing is slow; mistyping is not, and the owner is never kept out.</summary>
public sealed class LoginDelaysTests
{
    [Fact]
    public async Task WrongLogins_OfOneSource_WaitLongerEachTime_UntilTheyStop()
    {
        var clock = new FakeTimeProvider();
        var delays = new LoginDelays(clock);
        for (var i = 0; i < LoginDelays.Free; i++)
        {
            Assert.True(delays.WaitAsync($"user-{i}", "192.0.2.1", default).IsCompletedSuccessfully);
        }

        foreach (var seconds in (int[])[1, 2, 4, 8, 8, 8])
        {
            await AssertWaitsAsync(delays.WaitAsync("alice", "192.0.2.1", default), clock, seconds);
        }

        Assert.True(delays.WaitAsync("bob", "192.0.2.2", default).IsCompletedSuccessfully);
        clock.Advance(LoginDelays.Memory);
        Assert.True(delays.WaitAsync("alice", "192.0.2.1", default).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task WrongLogins_OfOneAccountFromEverywhere_WaitAsWell()
    {
        var clock = new FakeTimeProvider();
        var delays = new LoginDelays(clock);
        for (var i = 0; i < LoginDelays.Free; i++)
        {
            Assert.True(delays.WaitAsync("alice", $"192.0.2.{i}", default).IsCompletedSuccessfully);
        }

        await AssertWaitsAsync(delays.WaitAsync("alice", "192.0.2.200", default), clock, 1);
        await AssertWaitsAsync(delays.WaitAsync("alice", "192.0.2.201", default), clock, 2);
    }

    [Fact]
    public void OneSource_HasABoundedNumberOfAttemptsRunning_AndOthersAreNotTouched()
    {
        var delays = new LoginDelays(new FakeTimeProvider());
        var running = Enumerable.Range(0, LoginDelays.MaxRunning).Select(_ => delays.TryBegin("192.0.2.1")).ToList();

        Assert.DoesNotContain(null, running);
        Assert.Null(delays.TryBegin("192.0.2.1"));
        using var other = delays.TryBegin("192.0.2.2");
        Assert.NotNull(other);
        running[0]!.Dispose();
        running[0]!.Dispose();
        using var next = delays.TryBegin("192.0.2.1");
        Assert.NotNull(next);
        Assert.Null(delays.TryBegin("192.0.2.1"));
    }

    [Fact]
    public void ManySources_DoNotFillTheMemory()
    {
        var delays = new LoginDelays(new FakeTimeProvider());
        for (var i = 0; i < 200_000; i++)
        {
            Assert.True(delays.WaitAsync($"user-{i}", $"source-{i}", default).IsCompletedSuccessfully);
            Assert.InRange(delays.Known, 1, LoginDelays.MaxKnown);
        }
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8:1:2:3:4:5:6", "20010DB800010002")]
    [InlineData("2001:db8:1:2::1", "20010DB800010002")]
    public void Source_IsTheAddress_OrItsNetwork(string address, string source) => Assert.Equal(source, LoginDelays.SourceOf(IPAddress.Parse(address)));

    [Fact]
    public async Task OwnerOfAGuessedAccount_LogsInAtOnce()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        for (var i = 0; i < LoginDelays.Free; i++)
        {
            Assert.Null((await Person.LogInAsync(provider, "alice", "wrong")).Answer);
        }

        var guess = Person.LogInAsync(provider, "alice", "wrong");
        var leapGuess = Person.LogInLeapAsync(provider, "alice", "wrong");
        Assert.NotNull((await Person.LogInAsync(provider, "alice", Person.Password)).Answer);
        Assert.False(guess.IsCompleted && leapGuess.IsCompleted);
        while (!guess.IsCompleted || !leapGuess.IsCompleted)
        {
            provider.Clock.Advance(LoginDelays.Longest); // they may only just have begun to wait
            await Task.WhenAny(Task.WhenAll(guess, leapGuess), Task.Delay(20));
        }

        Assert.StartsWith("422", (await guess).Refusal, StringComparison.Ordinal);
        Assert.StartsWith("422", (await leapGuess).Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SourceWithTooManyAttemptsRunning_IsToldToSlowDown_ForAWhile()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        for (var i = 0; i < LoginDelays.Free; i++)
        {
            await Person.LogInLeapAsync(provider, "nobody", "wrong");
        }

        var guesses = Enumerable.Range(0, LoginDelays.MaxRunning + 4).Select(_ => Person.LogInLeapAsync(provider, "nobody", "wrong")).ToList();
        var refusals = new List<string>();
        while (guesses.Count > LoginDelays.MaxRunning)
        {
            var done = await Task.WhenAny(guesses);
            guesses.Remove(done);
            refusals.Add((await done).Refusal);
        }

        Assert.Equal(4, refusals.Count(refusal => refusal.StartsWith("429", StringComparison.Ordinal)));
        Assert.StartsWith("429", (await Person.LogInAsync(provider, "alice", Person.Password)).Refusal, StringComparison.Ordinal);
        while (guesses.Exists(static guess => !guess.IsCompleted))
        {
            provider.Clock.Advance(LoginDelays.Longest);
            await Task.WhenAny(Task.WhenAll(guesses), Task.Delay(20));
        }

        Assert.NotNull((await Person.LogInAsync(provider, "alice", Person.Password)).Answer);
    }

    private static async Task AssertWaitsAsync(Task wait, FakeTimeProvider clock, int seconds)
    {
        clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        Assert.False(wait.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        await wait;
    }
}
