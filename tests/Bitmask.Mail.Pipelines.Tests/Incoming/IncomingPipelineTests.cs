using System.Text;
using Bitmask.Soledad;

namespace Bitmask.Mail.Pipelines.Tests.Incoming;

/// <summary>The order of things (security.md A7), poison, replay, and a crash at every commit.</summary>
public class IncomingPipelineTests
{
    private static readonly byte[] Mail = World.Octets("From: alice@red.test\r\nSubject: Tulips\r\n\r\nbody\r\n");

    [Fact]
    public async Task Filed_NotAcknowledged_StaysAtTheProvider()
    {
        await using var world = await World.StartAsync();
        var id = world.Deliver(Mail);

        var report = await world.Bob.Incoming.WorkAsync();
        await world.Bob.Incoming.WorkAsync();

        Assert.Equal(new IncomingReport(1, 0, 0, 0), report);
        Assert.Equal([id], world.Bob.Box.Ids);
        Assert.Equal(IncomingState.Filed, Assert.Single(await world.Bob.Incoming.ItemsAsync()).State);
        Assert.Single(world.Bob.Inbox());
    }

    [Fact]
    public async Task Filed_Acknowledged_IsRemovedAtTheProvider()
    {
        await using var world = await World.StartAsync();
        world.Deliver(Mail);
        await world.Bob.Incoming.WorkAsync();
        await world.Bob.AcknowledgeAsync();

        var report = await world.Bob.Incoming.WorkAsync();

        Assert.Equal(1, report.Removed);
        Assert.Empty(world.Bob.Box.Ids);
        Assert.Empty(await world.Bob.Incoming.ItemsAsync());
    }

    [Fact]
    public async Task Filed_EntryChangedAndNotSentYet_StaysAtTheProvider()
    {
        await using var world = await World.StartAsync();
        var bob = world.Bob;
        world.Deliver(Mail);
        await bob.Incoming.WorkAsync();
        var filed = bob.Store.Read(reader => reader.Generation);
        var inbox = bob.Account.Find("INBOX")!.Id;
        await bob.Account.ChangeFlagsAsync(inbox, [bob.Account.Open(inbox).Entries[0].Uid], FlagChange.Add, ["\\Seen"]);
        await bob.Account.WriteOwedAsync();
        await bob.AcknowledgeAsync(filed);

        await bob.Incoming.WorkAsync();
        Assert.Single(bob.Box.Ids);

        await bob.AcknowledgeAsync();
        await bob.Incoming.WorkAsync();
        Assert.Empty(bob.Box.Ids);
    }

    [Fact]
    public async Task SameWrapperAgain_IsOneMail()
    {
        await using var world = await World.StartAsync();
        var wrapper = BoxDouble.Wrap(Mail, world.Bob.Certificate);
        world.Bob.Box.Add(wrapper);
        await world.Bob.Incoming.WorkAsync();
        world.Bob.Box.Add(wrapper);

        var report = await world.Bob.Incoming.WorkAsync();
        await world.Bob.AcknowledgeAsync();
        await world.Bob.Incoming.WorkAsync();

        Assert.Equal(1, report.Repeated);
        Assert.Single(world.Bob.Inbox());
        Assert.Empty(world.Bob.Box.Ids);
    }

    [Fact]
    public async Task ReplayOfDeletedMail_StaysDeleted()
    {
        await using var world = await World.StartAsync();
        var bob = world.Bob;
        var wrapper = BoxDouble.Wrap(Mail, bob.Certificate);
        bob.Box.Add(wrapper);
        await bob.Incoming.WorkAsync();
        var inbox = bob.Account.Find("INBOX")!.Id;
        await bob.Account.ChangeFlagsAsync(inbox, [bob.Account.Open(inbox).Entries[0].Uid], FlagChange.Add, ["\\Deleted"]);
        await bob.Account.ExpungeAsync(inbox);
        bob.Box.Add(wrapper);

        await bob.Incoming.WorkAsync();

        Assert.Empty(bob.Inbox());
    }

