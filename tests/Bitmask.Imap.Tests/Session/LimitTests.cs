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
