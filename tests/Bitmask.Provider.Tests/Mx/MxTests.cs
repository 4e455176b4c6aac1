using System.Text;
using System.Text.Json;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Tests.World;
using Microsoft.Extensions.Logging;

namespace Bitmask.Provider.Tests.Mx;

/// <summary>Mail from the world, over real sockets.</summary>
public sealed class MxTests
{
    private const string Outside = "someone@outside.test";

    [Fact]
    public async Task Mail_ForSealedAccount_IsInTheBoxEncryptedWithItsFacts()
    {
        await using var provider = await TestProvider.StartAsync();
        using var bob = await Person.SealedAsync(provider, "bob", withKey: true);
        var message = Post.Mail(Outside, bob.Address);

        var replies = await Post.ToExchangerAsync(provider, Outside, [bob.Address], message);

        Assert.Equal(250, Assert.Single(replies).Code);
        var mail = Assert.Single(await bob.ReadIncomingAsync());
        Assert.Equal((Outside, bob.Address), (mail.Envelope!.From, mail.Envelope.Rcpt));
        Assert.Equal(new IncomingAuthentication("none", "none", "none"), mail.Envelope.Auth);
        var text = Encoding.UTF8.GetString(mail.Content.Span);
        Assert.StartsWith($"Return-Path: <{Outside}>\r\nDelivered-To: {bob.Address}\r\nReceived: from localhost ([127.0.0.1])\r\n\tby mx.red.test with ESMTPS id ", text, StringComparison.Ordinal);
        Assert.Contains("\r\nAuthentication-Results: mx.red.test; none\r\n", text, StringComparison.Ordinal);
        Assert.True(mail.Content.Span.EndsWith(message), "What came in must be there octet for octet.");
    }

    [Fact]
    public async Task Mail_WithOctetsThatAreNoText_KeepsThem()
    {
        await using var provider = await TestProvider.StartAsync();
        using var bob = await Person.SealedAsync(provider, "bob", withKey: true);
        byte[] message = [.. Post.Mail(Outside, bob.Address, body: ""), 0xFF, 0xFE, 0x00, 0x80, .. "\r\n"u8];

        await Post.ToExchangerAsync(provider, Outside, [bob.Address], message);

        Assert.True(Assert.Single(await bob.ReadIncomingAsync()).Content.Span.EndsWith(message));
    }

    [Fact]
    public async Task Recipients_AreRefusedWithTheirReason()
    {
        await using var provider = await TestProvider.StartAsync();
        using var keyless = await Person.SealedAsync(provider, "keyless");

        var replies = await Post.ToExchangerAsync(
            provider, Outside, ["nobody@red.test", keyless.Address, "bob@blue.test"], Post.Mail(Outside, "nobody@red.test"));

        Assert.Equal(["550 5.1.1", "450 4.7.13", "550 5.7.1"], replies.Select(reply => $"{reply.Code} {reply.EnhancedCode}"));
    }

    [Fact]
    public async Task Recipient_WhoseKeyHasRunOut_IsRefusedForNow()
    {
        await using var provider = await TestProvider.StartAsync();
        using var bob = await Person.SealedAsync(provider, "bob", withKey: true);
        provider.Clock.Advance(TimeSpan.FromDays(3 * 366));

        var replies = await Post.ToExchangerAsync(provider, Outside, [bob.Address], Post.Mail(Outside, bob.Address));

        Assert.Equal("450 4.7.13", $"{replies[0].Code} {replies[0].EnhancedCode}");
    }

    [Fact]
    public async Task Address_WithSuffixOrOtherCase_ReachesItsAccount()
    {
        await using var provider = await TestProvider.StartAsync();
        using var bob = await Person.SealedAsync(provider, "bob", withKey: true);

        await Post.ToExchangerAsync(provider, Outside, ["Bob+lists@RED.test"], Post.Mail(Outside, bob.Address));

        Assert.Equal("Bob+lists@red.test", Assert.Single(await bob.ReadIncomingAsync()).Envelope!.Rcpt);
    }

