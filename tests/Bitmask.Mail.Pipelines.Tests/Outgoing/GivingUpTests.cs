using Bitmask.OpenPgp.Secret;

namespace Bitmask.Mail.Pipelines.Tests.Outgoing;

/// <summary>How long a mail is tried, and what a clock that jumps does to that (0032).</summary>
public class GivingUpTests
{
    private const string Mail = "From: Alice <alice@red.test>\r\nTo: bob@blue.test\r\nSubject: Tulips\r\nMessage-ID: <1@red.test>\r\n\r\nThe marker.\r\n";

    /// <summary>A wait that was noted half a year ahead does not last until then when the clock is right again.</summary>
    [Fact]
    public async Task WaitNotedByAClockThatWasAhead_IsOverWhenItIsSetBack()
    {
        await using var world = await World.StartAsync();
        var now = world.Clock.GetUtcNow();
        world.Clock.AdjustTime(now.AddMonths(6));
        world.Alice.Relay.IsDown = true;
        await world.Alice.SubmitAsync(Mail, "bob@blue.test");
        await world.Alice.Outgoing.WorkAsync();

        world.Clock.AdjustTime(now);
        world.Alice.Relay.IsDown = false;
        await world.Alice.Outgoing.WorkAsync();

        Assert.Single(world.Alice.Relay.Taken);
    }

    [Fact]
    public async Task NeverDelivered_IsGivenUpAfterFiveDaysAndTold()
    {
        await using var world = await World.StartAsync();
        await world.Alice.SubmitAsync(Mail, "later@plain.test");
        for (var hour = 0; hour < 125; hour++)
        {
            await world.Alice.Outgoing.WorkAsync();
            world.Clock.Advance(TimeSpan.FromHours(1));
        }

        Assert.Empty(world.Alice.Account.Outbox.All());
        Assert.Contains("Given up after 5 days. 451 4.2.1 Come back", world.Alice.Text(Assert.Single(world.Alice.Inbox())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClockThatJumpsAhead_GivesUpNothing_ThatWasNotTriedForADay()
    {
        await using var world = await World.StartAsync();
        await world.Alice.SubmitAsync(Mail, "later@plain.test");
        await world.Alice.Outgoing.WorkAsync();
        world.Clock.AdjustTime(world.Clock.GetUtcNow().AddMonths(1));

        for (var attempt = 2; attempt <= 24; attempt++)
        {
            await world.Alice.Outgoing.WorkAsync();
            var recipient = Assert.Single(Assert.Single(world.Alice.Account.Outbox.All()).Recipients);
            Assert.Equal((OutboxState.Waiting, attempt), (recipient.State, recipient.Attempts));
            world.Clock.AdjustTime(recipient.NextAttempt!.Value);
        }

        await world.Alice.Outgoing.WorkAsync();
        Assert.Empty(world.Alice.Account.Outbox.All());
    }

    [Fact]
    public async Task ClockThatJumpsAhead_DoesNotEndAHold()
    {
        await using var world = await World.StartAsync();
        world.Alice.Relay.IsDown = true;
        await world.Alice.SubmitAsync(Mail, "bob@blue.test");
        await world.Alice.Outgoing.WorkAsync();
        using var other = OpenPgpSecretKey.Generate(world.Bob.Address, world.Clock.GetUtcNow());
        await world.Alice.Keys.ImportAsync(other.Certificate, world.Bob.Address);
        world.Clock.Advance(TimeSpan.FromHours(2));
        await world.Alice.Outgoing.WorkAsync();
        Assert.Equal(OutboxState.Held, Assert.Single(world.Alice.Account.Outbox.All()).Recipients[0].State);

        world.Clock.AdjustTime(world.Clock.GetUtcNow().AddMonths(1));
        await world.Alice.Outgoing.WorkAsync();

        Assert.Equal(OutboxState.Held, Assert.Single(world.Alice.Account.Outbox.All()).Recipients[0].State);
    }
}
