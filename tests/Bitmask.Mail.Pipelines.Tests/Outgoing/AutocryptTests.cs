using System.Text;
using Bitmask.Keys;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines.Tests.Outgoing;

public class AutocryptTests
{
    private const string Mail = """
        From: Alice <alice@red.test>
        To: bob@blue.test, carol@red.test
        Bcc: dave@blue.test
        Date: Tue, 24 Nov 2026 11:00:00 +0000
        Message-ID: <a@red.test>
        Subject: Tulips
        Autocrypt: addr=alice@red.test; keydata=AAAA
        Autocrypt-Draft-State: encrypt=yes
        Content-Type: text/plain

        Hello.

        """;

    [Fact]
    public async Task Copies_ShowOneOwnKeyOutsideAndTheNamedRecipientsInside()
    {
        await using var world = await World.StartAsync();
        await using var carol = await Person.StartAsync("carol@red.test", world.Directory, world.Clock);
        await using var dave = await Person.StartAsync("dave@blue.test", world.Directory, world.Clock);
        await world.Alice.SubmitAsync(Mail, "bob@blue.test", "carol@red.test", "dave@blue.test");

        await world.Alice.Outgoing.WorkAsync();

        foreach (var (_, _, copy) in world.Alice.Relay.Taken)
        {
            Assert.Equal(world.Alice.Certificate.Fingerprint, Header(copy)!.Certificate.Fingerprint);
            Assert.True(Header(copy)!.PrefersEncryption);
            Assert.DoesNotContain("Gossip", Encoding.UTF8.GetString(copy), StringComparison.Ordinal);
        }

        var inside = Inside(world.Alice.Relay.CopyFor("bob@blue.test"), world.Bob);
        Assert.Equal(["bob@blue.test", "carol@red.test"], Gossip(inside).Select(gossip => gossip.Address.Address).Order());
        Assert.Empty(Gossip(Inside(world.Alice.Relay.CopyFor("dave@blue.test"), dave)));
        Assert.All((string[])["Draft-State", "keydata=AAAA"], word => Assert.DoesNotContain(word, Encoding.UTF8.GetString(inside), StringComparison.Ordinal));
    }

    [Fact]
    public async Task PlainCopy_ShowsTheOwnKey()
    {
        await using var world = await World.StartAsync();
        await world.Alice.SubmitAsync(Mail, "nobody@green.test");

        await world.Alice.Outgoing.WorkAsync();

        var copy = world.Alice.Relay.CopyFor("nobody@green.test");
        Assert.Equal(world.Alice.Certificate.Fingerprint, Header(copy)!.Certificate.Fingerprint);
        Assert.All(RawMessage.Parse(copy).Fields, field => Assert.True(field.Octets.Length <= 10 * 1024));
        Assert.All(Encoding.UTF8.GetString(copy).Split("\r\n"), line => Assert.True(line.Length <= 78));
    }

    [Fact]
    public async Task Received_KeyAndGossip_AreCandidatesOfThoseTheyNameAndNoMore()
    {
        await using var world = await World.StartAsync();
        await using var carol = await Person.StartAsync("carol@red.test", world.Directory, world.Clock);
        await world.Alice.SubmitAsync(Mail, "bob@blue.test", "carol@red.test");
        await world.Alice.Outgoing.WorkAsync();
        world.Directory.Certificates.Remove("carol@red.test");

        await world.ReceiveAsync(world.Alice.Relay.CopyFor("bob@blue.test"));

        Assert.Equal(("Gossip", carol.Certificate.Fingerprint.Value), Assert.Single(world.Bob.Keys.Explain(carol.Address).Candidates) is var shown ? (shown.Source, shown.Fingerprint) : default);
        Assert.Equal(AutocryptRecommendation.Discourage, world.Bob.Keys.Recommend(carol.Address, true, false).Advice);
        Assert.Equal(world.Alice.Certificate.Fingerprint.Value, world.Bob.Keys.Explain(world.Alice.Address).Autocrypt!.PublicKey);
        Assert.IsType<KeyLookup.NotFound>(await world.Bob.Keys.FindAsync(carol.Address));
    }