    [Fact]
    public async Task Postmaster_ReachesTheUserOfTheSetting()
    {
        await using var provider = await TestProvider.StartAsync(change: settings => settings with { Postmaster = "bob" });
        using var bob = await Person.SealedAsync(provider, "bob", withKey: true);

        var replies = await Post.ToExchangerAsync(provider, Outside, ["Postmaster@red.test", "abuse@red.test"], Post.Mail(Outside, bob.Address));

        Assert.Equal((250, 250), (replies[0].Code, replies[1].Code));
        Assert.Equal(["Postmaster@red.test", "abuse@red.test"], (await bob.ReadIncomingAsync()).Select(mail => mail.Envelope!.Rcpt));
    }

    [Fact]
    public async Task RepeatedMail_IsAcceptedAndDropped_FarLaterItIsNewMail()
    {
        await using var provider = await TestProvider.StartAsync();
        using var bob = await Person.SealedAsync(provider, "bob", withKey: true);
        var message = Post.Mail(Outside, bob.Address);
        async Task<int> SendAsync(byte[] octets) => (await Post.ToExchangerAsync(provider, Outside, [bob.Address], octets))[0].Code;

        Assert.Equal((250, 250), (await SendAsync(message), await SendAsync(message)));
        Assert.Single(await bob.ReadIncomingAsync());
        await provider.RestartAsync();
        Assert.Equal(250, await SendAsync(message));
        Assert.Single(await bob.ReadIncomingAsync());

        Assert.Equal(250, await SendAsync(Post.Mail(Outside, bob.Address, body: "another\r\n")));
        Assert.Equal(2, provider.Store.ListIncoming(bob.Id, 0, 10).Count);
        provider.Clock.Advance(TimeSpan.FromHours(73));
        Assert.Equal(250, await SendAsync(message));
        Assert.Equal(3, provider.Store.ListIncoming(bob.Id, 0, 10).Count);
    }