    [Fact]
    public async Task Poison_WaitsThenBecomesANotice_AndBlocksNobody()
    {
        await using var world = await World.StartAsync();
        var poison = "-----BEGIN PGP MESSAGE-----\n\nAAAA\n-----END PGP MESSAGE-----\n"u8.ToArray();
        world.Bob.Box.Add(poison);
        world.Deliver(Mail);

        var report = await world.Bob.Incoming.WorkAsync();
        Assert.Equal((1, 1), (report.Filed, report.Waiting));
        var waiting = Assert.Single(await world.Bob.Incoming.ItemsAsync(), item => item.State == IncomingState.Fetched);
        Assert.NotNull(waiting.Reason);
        for (var i = 0; i <= new IncomingOptions().MaxAttempts; i++)
        {
            world.Clock.Advance(TimeSpan.FromHours(12));
            await world.Bob.Incoming.WorkAsync();
        }

        Assert.Equal(2, world.Bob.Inbox().Count);
        var notice = world.Bob.Text(world.Bob.Inbox()[1]);
        Assert.Contains("Subject: A mail could not be opened", notice, StringComparison.Ordinal);
        Assert.Contains(Convert.ToBase64String(poison, Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\r\n"), notice, StringComparison.Ordinal);
        await world.Bob.AcknowledgeAsync();
        await world.Bob.Incoming.WorkAsync();
        Assert.Empty(world.Bob.Box.Ids);
    }

    [Fact]
    public async Task Notice_KeyComesLater_TheMailTakesItsPlace()
    {
        await using var world = await World.StartAsync();
        using var older = OpenPgp.Secret.OpenPgpSecretKey.Generate(world.Bob.Address, world.Clock.GetUtcNow().AddMonths(-1));
        world.Bob.Box.Add(BoxDouble.Wrap(Mail, older.Certificate));
        for (var i = 0; i <= new IncomingOptions().MaxAttempts; i++)
        {
            await world.Bob.Incoming.WorkAsync();
            world.Clock.Advance(TimeSpan.FromHours(12));
        }

        Assert.Contains("could not be opened", world.Bob.Text(Assert.Single(world.Bob.Inbox())), StringComparison.Ordinal);
        await world.Bob.AcknowledgeAsync();
        await world.Bob.Incoming.WorkAsync();
        Assert.Empty(world.Bob.Box.Ids);
        world.Clock.Advance(TimeSpan.FromDays(60)); // what is removed is forgotten, but not a notice

        await world.Bob.AddSecretKeyAsync(older);
        await world.Bob.Incoming.WorkAsync();

        Assert.Equal(Mail, world.Bob.Content(Assert.Single(world.Bob.Inbox())));
        Assert.Empty(world.Bob.Account.Check());
        await world.Bob.AcknowledgeAsync();
        await world.Bob.Incoming.WorkAsync();
        world.Bob.Restart();
        await world.Bob.Incoming.WorkAsync();
        Assert.Single(world.Bob.Inbox());
    }

    [Fact]
    public async Task Notice_ThrownAway_TheMailStaysAway()
    {
        await using var world = await World.StartAsync();
        using var older = OpenPgp.Secret.OpenPgpSecretKey.Generate(world.Bob.Address, world.Clock.GetUtcNow().AddMonths(-1));
        world.Bob.Box.Add(BoxDouble.Wrap(Mail, older.Certificate));
        for (var i = 0; i <= new IncomingOptions().MaxAttempts; i++)
        {
            await world.Bob.Incoming.WorkAsync();
            world.Clock.Advance(TimeSpan.FromHours(12));
        }

        var inbox = world.Bob.Account.Find("INBOX")!.Id;
        await world.Bob.Account.ChangeFlagsAsync(inbox, [world.Bob.Account.Open(inbox).Entries[0].Uid], FlagChange.Add, [MessageFlags.Deleted]);
        await world.Bob.Account.ExpungeAsync(inbox);
        await world.Bob.AddSecretKeyAsync(older);
        await world.Bob.Incoming.WorkAsync();

        Assert.Empty(world.Bob.Inbox());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("no json")]
    [InlineData("{\"incoming\":true}")]
    public async Task WrapperWithoutMail_BecomesANotice(string json)
    {
        await using var world = await World.StartAsync();
        world.Bob.Box.Add(OpenPgp.MessageEncryptor.Encrypt(Encoding.UTF8.GetBytes(json), [world.Bob.Certificate], world.Clock.GetUtcNow()));

        for (var i = 0; i <= new IncomingOptions().MaxAttempts; i++)
        {
            await world.Bob.Incoming.WorkAsync();
            world.Clock.Advance(TimeSpan.FromHours(12));
        }

        Assert.Contains("unopened-mail.asc", world.Bob.Text(Assert.Single(world.Bob.Inbox())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task BlobThatIsNone_BecomesANoticeAndStaysAtTheProvider()
    {
        await using var world = await World.StartAsync();
        world.Bob.Box.Put("odd", [1, 2, 3]);

        for (var i = 0; i <= new IncomingOptions().MaxAttempts; i++)
        {
            await world.Bob.Incoming.WorkAsync();
            await world.Bob.AcknowledgeAsync();
            world.Clock.Advance(TimeSpan.FromHours(12));
        }

        Assert.Single(world.Bob.Inbox());
        Assert.Equal(["odd"], world.Bob.Box.Ids);
    }

    [Fact]
    public async Task ItemThatTheProviderCanNotGive_BlocksNobody()
    {
        await using var world = await World.StartAsync();
        world.Bob.Box.Broken.Add(world.Deliver(World.Octets("From: alice@red.test\r\n\r\nfirst\r\n")));
        world.Deliver(Mail);

        await world.Bob.Incoming.WorkAsync();
        Assert.Single(world.Bob.Inbox());

        world.Bob.Box.Broken.Clear();
        world.Clock.Advance(TimeSpan.FromHours(1));
        await world.Bob.Incoming.WorkAsync();
        Assert.Equal(2, world.Bob.Inbox().Count);
    }

    [Fact]
    public async Task ProviderThatWasStartedAnew_GivesTheItemSecondsLater()
    {
        await using var world = await World.StartAsync();
        world.Bob.Box.Broken.Add(world.Deliver(Mail)); // listed, then the provider was gone
        await world.Bob.Incoming.WorkAsync();
        Assert.Empty(world.Bob.Inbox());

        world.Bob.Box.Broken.Clear();
        world.Clock.Advance(TimeSpan.FromSeconds(10));
        await world.Bob.Incoming.WorkAsync();

        Assert.Single(world.Bob.Inbox());
    }

    /// <summary>A wait that was noted in 2038 does not last until then when the clock is right again.</summary>
    [Fact]
    public async Task WaitNotedByAClockThatWasAhead_IsOverWhenItIsSetBack()
    {
        await using var world = await World.StartAsync();
        var now = world.Clock.GetUtcNow();
        world.Clock.AdjustTime(now.AddYears(12));
        world.Bob.Box.Broken.Add(world.Deliver(Mail));
        await world.Bob.Incoming.WorkAsync();

        world.Clock.AdjustTime(now);
        world.Bob.Box.Broken.Clear();
        await world.Bob.Incoming.WorkAsync();

        Assert.Single(world.Bob.Inbox());
    }

    [Fact]
    public async Task ItemThatIsNeverGiven_IsAskedForLessAndLessOften()
    {
        await using var world = await World.StartAsync();
        world.Bob.Box.Broken.Add(world.Deliver(Mail));

        for (var second = 0; second < 3600; second += 5)
        {
            await world.Bob.Incoming.WorkAsync();
            world.Clock.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.InRange(world.Bob.Box.Asked, 5, 15);
    }

    [Fact]
    public async Task WaitingItemThatAnotherDeviceRemoved_IsForgotten()
    {
        await using var world = await World.StartAsync();
        world.Bob.Box.Add("poison"u8);
        await world.Bob.Incoming.WorkAsync();
        Assert.Single(await world.Bob.Incoming.ItemsAsync());
        world.Bob.Box.Clear();

        await world.Bob.Incoming.WorkAsync();

        Assert.Empty(await world.Bob.Incoming.ItemsAsync());
    }

    [Fact]
    public async Task ProviderDown_ThrowsTransientAndLosesNothing()
    {
        await using var world = await World.StartAsync();
        world.Deliver(Mail);
        world.Bob.Box.IsDown = true;

        var fault = await Assert.ThrowsAnyAsync<SoledadException>(() => world.Bob.Incoming.WorkAsync());

        Assert.True(fault.IsTransient);
        world.Bob.Box.IsDown = false;
        await world.Bob.Incoming.WorkAsync();
        Assert.Single(world.Bob.Inbox());
    }

    [Fact]
    public async Task OwnKeyNotHereYet_WaitsForAsLongAsItTakes()
    {
        await using var world = await World.StartAsync();
        await using var carol = await Person.StartAsync("carol@blue.test", world.Directory, world.Clock, hasKey: false);
        carol.Box.Add(BoxDouble.Wrap(Mail, world.Bob.Certificate));

        for (var i = 0; i < 20; i++)
        {
            await carol.Incoming.WorkAsync();
            world.Clock.Advance(TimeSpan.FromHours(12));
        }

        Assert.Empty(carol.Inbox());
        var item = Assert.Single(await carol.Incoming.ItemsAsync());
        Assert.Contains("key is not on this device", item.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SignersKeyNotToBeLookedUp_WaitsABitThenIsFiledWithoutVerdict()
    {
        await using var world = await World.StartAsync();
        await world.Alice.SubmitAsync("From: alice@red.test\r\nTo: bob@blue.test\r\n\r\nhi\r\n", "bob@blue.test");
        await world.Alice.Outgoing.WorkAsync();
        world.Deliver(world.Alice.Relay.CopyFor("bob@blue.test"));
        world.Directory.IsDown = true;

        await world.Bob.Incoming.WorkAsync();
        Assert.Empty(world.Bob.Inbox());
        for (var i = 0; i < 5; i++)
        {
            world.Clock.Advance(TimeSpan.FromMinutes(10));
            await world.Bob.Incoming.WorkAsync();
        }

        var facts = world.Bob.Account.Security(Assert.Single(world.Bob.Inbox()))!;
        Assert.Null(facts.Signer);
        Assert.Equal("unknown-key", facts.Layers[1].Result);
        Assert.NotEmpty(facts.Layers[1].SigPackets);
    }

    [Fact]
    public async Task CrashAtEveryCommit_NothingLostNothingTwice()
    {
        for (var k = 1; ; k++)
        {
            await using var world = await World.StartAsync();
            var bob = world.Bob;
            world.Deliver(Mail);
            bob.Box.Add(BoxDouble.Wrap(World.Octets("From: alice@red.test\r\nSubject: Two\r\n\r\nbody\r\n"), bob.Certificate));
            bob.Box.Add("poison"u8);
            var commits = 0;
            var hasCrashed = false;
            bob.OnCommitting = _ =>
            {
                if (++commits == k)
                {
                    hasCrashed = true;
                    throw new InvalidOperationException("crash");
                }
            };

            for (var i = 0; i < new IncomingOptions().MaxAttempts + 4; i++)
            {
                try
                {
                    await bob.Incoming.WorkAsync();
                    await bob.AcknowledgeAsync();
                }
                catch (Exception e) when (e.Message.Contains("crash", StringComparison.Ordinal) || e.InnerException?.Message == "crash")
                {
                    bob.Restart();
                }

                world.Clock.Advance(TimeSpan.FromHours(12));
            }

            bob.OnCommitting = null;
            await bob.AcknowledgeAsync();
            await bob.Incoming.WorkAsync();
            Assert.Equal(3, bob.Inbox().Count);
            Assert.Empty(bob.Box.Ids);
            Assert.Empty(MailCheck.Compare(bob.Store));
            if (!hasCrashed)
            {
                Assert.True(k > 10, "commits were counted");
                return;
            }
        }
    }
}
