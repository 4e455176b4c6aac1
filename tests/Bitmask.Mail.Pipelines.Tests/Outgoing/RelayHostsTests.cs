using Bitmask.Smtp;

namespace Bitmask.Mail.Pipelines.Tests.Outgoing;

/// <summary>A provider with several submission servers.</summary>
public class RelayHostsTests
{
    private const string Mail = "From: alice@red.test\r\nTo: eve@plain.test\r\n\r\nHello.\r\n";

    [Fact]
    public async Task FirstCanNotBeReached_SecondTakesAllOfThePass()
    {
        await using var world = await StartAsync();
        world.Alice.Servers[0].Close();

        await SendTwoAsync(world.Alice);

        Assert.Equal((2, 1, 0), (world.Alice.Servers[1].Taken.Count, world.Alice.Servers[1].Connections, world.Alice.Servers[2].Connections));
        Assert.Empty(world.Alice.Account.Outbox.All());
    }

    [Fact]
    public async Task FirstHasNoTime_SecondTakesIt_FirstIsNotAskedAgainInThePass_ButInTheNext()
    {
        await using var world = await StartAsync();
        var (first, second) = (world.Alice.Servers[0], world.Alice.Servers[1]);
        first.SenderReply = new SmtpReply(421, "4.3.2", "Going down");

        await SendTwoAsync(world.Alice);

        Assert.Equal((2, 1, 0), (second.Taken.Count, first.Connections, first.Taken.Count));
        first.SenderReply = null;
        await SendTwoAsync(world.Alice);
        Assert.Equal((2, 2), (second.Taken.Count, first.Taken.Count));
    }

    [Fact]
    public async Task NoneCanBeReached_WaitsAndSaysWhatTheLastOneSaid()
    {
        await using var world = await StartAsync();
        world.Alice.Servers.ForEach(server => server.Close());

        await SendTwoAsync(world.Alice);

        Assert.All(world.Alice.Account.Outbox.All(), item => Assert.Equal((OutboxState.Waiting, 1), (item.Recipients[0].State, item.Recipients[0].Attempts)));
        Assert.Contains("No connection", world.Alice.Account.Outbox.All()[0].Recipients[0].Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(530)]
    [InlineData(550)]
    [InlineData(451)]
    public async Task WhatIsNotAboutTheServer_IsNotAskedOfAnother(int code)
    {
        await using var world = await StartAsync();
        world.Alice.Servers[0].SenderReply = new SmtpReply(code, code / 100 + ".7.0", "No");

        await SendTwoAsync(world.Alice);

        Assert.Equal(0, world.Alice.Servers[1].Connections);
    }

    private static async Task<World> StartAsync()
    {
        var world = await World.StartAsync();
        world.Alice.Servers.AddRange([new RelayDouble(), new RelayDouble(), new RelayDouble()]);
        return world;
    }

    private static async Task SendTwoAsync(Person person)
    {
        await person.SubmitAsync(Mail, "eve@plain.test");
        await person.SubmitAsync(Mail, "eve@plain.test");
        await person.Outgoing.WorkAsync();
    }
}