    [Fact]
    public async Task ForgedResultsAndReturnPath_AreTakenOut_OthersStay()
    {
        await using var provider = await TestProvider.StartAsync();
        using var bob = await Person.SealedAsync(provider, "bob", withKey: true);
        var message = "Return-Path: <liar@x.test>\r\nAuthentication-Results: mx.red.test; dkim=pass\r\n\t header.d=bank.test\r\nAuthentication-Results: mx.other.test; spf=pass\r\n"
            + "From: <a@x.test>\r\n\r\nbody\r\n";

        await Post.ToExchangerAsync(provider, Outside, [bob.Address], Encoding.ASCII.GetBytes(message));

        var text = Encoding.UTF8.GetString(Assert.Single(await bob.ReadIncomingAsync()).Content.Span);
        Assert.DoesNotContain("liar", text, StringComparison.Ordinal);
        Assert.DoesNotContain("dkim=pass", text, StringComparison.Ordinal);
        Assert.Contains("mx.other.test; spf=pass", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LoopingMail_IsRefused()
    {
        await using var provider = await TestProvider.StartAsync();
        using var bob = await Person.SealedAsync(provider, "bob", withKey: true);
        var hops = string.Concat(Enumerable.Repeat("Received: from a by b; Thu, 01 Jan 2026 00:00:00 +0000\r\n", 101));

        var many = await Post.ToExchangerAsync(provider, Outside, [bob.Address], [.. Encoding.ASCII.GetBytes(hops), .. Post.Mail(Outside, bob.Address)]);
        var again = await Post.ToExchangerAsync(provider, Outside, [bob.Address], [.. Encoding.ASCII.GetBytes($"Delivered-To: {bob.Address}\r\n"), .. Post.Mail(Outside, bob.Address)]);

        Assert.Equal(("554 5.4.6", "554 5.4.6"), ($"{many[0].Code} {many[0].EnhancedCode}", $"{again[0].Code} {again[0].EnhancedCode}"));
    }

    [Fact]
    public async Task Mail_ForLeapAccount_IsTheDocumentThatLeapClientsKnow()
    {
        await using var provider = await TestProvider.StartAsync();
        using var leo = await Person.LeapAsync(provider, withKey: true);
        var message = Post.Mail(Outside, leo.Address);

        await Post.ToExchangerAsync(provider, Outside, [leo.Address], message);

        using var response = await leo.SoledadAsync(
            HttpMethod.Post, $"/user-{leo.Id.Value}/sync-from/cccccccccccccccccccccccccccccccc",
            Person.Content("[\r\n{\"ensure\": false, \"last_known_generation\": 0, \"last_known_trans_id\": \"\", \"sync_id\": \"s\"}\r\n]", SyncMediaTypes.Get));
        var reader = new SyncStreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal(1, (await reader.ReadNewGenerationAsync()).NumberOfChanges);
        using var document = JsonDocument.Parse((await reader.ReadEntryAsync())!.Content!);
        Assert.Equal("True False pubkey", $"{document.RootElement.GetProperty("incoming")} {document.RootElement.GetProperty("errdecr")} {document.RootElement.GetProperty("_enc_scheme")}");
        var content = IncomingContent.Parse(leo.Decrypt(Encoding.ASCII.GetBytes(document.RootElement.GetProperty("_enc_json").GetString()!)));
        Assert.Null(content.Envelope);
        Assert.True(content.Content.Span.EndsWith(message));
    }

    [Fact]
    public async Task FullDisk_IsTransientAndNothingIsLostOrHalfStored()
    {
        await using var provider = await TestProvider.StartAsync();
        using var bob = await Person.SealedAsync(provider, "bob", withKey: true);
        await provider.RestartAsync(new Sqlite.DatabaseOptions { MaxPages = 80 });
        var big = Post.Mail(Outside, bob.Address, body: string.Concat(Enumerable.Repeat(new string('x', 998) + "\r\n", 800)));

        var full = await Post.ToExchangerAsync(provider, Outside, [bob.Address], big);
        await provider.RestartAsync();
        var later = await Post.ToExchangerAsync(provider, Outside, [bob.Address], big);

        Assert.Equal((451, 250), (full[0].Code, later[0].Code));
        Assert.True(Assert.Single(await bob.ReadIncomingAsync()).Content.Span.EndsWith(big));
    }

    [Fact]
    public async Task Marker_FromSubjectBodyAndAttachment_IsNowhereOnDiskOrInLogs()
    {
        const string marker = "zanzibar-marker";
        await using var provider = await TestProvider.StartAsync();
        using var bob = await Person.SealedAsync(provider, "bob", withKey: true);
        using var alice = await Person.SealedAsync(provider, "alice", withKey: true);
        await alice.RequestCertificateAsync();
        var body = string.Concat(Enumerable.Repeat(marker + new string('y', 900) + "\r\n", 1100));
        var message = Post.Mail("whistle@outside.test", bob.Address, marker, body);

        Assert.Equal(250, (await Post.ToExchangerAsync(provider, "whistle@outside.test", [bob.Address], message))[0].Code);
        Assert.Equal(250, (await Post.SubmitAsync(alice, ["bob@nowhere.invalid", bob.Address], Post.Mail(alice.Address, bob.Address, marker, body)))[0].Code);

        Assert.Equal(1, provider.Store.QueueLength());
        foreach (var word in (string[])[marker, "whistle@outside", "nowhere.invalid"])
        {
            var found = Directory.EnumerateFiles(provider.FolderPath, "*", SearchOption.AllDirectories).Where(path => !path.EndsWith(".lock", StringComparison.Ordinal) && File.ReadAllBytes(path).AsSpan().IndexOf(Encoding.ASCII.GetBytes(word)) >= 0);
            Assert.Empty(found);
        }

        Assert.DoesNotContain(provider.Logs.Lines, line => line.Text.Contains(marker, StringComparison.Ordinal));
        Assert.DoesNotContain(provider.Logs.Lines, line => line.Level >= LogLevel.Information && (line.Text.Contains('@', StringComparison.Ordinal) || line.Text.Contains("outside.test", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Mail_IsEncryptedToTheKeyThatIsThereNow()
    {
        await using var provider = await TestProvider.StartAsync();
        using var bob = await Person.SealedAsync(provider, "bob", withKey: true);
        await Post.ToExchangerAsync(provider, Outside, [bob.Address], Post.Mail(Outside, bob.Address, id: "<1@x>"));
        using var old = bob.Key;
        await bob.UploadKeyAsync(OpenPgpSecretKey.Generate(EmailAddress.Parse(bob.Address), provider.Clock.GetUtcNow()));
        await Post.ToExchangerAsync(provider, Outside, [bob.Address], Post.Mail(Outside, bob.Address, id: "<2@x>"));

        var second = provider.Store.ListIncoming(bob.Id, 1, 1).Single();
        var blob = Protocol.Soledad.Leap.IncomingBlob.Parse(provider.Store.FindIncoming(bob.Id, second.Id)!);
        Assert.NotEmpty(bob.Decrypt(blob.Message.Span));
    }
}
