using System.Net;
using System.Security.Authentication;
using System.Text;
using Bitmask.Provider.Relay;
using Bitmask.Provider.Store;
using Bitmask.Provider.Tests.World;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Tests.Relay;

/// <summary>Mail from our users, to each other and to another domain, over real sockets between two providers.</summary>
public sealed class RelayTests
{
    private const string Delivered = ": delivered";
    private const string Failed = " failed, next at ";
    private const string GivenUp = ": given up";

    [Fact]
    public async Task Submission_ToOtherDomain_ArrivesThereOnceAndLeavesNothing()
    {
        await using var world = await TwoDomains.StartAsync();
        using var alice = await SenderAsync(world.Red);
        using var bob = await Person.SealedAsync(world.Blue, "bob", withKey: true);
        byte[] message = [.. "Received: from laptop ([192.0.2.77]) by secret\r\nBcc: <eve@x.test>\r\n"u8, .. Post.Mail(alice.Address, bob.Address)];

        Assert.Equal(250, (await Post.SubmitAsync(alice, bob.Address, message, "outbox-1"))[0].Code);
        await world.Red.Logs.WaitForAsync(Delivered);
        Assert.Equal(250, (await Post.SubmitAsync(alice, bob.Address, Post.Mail(alice.Address, bob.Address, "repeated"), "outbox-1"))[0].Code);

        var mail = Assert.Single(await bob.ReadIncomingAsync());
        var text = Encoding.UTF8.GetString(mail.Content.Span);
        Assert.Equal(alice.Address, mail.Envelope!.From);
        Assert.EndsWith("Grüße\r\n", text, StringComparison.Ordinal);
        Assert.Contains("by mx.blue.test with ESMTPS", text, StringComparison.Ordinal);
        Assert.Contains("by mx.red.test with ESMTPSA", text, StringComparison.Ordinal);
        Assert.DoesNotContain("192.0.2.77", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Bcc:", text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(0, world.Red.Store.QueueLength());
        Assert.Empty(world.Red.Store.QueueKeyDays());
    }

    [Fact]
    public async Task Submission_ToOwnDomain_GoesStraightIntoTheBox()
    {
        await using var world = await TwoDomains.StartAsync();
        using var alice = await SenderAsync(world.Red);
        using var carol = await Person.SealedAsync(world.Red, "carol", withKey: true);

        var replies = await Post.SubmitAsync(alice, [carol.Address, "nobody@red.test"], Post.Mail(alice.Address, carol.Address), "o-1");
        await Post.SubmitAsync(alice, carol.Address, Post.Mail(alice.Address, carol.Address), "o-1");

        Assert.Equal((250, 550), (replies[0].Code, replies[1].Code));
        Assert.Equal(alice.Address, Assert.Single(await carol.ReadIncomingAsync()).Envelope!.From);
    }

    [Fact]
    public async Task SameEnvelopeId_OfAnotherSender_IsAnotherMail()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await SenderAsync(provider);
        using var carol = await Person.SealedAsync(provider, "carol", withKey: true);
        await carol.RequestCertificateAsync();

        await Post.SubmitAsync(alice, carol.Address, Post.Mail(alice.Address, carol.Address), "1");
        await Post.SubmitAsync(carol, carol.Address, Post.Mail(carol.Address, carol.Address), "1");

        Assert.Equal([alice.Address, carol.Address], (await carol.ReadIncomingAsync()).Select(mail => mail.Envelope!.From));
    }

    [Fact]
    public async Task OtherDomainDown_MailWaitsThroughARestartAndArrivesOnce()
    {
        await using var world = await TwoDomains.StartAsync();
        using var alice = await SenderAsync(world.Red);
        using var bob = await Person.SealedAsync(world.Blue, "bob", withKey: true);
        await world.Blue.StopAsync();

        Assert.Equal(250, (await Post.SubmitAsync(alice, bob.Address, Post.Mail(alice.Address, bob.Address), "o-1"))[0].Code);
        await world.Red.Logs.WaitForAsync(Failed);
        await world.Red.RestartAsync();
        await world.Blue.StartHostAsync();
        world.Red.Advance(TimeSpan.FromMinutes(10));

        await world.Red.Logs.WaitForAsync(Delivered);
        Assert.Single(await bob.ReadIncomingAsync());
        Assert.Equal(0, world.Red.Store.QueueLength());
    }