    [Theory]
    [InlineData("Alice <alice@red.test>", "", true)]
    [InlineData("Alice <alice@red.test>, Eve <eve@red.test>", "", false)]
    [InlineData("Mallory <mallory@red.test>", "", false)]
    [InlineData("Alice <alice@red.test>", "Content-Type: multipart/report; boundary=x\r\n", false)]
    public async Task Received_HeaderOfAStranger_TakenOnlyWhenTheSenderIsClear(string from, string more, bool isTaken)
    {
        await using var world = await World.StartAsync();
        using var key = OpenPgpSecretKey.Generate(EmailAddress.Parse("alice@red.test"), world.Clock.GetUtcNow());
        var header = AutocryptHeader.Format(EmailAddress.Parse("alice@red.test"), key.Certificate, world.Clock.GetUtcNow());

        await world.ReceiveAsync(World.Octets($"From: {from}\r\nTo: bob@blue.test\r\nDate: Tue, 24 Nov 2026 11:00:00 +0000\r\nAutocrypt: {header}\r\nAutocrypt-Gossip: {header}\r\n{more}\r\nHello.\r\n"));

        Assert.Equal(isTaken ? 1 : 0, world.Bob.Keys.Explain(world.Alice.Address).Candidates.Count);
        Assert.Null(world.Bob.Keys.Explain(world.Alice.Address).Autocrypt?.GossipKey);
    }

    [Fact]
    public async Task Received_AttachedKey_CandidateOfItsSenderOnly()
    {
        await using var world = await World.StartAsync();
        using var mallory = OpenPgpSecretKey.Generate(EmailAddress.Parse("carol@red.test"), world.Clock.GetUtcNow());
        string Part(OpenPgpCertificate certificate) => $"--x\r\nContent-Type: application/pgp-keys; name=key.asc\r\n\r\n{certificate.ToArmor().ReplaceLineEndings("\r\n")}\r\n";

        await world.ReceiveAsync(World.Octets(
            "From: alice@red.test\r\nTo: bob@blue.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
            + "--x\r\n\r\nMy key.\r\n" + Part(mallory.Certificate) + Part(world.Alice.Certificate) + "--x\r\nContent-Type: application/pgp-keys\r\n\r\nnone\r\n--x--\r\n"));

        Assert.Equal("Attachment", Assert.Single(world.Bob.Keys.Explain(world.Alice.Address).Candidates).Source);
        Assert.Empty(world.Bob.Keys.Explain(EmailAddress.Parse("carol@red.test")).Candidates);
    }

    [Fact]
    public async Task ReleasedContact_LeavesInClearUntilBoundAgain()
    {
        await using var world = await World.StartAsync();
        await world.Alice.Keys.FindAsync(world.Bob.Address);
        await world.Alice.Keys.ReleaseAsync(world.Bob.Address, isReleased: true);
        await world.Alice.SubmitAsync(Mail, "bob@blue.test");

        Assert.Equal("out.none", Assert.Single(await world.Alice.Outgoing.PreflightAsync(["bob@blue.test"])).Code);
        await world.Alice.Outgoing.WorkAsync();

        Assert.Contains("Hello.", Encoding.UTF8.GetString(world.Alice.Relay.CopyFor("bob@blue.test")), StringComparison.Ordinal);
        await world.Alice.Keys.ReleaseAsync(world.Bob.Address, isReleased: false);
        Assert.Equal("out.known", Assert.Single(await world.Alice.Outgoing.PreflightAsync(["bob@blue.test"])).Code);
    }

    private static AutocryptHeader? Header(byte[] copy)
        => Assert.Single(RawMessage.Parse(copy).Fields, field => field.Is("Autocrypt")) is var field ? AutocryptHeader.Parse(field.Value) : null;

    private static IEnumerable<AutocryptHeader> Gossip(byte[] inside)
        => RawMessage.Parse(inside).Fields.Where(field => field.Is("Autocrypt-Gossip")).Select(field => AutocryptHeader.Parse(field.Value)!);

    private static byte[] Inside(byte[] copy, Person reader)
    {
        var message = RawMessage.Parse(copy);
        var part = RawMessage.Parse(RawMultipart.Split(message.Body, message.ContentType.Boundary!, 3)[1]);
        return Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(part.Body.ToArray(), [reader.Own], [], reader.Clock.GetUtcNow())).Data;
    }
}
