using System.Net;
using Bitmask.Testing.Dialogues;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bitmask.Imap.Tests.Session;

/// <summary>What sessions share: the count of connections and the delays of wrong logins (security.md C5).</summary>
public class LimitTests
{
    [Fact]
    public async Task WrongLogins_OfOneSource_WaitLongerOverAllItsConnections()
    {
        using var alice = await Alice.WithMailAsync(0);
        var handler = Handler(alice, new ImapOptions());
        foreach (var seconds in new[] { 1, 2, 4, 8, 8 })
        {
            await WrongAsync(await GreetedAsync(handler, "192.0.2.1"), alice, seconds);
        }

        // Another source begins at the beginning, and the owner does not wait at all, wherever he is.
        await WrongAsync(await GreetedAsync(handler, "192.0.2.2"), alice, 1);
        var owner = await GreetedAsync(handler, "192.0.2.1");
        Assert.StartsWith("OK", (await owner.SendAsync($"LOGIN {Alice.Address} {Alice.Token}"))[^1], StringComparison.Ordinal);

        await alice.Clock.PassAsync(new ImapOptions().IdleTimeout);
        await WrongAsync(await GreetedAsync(handler, "192.0.2.1"), alice, 1);
    }

    [Fact]
    public async Task SilentConnections_BeyondTheLimit_MakeRoomForTheNext()
    {
        using var alice = await Alice.WithMailAsync(0);
        var handler = Handler(alice, new ImapOptions { MaxConnectionsBeforeLogin = 3 });
        var first = await GreetedAsync(handler);
        await first.SendAsync($"LOGIN {Alice.Address} {Alice.Token}");
        var silent = new List<ImapClient>();
        for (var i = 0; i < 3; i++)
        {
            silent.Add(await GreetedAsync(handler));
        }

        var owner = await GreetedAsync(handler);
        Assert.StartsWith("OK", (await owner.SendAsync($"LOGIN {Alice.Address} {Alice.Token}"))[^1], StringComparison.Ordinal);

        Assert.Equal("* BYE [UNAVAILABLE] Too many connections wait for a login", await silent[0].ReadAsync());
        Assert.Null(await silent[0].ReadAsync());
        Assert.Equal(["OK NOOP completed"], await silent[1].SendAsync("NOOP"));
        Assert.Equal(["OK NOOP completed"], await first.SendAsync("NOOP"));
    }

    [Fact]
    public async Task TwoHundredSilentConnections_DelayNobody_AndEndTogether()
    {
        using var alice = await Alice.WithMailAsync(0);
        var options = new ImapOptions();
        var handler = Handler(alice, options);
        var silent = new List<ImapClient>();
        for (var i = 0; i < 200; i++)
        {
            // A slow loris: each has said half a command, and never ends it.
            silent.Add(await GreetedAsync(handler));
            await silent[^1].WriteAsync("a LOGIN alice");
        }

        var owner = await GreetedAsync(handler);
        Assert.StartsWith("OK", (await owner.SendAsync($"LOGIN {Alice.Address} {Alice.Token}"))[^1], StringComparison.Ordinal);
        foreach (var client in silent)
        {
            await client.WriteAsync("@");   // what trickles in wins no time
        }

        await alice.Clock.PassAsync(options.LoginTimeout, silent.Count, TestContext.Current.CancellationToken);
        foreach (var client in silent)
        {
            Assert.Equal("* BYE Too long without login", await client.ReadAsync());
            await client.CloseAsync();
        }

        Assert.Equal(["OK NOOP completed"], await owner.SendAsync("NOOP"));
    }

    [Fact]
    public async Task ThousandWrongLogins_AllAtOnce_LockNobodyOut()
    {
        using var alice = await Alice.WithMailAsync(0);
        var options = new ImapOptions { MaxConnectionsBeforeLogin = 2000, MaxConnections = 2000 };
        var handler = Handler(alice, options);
        var answers = new List<Task<string[]>>();
        var guessers = new List<ImapClient>();
        for (var i = 0; i < 1000; i++)
        {
            guessers.Add(await GreetedAsync(handler));
            answers.Add(guessers[^1].SendAsync($"LOGIN {(i % 2 == 0 ? Alice.Address : "nobody@red.test")} guess{i}"));
        }

        // While all of them wait, the owner does not, from the same address.
        var owner = await GreetedAsync(handler);
        Assert.StartsWith("OK", (await owner.SendAsync($"LOGIN {Alice.Address} {Alice.Token}"))[^1], StringComparison.Ordinal);
        Assert.All(answers, static answer => Assert.False(answer.IsCompleted));
        await alice.Clock.PassAsync(options.MaxLoginDelay, guessers.Count - 3, TestContext.Current.CancellationToken);   // the first three wait 1, 2 and 4 seconds
        foreach (var answer in answers)
        {
            Assert.StartsWith("NO [AUTHENTICATIONFAILED]", (await answer)[^1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Connections_BeyondTheLimit_GetBye()
    {
        using var alice = await Alice.WithMailAsync(0);
        var handler = Handler(alice, new ImapOptions { MaxConnections = 2 });
        var first = await GreetedAsync(handler);
        await GreetedAsync(handler);

        var third = Connect(handler);
        var line = await third.ReadAsync();
        line = line!.StartsWith("* OK", StringComparison.Ordinal) ? await third.ReadAsync() : line;
        Assert.Equal("* BYE [UNAVAILABLE] Too many connections", line);
        Assert.Null(await third.ReadAsync());

        await first.CloseAsync();
        await GreetedAsync(handler);
    }

    private static ImapConnectionHandler Handler(Alice alice, ImapOptions options) => new(alice, options, alice.Clock, NullLogger<ImapConnectionHandler>.Instance);

    private static ImapClient Connect(ImapConnectionHandler handler, string address = "127.0.0.1")
    {
        var pipes = new PipePair();
        var context = new DefaultConnectionContext("test", pipes.Server, pipes.Client) { RemoteEndPoint = new IPEndPoint(IPAddress.Parse(address), 1) };
        return new ImapClient(pipes.Client, handler.OnConnectedAsync(context));
    }

    private static async Task<ImapClient> GreetedAsync(ImapConnectionHandler handler, string address = "127.0.0.1")
    {
        var client = Connect(handler, address);
        Assert.StartsWith("* OK", await client.ReadAsync(), StringComparison.Ordinal);
        return client;
    }

    private static async Task WrongAsync(ImapClient client, Alice alice, int seconds)
    {
        var answer = client.SendAsync($"LOGIN {Alice.Address} wrong");
        await alice.Clock.PassAsync(TimeSpan.FromSeconds(seconds));
        Assert.StartsWith("NO [AUTHENTICATIONFAILED]", (await answer)[^1], StringComparison.Ordinal);
        await client.CloseAsync();
    }
}