    [Fact]
    public async Task RefusedForGood_SenderGetsANoticeWithTheHeaderOnly()
    {
        await using var world = await TwoDomains.StartAsync();
        using var alice = await SenderAsync(world.Red);

        await Post.SubmitAsync(alice, "nobody@blue.test", Post.Mail(alice.Address, "nobody@blue.test", "the subject", "the body\r\n"), "o-1");
        await world.Red.Logs.WaitForAsync(GivenUp);

        var notice = Assert.Single(await alice.ReadIncomingAsync());
        var text = Encoding.UTF8.GetString(notice.Content.Span);
        Assert.Equal("", notice.Envelope!.From);
        Assert.StartsWith("Return-Path: <>\r\n", text, StringComparison.Ordinal);
        foreach (var line in (string[])[
            "Content-Type: multipart/report; report-type=delivery-status;", "Original-Envelope-Id: o-1", "Reporting-MTA: dns; mx.red.test",
            "Final-Recipient: rfc822; nobody@blue.test", "Action: failed", "Status: 5.1.1", "Remote-MTA: dns; mx.blue.test", "Subject: the subject"])
        {
            Assert.Contains("\r\n" + line, text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("the body", text, StringComparison.Ordinal);
        Assert.Equal(0, world.Red.Store.QueueLength());
    }

    [Fact]
    public async Task OutcomeThatCanNotBeRecorded_IsKeptInMind_NotSentAgain()
    {
        await using var world = await TwoDomains.StartAsync();
        using var alice = await SenderAsync(world.Red);
        using var bob = await Person.SealedAsync(world.Blue, "bob", withKey: true);
        var isFull = true;
        int Taken() => world.Blue.Logs.Lines.Count(line => line.Text.Contains("taken in", StringComparison.Ordinal));

        // The disk is full from the moment on when the other server has the mail.
        await world.Red.RestartAsync(new DatabaseOptions { OnCommitting = _ => { if (isFull && Taken() > 0) { throw new IOException("disk full"); } } });
        await Post.SubmitAsync(alice, bob.Address, Post.Mail(alice.Address, bob.Address));
        await world.Red.Logs.WaitForAsync("met an error");
        isFull = false;
        world.Red.Advance(TimeSpan.FromMinutes(10));
        await world.Red.Logs.WaitForAsync(Delivered);

        Assert.Equal(1, Taken());
        Assert.Equal(0, world.Red.Store.QueueLength());
    }

    [Fact]
    public async Task MailThatWaits_LeavesNoNameInTheDatabase()
    {
        await using var world = await TwoDomains.StartAsync();
        using var alice = await SenderAsync(world.Red);
        world.Dns.Zone.Failing.Add("flaky.test");

        await Post.SubmitAsync(alice, "x@flaky.test", Post.Mail(alice.Address, "x@flaky.test"));
        await world.Red.Logs.WaitForAsync(Failed);
        await world.Red.StopAsync();

        foreach (var file in Directory.GetFiles(world.Red.DataPath, "provider.db*"))
        {
            Assert.Equal(-1, (await File.ReadAllBytesAsync(file)).AsSpan().IndexOf("flaky.test"u8));
        }
    }

    [Fact]
    public async Task SameSubmission_QueuedTwiceAtOnce_IsSentOnce()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await SenderAsync(provider);

        await provider.Store.EnqueueAsync(alice.Id, "m-1", 1, [1], 2, [[1], [2]], TimeSpan.FromDays(7), default);
        await provider.Store.EnqueueAsync(alice.Id, "m-2", 1, [1], 2, [[2], [3]], TimeSpan.FromDays(7), default);
        await provider.Store.EnqueueAsync(alice.Id, "m-3", 1, [1], 1, [[3]], TimeSpan.FromDays(7), default);

        Assert.Equal(["m-1 0", "m-1 1", "m-2 1"], provider.Store.DueRecipients(DateTimeOffset.MaxValue, 100).Select(row => $"{row.Message} {row.Position}").Order());
        Assert.Null(provider.Store.FindQueued(alice.Id, "m-3"));
    }

    [Fact]
    public async Task RecipientThatComesDueBetweenTwoQuestions_IsWaitedFor()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await SenderAsync(provider);
        await provider.Store.EnqueueAsync(alice.Id, "m-1", 1, [1], 1, [[1]], TimeSpan.FromDays(7), default);
        var now = provider.Clock.GetUtcNow();
        var next = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds() + 2);
        await provider.Store.RetryLaterAsync(new QueuedRecipient(alice.Id, "m-1", 0, 0), next, default);

