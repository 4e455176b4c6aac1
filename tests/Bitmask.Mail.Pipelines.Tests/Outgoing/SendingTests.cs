using System.Text;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using Bitmask.Smtp;

namespace Bitmask.Mail.Pipelines.Tests.Outgoing;

/// <summary>Decisions, copies, answers (security.md C10 and design rules 1 and 3).</summary>
public class SendingTests
{
    private const string Mail = """
        From: Alice <alice@red.test>
        To: Bob <bob@blue.test>, eve@plain.test
        Bcc: carol@red.test, dave@blue.test
        Subject: Tulips
        Message-ID: <1@red.test>
        Date: Tue, 24 Nov 2026 11:00:00 +0000
        User-Agent: Mutt
        X-Leap-Signature: valid
        Received: from laptop
        MIME-Version: 1.0
        Content-Type: text/plain; charset=utf-8

        The marker is märz.

        """;

    [Fact]
    public async Task KnownKey_LeavesEncryptedAndArrivesAsItWas()
    {
        await using var world = await World.StartAsync();
        await world.Alice.SubmitAsync(Mail, "bob@blue.test");
        var id = world.Alice.Account.Outbox.All()[0].Id;

        await world.Alice.Outgoing.WorkAsync();

        var (envelopeId, _, copy) = Assert.Single(world.Alice.Relay.Taken);
        Assert.Equal(id.ToString(), envelopeId);
        var text = Encoding.UTF8.GetString(copy);
        Assert.All(["Tulips", "marker", "carol", "dave", "Mutt", "laptop", "X-Leap"], word => Assert.DoesNotContain(word, text, StringComparison.Ordinal));
        Assert.Equal(["Autocrypt", "From", "To", "Date", "Message-ID", "Subject", "MIME-Version", "Content-Type"], RawMessage.Parse(copy).Fields.Select(field => field.Name).Order().OrderBy(OrderOf));
        Assert.Empty(world.Alice.Account.Outbox.All());

        var entry = await world.ReceiveAsync(copy);
        Assert.Equal("Tulips", world.Bob.Account.Envelope(entry).Subject);
        Assert.EndsWith("\r\n\r\nThe marker is märz.\r\n", world.Bob.Text(entry), StringComparison.Ordinal);
        Assert.DoesNotContain("Bcc:", world.Bob.Text(entry), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(world.Alice.Certificate.Fingerprint.Value, world.Bob.Account.Security(entry)!.Signer);
        Assert.NotNull(world.Bob.Account.Security(entry)!.Layers[1].Range);

        static int OrderOf(string name) => Array.IndexOf(["Autocrypt", "From", "To", "Date", "Message-ID", "Subject", "MIME-Version", "Content-Type"], name);
    }

    [Fact]
    public async Task BlindCopies_AreEncryptedAloneWithTheSameMessageId()
    {
        await using var world = await World.StartAsync();
        await using var carol = await Person.StartAsync("carol@red.test", world.Directory, world.Clock);
        await using var dave = await Person.StartAsync("dave@blue.test", world.Directory, world.Clock);
        await world.Alice.SubmitAsync(Mail, "bob@blue.test", "carol@red.test", "dave@blue.test");

        await world.Alice.Outgoing.WorkAsync();

        var relay = world.Alice.Relay;
        Assert.Equal([Keys(world.Alice, world.Bob), Keys(carol), Keys(dave)], new[] { "bob@blue.test", "carol@red.test", "dave@blue.test" }.Select(address => KeyIdsOf(relay.CopyFor(address))));
        Assert.All(relay.Taken, copy => Assert.Equal("<1@red.test>", RawMessage.Parse(copy.Message).Find("Message-ID")!.Value));
        Assert.All(relay.Taken, copy => Assert.DoesNotContain("bcc:", Encoding.UTF8.GetString(copy.Message), StringComparison.OrdinalIgnoreCase));
        Assert.Equal([carol.Certificate.Fingerprint], For("carol@red.test", carol)); // and nobody else
        Assert.Equal([world.Bob.Certificate.Fingerprint, world.Alice.Certificate.Fingerprint], For("bob@blue.test", world.Bob));

        IReadOnlyList<Fingerprint> For(string recipient, Person person) => ((DecryptionResult.Opened)Decrypt(relay.CopyFor(recipient), person)).Signatures[0].IntendedRecipients;

        static string Keys(params Person[] people) => string.Join(' ', people.SelectMany(person => person.Certificate.EncryptionSubkeysAt(person.Clock.GetUtcNow())).Select(key => key.KeyId).Order());
    }

    [Fact]
    public async Task NoKey_LeavesInClearWithoutBcc()
    {
        await using var world = await World.StartAsync();
        await world.Alice.SubmitAsync(Mail, "bob@blue.test", "eve@plain.test");

        await world.Alice.Outgoing.WorkAsync();

        var plain = Encoding.UTF8.GetString(world.Alice.Relay.CopyFor("eve@plain.test"));
        Assert.Contains("Subject: Tulips\r\n", plain, StringComparison.Ordinal);
        Assert.Contains("\r\n\r\nThe marker is m=C3=A4rz.\r\n\r\n--", plain, StringComparison.Ordinal);
        Assert.All(["Bcc:", "X-Leap", "Received"], word => Assert.DoesNotContain(word, plain, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("marker", Encoding.UTF8.GetString(world.Alice.Relay.CopyFor("bob@blue.test")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LookupFailed_NothingLeavesUntilItAnswers()
    {
        await using var world = await World.StartAsync();
        world.Directory.IsDown = true;
        await world.Alice.SubmitAsync(Mail, "bob@blue.test");

        await world.Alice.Outgoing.WorkAsync();

        var recipient = Assert.Single(Assert.Single(world.Alice.Account.Outbox.All()).Recipients);
        Assert.Equal((OutboxState.Waiting, 1, null), (recipient.State, recipient.Attempts, recipient.Decision));
        Assert.Contains("could not be looked up", recipient.Reason, StringComparison.Ordinal);
        Assert.True(recipient.NextAttempt > world.Clock.GetUtcNow());
        Assert.Empty(world.Alice.Relay.Taken);

        world.Directory.IsDown = false;
        world.Clock.Advance(TimeSpan.FromHours(1));
        await world.Alice.Outgoing.WorkAsync();
        Assert.IsType<DecryptionResult.Opened>(Decrypt(world.Alice.Relay.CopyFor("bob@blue.test"), world.Bob));
    }

    [Fact]
    public async Task ProviderIsBack_WaitingMailLeavesSoonAndNotAfterItsLongPause()
    {
        await using var world = await World.StartAsync();
        world.Alice.Relay.IsDown = true;
        await world.Alice.SubmitAsync(Mail, "bob@blue.test");
        for (var i = 0; i < 8; i++)
        {
            await world.Alice.Outgoing.WorkAsync();
            world.Clock.Advance(TimeSpan.FromHours(2));
        }

        await world.Alice.Outgoing.WorkAsync();
        world.Alice.Relay.IsDown = false;
        world.Alice.Outgoing.ProviderIsBack();
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        await world.Alice.Outgoing.WorkAsync(); // nine attempts failed: nine seconds, so that a line that comes and goes is no reason to hurry
        Assert.Empty(world.Alice.Relay.Taken);
        world.Clock.Advance(TimeSpan.FromSeconds(10));
        await world.Alice.Outgoing.WorkAsync();

        Assert.Single(world.Alice.Relay.Taken);
    }

    [Fact]
    public async Task KeyChangedAfterTheDecision_IsHeldAndToldAndReminded()
    {
        await using var world = await World.StartAsync();
        world.Alice.Relay.IsDown = true;
        await world.Alice.SubmitAsync(Mail, "bob@blue.test");
        await world.Alice.Outgoing.WorkAsync();
        Assert.Equal(OutboxDecisionKind.Encrypt, world.Alice.Account.Outbox.All()[0].Recipients[0].Decision!.Kind);
        using var other = OpenPgpSecretKey.Generate(world.Bob.Address, world.Clock.GetUtcNow());
        await world.Alice.Keys.ImportAsync(other.Certificate, world.Bob.Address);
        Assert.Equal(other.Fingerprint, ((Bitmask.Keys.KeyLookup.Found)await world.Alice.Keys.FindAsync(world.Bob.Address)).Certificate.Fingerprint);
        world.Alice.Relay.IsDown = false;

        world.Clock.Advance(TimeSpan.FromHours(2));
        await world.Alice.Outgoing.WorkAsync();

        Assert.Empty(world.Alice.Relay.Taken);
        var held = world.Alice.Account.Outbox.All()[0].Recipients[0];
        Assert.Equal((OutboxState.Held, world.Bob.Certificate.Fingerprint), (held.State, held.Decision!.Fingerprint));
        var notice = world.Alice.Text(Assert.Single(world.Alice.Inbox()));
        Assert.Contains("Subject: Mail is held back", notice, StringComparison.Ordinal);
        Assert.Contains("Action: delayed", notice, StringComparison.Ordinal);
        world.Clock.Advance(TimeSpan.FromHours(25));
        await world.Alice.Outgoing.WorkAsync();
        Assert.Equal(2, world.Alice.Inbox().Count);
        Assert.Empty(world.Alice.Relay.Taken);
    }

    [Fact]
    public async Task EncryptDecision_KeyGoneFromEverywhere_NeverLeavesInClear()
    {
        await using var world = await World.StartAsync();
        world.Alice.Relay.IsDown = true;
        await world.Alice.SubmitAsync(Mail, "bob@blue.test");
        await world.Alice.Outgoing.WorkAsync();
        world.Directory.Certificates.Clear();
        foreach (var document in world.Alice.Store.Read(reader => reader.GetByType("OpenPGPKey-active").Where(found => found.Json!.Contains("bob@blue.test", StringComparison.Ordinal)).ToList()))
        {
            await world.Alice.Store.WriteAsync(tx => tx.Delete(document.Id, document.Rev));
        }

        world.Alice.Relay.IsDown = false;
        world.Clock.Advance(TimeSpan.FromHours(2));
        await world.Alice.Outgoing.WorkAsync();

        Assert.Empty(world.Alice.Relay.Taken);
        Assert.Equal(OutboxState.Held, world.Alice.Account.Outbox.All()[0].Recipients[0].State);
    }

    [Fact]
    public async Task PlainDecision_KeyAppearsBeforeTheRetry_LeavesEncrypted()
    {
        await using var world = await World.StartAsync();
        world.Directory.Certificates.Remove("bob@blue.test");
        world.Alice.Relay.IsDown = true;
        await world.Alice.SubmitAsync(Mail, "bob@blue.test");
        await world.Alice.Outgoing.WorkAsync();
        world.Directory.Certificates["bob@blue.test"] = world.Bob.Certificate;
        world.Alice.Relay.IsDown = false;

        world.Clock.Advance(TimeSpan.FromHours(2));
        await world.Alice.Outgoing.WorkAsync();

        Assert.IsType<DecryptionResult.Opened>(Decrypt(world.Alice.Relay.CopyFor("bob@blue.test"), world.Bob));
    }

    [Fact]
    public async Task ExpiredKeyInTheDirectory_IsHeldNotSentInClear()
    {
        await using var world = await World.StartAsync();
        using var old = OpenPgpSecretKey.Generate(world.Bob.Address, world.Clock.GetUtcNow().AddYears(-5));
        world.Directory.Certificates["bob@blue.test"] = old.Certificate;
        await world.Alice.SubmitAsync(Mail, "bob@blue.test");

        await world.Alice.Outgoing.WorkAsync();

        Assert.Empty(world.Alice.Relay.Taken);
        Assert.Equal(OutboxState.Held, world.Alice.Account.Outbox.All()[0].Recipients[0].State);
    }

    [Fact]
    public async Task Answers_DifferForEachRecipient()
    {
        await using var world = await World.StartAsync();
        await world.Alice.SubmitAsync(Mail, "never@plain.test", "later@plain.test", "eve@plain.test");

        await world.Alice.Outgoing.WorkAsync();

        Assert.Equal("eve@plain.test", Assert.Single(world.Alice.Relay.Taken).Recipient);
        var item = Assert.Single(world.Alice.Account.Outbox.All());
        Assert.Equal([OutboxState.Failed, OutboxState.Waiting, OutboxState.Relayed], item.Recipients.Select(recipient => recipient.State));
        Assert.Contains("4.2.1", item.Recipients[1].Reason, StringComparison.Ordinal);
        var notice = world.Alice.Text(Assert.Single(world.Alice.Inbox()));
        Assert.Contains("Content-Type: multipart/report; report-type=delivery-status", notice, StringComparison.Ordinal);
        Assert.Contains("Final-Recipient: rfc822; never@plain.test\r\nAction: failed\r\nStatus: 5.1.1\r\n", notice, StringComparison.Ordinal);
        Assert.Contains("Original-Envelope-Id: " + item.Id, notice, StringComparison.Ordinal);
        Assert.Contains("Subject: Tulips", notice, StringComparison.Ordinal);
        Assert.DoesNotContain("marker", notice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CertificateNotAccepted_WaitsInsteadOfFailing()
    {
        await using var world = await World.StartAsync();
        var refusals = 0;
        world.Alice.Outgoing.CertificateRefused += () => refusals++;
        world.Alice.Relay.SenderReply = SmtpReply.AuthenticationRequired;
        await world.Alice.SubmitAsync(Mail, "eve@plain.test");

        await world.Alice.Outgoing.WorkAsync();

        Assert.Equal(OutboxState.Waiting, world.Alice.Account.Outbox.All()[0].Recipients[0].State);
        Assert.Equal(1, refusals);
        world.Alice.Relay.SenderReply = null;
        world.Clock.Advance(TimeSpan.FromHours(1));
        await world.Alice.Outgoing.WorkAsync();
        Assert.Single(world.Alice.Relay.Taken);
    }

    [Fact]
    public async Task NetworkGone_OneMailWaitsTheNextToo_ReasonIsTold()
    {
        await using var world = await World.StartAsync();
        world.Alice.Relay.IsDown = true;
        await world.Alice.SubmitAsync(Mail, "bob@blue.test");
        await world.Alice.SubmitAsync(Mail, "eve@plain.test");

        await world.Alice.Outgoing.WorkAsync();

        Assert.All(world.Alice.Account.Outbox.All(), item => Assert.Contains("The network is gone.", item.Recipients[0].Reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task CrashAtEveryCommit_EachRecipientGetsItOnceAndTheUserIsToldOnce()
    {
        for (var k = 1; ; k++)
        {
            await using var world = await World.StartAsync();
            var alice = world.Alice;
            await alice.SubmitAsync(Mail, "bob@blue.test", "eve@plain.test", "never@plain.test");
            var commits = 0;
            var hasCrashed = false;
            alice.OnCommitting = _ =>
            {
                if (++commits == k)
                {
                    hasCrashed = true;
                    throw new InvalidOperationException("crash");
                }
            };

            for (var i = 0; i < 5; i++)
            {
                try
                {
                    await alice.Outgoing.WorkAsync();
                }
                catch (Exception e) when (e.Message.Contains("crash", StringComparison.Ordinal) || e.InnerException?.Message == "crash")
                {
                    alice.Restart();
                }

                world.Clock.Advance(TimeSpan.FromHours(2));
            }

            alice.OnCommitting = null;
            Assert.Equal(["bob@blue.test", "eve@plain.test"], alice.Relay.Taken.Select(copy => copy.Recipient).Order());
            Assert.Single(alice.Inbox());
            Assert.Empty(alice.Account.Outbox.All());
            if (!hasCrashed)
            {
                Assert.True(k > 5, "commits were counted");
                return;
            }
        }
    }

    [Fact]
    public async Task Loop_AcceptedMail_LeavesAtOnce()
    {
        await using var world = await World.StartAsync();
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var done = new TaskCompletionSource();
        using var subscription = world.Alice.Account.Changes.Subscribe(_ =>
        {
            if (world.Alice.Relay.Taken.Count == 1)
            {
                done.TrySetResult();
            }
        });
        var loop = world.Alice.Outgoing.RunAsync(stop.Token);

        await world.Alice.SubmitAsync(Mail, "bob@blue.test");

        await done.Task.WaitAsync(stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loop);
    }

    private static DecryptionResult Decrypt(byte[] copy, Person person)
        => MessageDecryptor.Decrypt(Armor(copy).Span, [person.Own], [], person.Clock.GetUtcNow());

    private static string KeyIdsOf(byte[] copy)
        => string.Join(' ', ((DecryptionResult.NoKey)MessageDecryptor.Decrypt(Armor(copy).Span, [], [], Person.NewClock().GetUtcNow())).RecipientKeyIds.Order());

    private static ReadOnlyMemory<byte> Armor(byte[] copy)
    {
        var message = RawMessage.Parse(copy);
        return RawMessage.Parse(RawMultipart.Split(message.Body, message.ContentType.Boundary!, 3)[1]).Body;
    }
}