        Assert.Empty(provider.Store.DueRecipients(now, 100));
        provider.Clock.SetUtcNow(next); // the second turns before the queue asks how long it may sleep
        Assert.Equal(next, provider.Store.NextDue(now));
    }

    [Fact]
    public async Task SlowExchanger_HoldsItsShareOfTheRelayAndNobodyUp()
    {
        await using var world = await TwoDomains.StartAsync();
        using var alice = await SenderAsync(world.Red);
        using var bob = await Person.SealedAsync(world.Blue, "bob", withKey: true);
        using var slow = new SilentExchanger(IPAddress.Parse("127.0.0.9"), world.Red.Settings.RelayPort);
        world.Dns.Zone.Addresses["mx.slow.test"] = "127.0.0.9";
        world.Dns.Zone.MailExchangers["slow.test"] = ["mx.slow.test"];

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(250, (await Post.SubmitAsync(alice, "x@slow.test", Post.Mail(alice.Address, "x@slow.test"), $"slow-{i}"))[0].Code);
        }

        await slow.WaitForAsync(connections: 4);
        Assert.Equal(250, (await Post.SubmitAsync(alice, bob.Address, Post.Mail(alice.Address, bob.Address), "quick"))[0].Code);
        await world.Red.Logs.WaitForAsync(Delivered);

        Assert.Single(await bob.ReadIncomingAsync());
        Assert.Equal(4, slow.Connections);
        Assert.Equal(20, world.Red.Store.QueueLength());

        // Those that waited for the share get it.
        slow.HangUp();
        await world.Red.Logs.WaitForAsync(Failed, 20);
    }

    [Fact]
    public void QueueKeyOfYesterday_IsKept_ForMailThatIsJustBeingTaken()
    {
        var folder = Directory.CreateTempSubdirectory("bitmask-");
        try
        {
            var keys = new QueueKeys(folder.FullName);
            var key = keys.Make(10);

            keys.DropUnused([], today: 11);
            Assert.Equal(key, keys.Find(10));
            keys.DropUnused([], today: 12);
            Assert.Null(keys.Find(10));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task DomainThatDoesNotExist_FailsAtOnce_NamesThatCanNotBeAskedWait()
    {
        await using var world = await TwoDomains.StartAsync();
        using var alice = await SenderAsync(world.Red);
        world.Dns.Zone.Failing.Add("flaky.test");

        await Post.SubmitAsync(alice, "x@nowhere.test", Post.Mail(alice.Address, "x@nowhere.test"));
        await world.Red.Logs.WaitForAsync(GivenUp);
        await Post.SubmitAsync(alice, "x@flaky.test", Post.Mail(alice.Address, "x@flaky.test"));
        await world.Red.Logs.WaitForAsync(Failed);

        Assert.Contains("Status: 5.1.10", Encoding.UTF8.GetString(Assert.Single(await alice.ReadIncomingAsync()).Content.Span), StringComparison.Ordinal);
        Assert.Equal(1, world.Red.Store.QueueLength());
    }

    [Fact]
    public async Task NotTakenForFiveDays_SenderIsTold()
    {
        await using var world = await TwoDomains.StartAsync();
        using var alice = await SenderAsync(world.Red);
        await world.Blue.StopAsync();
        await Post.SubmitAsync(alice, "bob@blue.test", Post.Mail(alice.Address, "bob@blue.test"));
        await world.Red.Logs.WaitForAsync(Failed);

        world.Red.Advance(TimeSpan.FromDays(6));
        await world.Red.Logs.WaitForAsync(GivenUp);
        await world.Blue.StartHostAsync();

        var (answer, _) = await Person.LogInAsync(world.Red, "alice", Person.Password);
        alice.Token = answer!.Token;
        Assert.Contains("Status: 5.4.7", Encoding.UTF8.GetString(Assert.Single(await alice.ReadIncomingAsync()).Content.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeysFolderMissing_MailWaitsUntilItIsBack()
    {
        await using var world = await TwoDomains.StartAsync();
        using var alice = await SenderAsync(world.Red);
        using var bob = await Person.SealedAsync(world.Blue, "bob", withKey: true);
        await world.Blue.StopAsync();
        await Post.SubmitAsync(alice, bob.Address, Post.Mail(alice.Address, bob.Address));
        await world.Red.Logs.WaitForAsync(Failed);
        await world.Blue.StartHostAsync();
        var keys = Directory.GetFiles(world.Red.Settings.QueueKeysFolder, "day-*.key").Single();
        var saved = await File.ReadAllBytesAsync(keys);

        File.Delete(keys);
        world.Red.Advance(TimeSpan.FromMinutes(1));
        await world.Red.Logs.WaitForAsync(Failed, 2);
        await File.WriteAllBytesAsync(keys, saved);
        world.Red.Advance(TimeSpan.FromMinutes(10));
        await world.Red.Logs.WaitForAsync(Delivered);

        Assert.Single(await bob.ReadIncomingAsync());
    }

    [Fact]
    public async Task Submission_WithASuffix_IsTakenAndAnswersComeBack()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await SenderAsync(provider);

        var replies = await Post.SubmitAsync(alice, "alice+news@red.test", Post.Mail("alice+news@red.test", "alice+news@red.test"), from: "alice+news@red.test");

        Assert.Equal(250, replies[0].Code);
        Assert.Single(await alice.ReadIncomingAsync());
    }

    [Theory]
    [InlineData("bob@red.test", "alice@red.test")]
    [InlineData("bob+alice@red.test", "alice@red.test")]
    [InlineData("alice@red.test", "bob+alice@red.test")]
    [InlineData("alice@red.test", "bob@red.test")]
    [InlineData("alice@red.test", "alice@red.test>, <bob@red.test")]
    [InlineData("", "alice@red.test")]
    public async Task Submission_InAnothersName_IsRefused(string envelopeFrom, string headerFrom)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await SenderAsync(provider);

        var replies = await Post.SubmitAsync(alice, alice.Address, Post.Mail(headerFrom, alice.Address), from: envelopeFrom);

        Assert.Contains($"{replies[0].Code} {replies[0].EnhancedCode}", (string[])["550 5.7.1", "553 5.7.1"]);
        Assert.Empty(await alice.ReadIncomingAsync());
    }

    [Fact]
    public async Task Submission_WithCertificateThatRanOut_IsRefused()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await SenderAsync(provider);
        provider.Clock.Advance(TimeSpan.FromDays(63));

        Assert.Equal(530, (await Post.SubmitAsync(alice, alice.Address, Post.Mail(alice.Address, alice.Address)))[0].Code);
    }

    [Fact]
    public async Task Submission_InTls12_IsRefused()
    {
        await using var provider = await TestProvider.StartAsync();
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(provider.Settings.ListenAddress, provider.Host.Ports.Submission);
        await using var tls = new System.Net.Security.SslStream(socket.GetStream(), false, static (_, certificate, _, _) => certificate is not null);

        await Assert.ThrowsAnyAsync<Exception>(() => tls.AuthenticateAsClientAsync(
            new System.Net.Security.SslClientAuthenticationOptions { TargetHost = provider.Settings.MxHost, EnabledSslProtocols = SslProtocols.Tls12 }));
    }

    [Fact]
    public void RetryPauses_DoubleUpToFourHours_WithinAQuarter()
    {
        var schedule = new RetrySchedule(TimeSpan.FromMinutes(1), static () => 0.5);
        Assert.Equal([1, 2, 4, 8], Enumerable.Range(1, 4).Select(n => schedule.Pause(n).TotalMinutes));
        Assert.Equal(TimeSpan.FromHours(4), schedule.Pause(100));
        Assert.Equal(45, new RetrySchedule(TimeSpan.FromMinutes(1), static () => 0).Pause(1).TotalSeconds);
    }

    private static async Task<Person> SenderAsync(TestProvider provider)
    {
        var alice = await Person.SealedAsync(provider, "alice", withKey: true);
        await alice.RequestCertificateAsync();
        return alice;
    }
}
