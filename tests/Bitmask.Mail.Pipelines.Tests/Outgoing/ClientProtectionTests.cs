using System.Formats.Asn1;
using System.Text;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp.Secret;

namespace Bitmask.Mail.Pipelines.Tests.Outgoing;

/// <summary>Mail that a program has encrypted or signed by itself.</summary>
public class ClientProtectionTests
{
    private const string Head = """
        From: Alice <alice@red.test>
        To: Bob <bob@blue.test>
        Subject: ...
        Message-ID: <own@red.test>
        Date: Tue, 24 Nov 2026 11:00:00 +0000
        Autocrypt: addr=alice@red.test; keydata=AAAA
        MIME-Version: 1.0

        """;

    [Theory]
    [InlineData("pgp/mime")]
    [InlineData("inline")]
    [InlineData("s/mime")]
    [InlineData("s/mime authenticated")]
    public async Task Encrypted_LeavesAsItCameForEverybodyWithoutALookup(string kind)
    {
        await using var world = await World.StartAsync();
        world.Directory.IsDown = true;
        world.Alice.Sending.Policy = OutboxPolicy.EncryptedOnly;
        var mail = Head + Encrypted(kind, world);
        await world.Alice.SubmitAsync(mail, "bob@blue.test", "hidden@plain.test");
        world.Alice.Relay.IsDown = true;
        await world.Alice.Outgoing.WorkAsync();
        Assert.All(world.Alice.Account.Outbox.All()[0].Recipients, recipient => Assert.Equal((OutboxDecisionKind.EncryptedByClient, null), (recipient.Decision!.Kind, recipient.Decision.Fingerprint)));

        world.Alice.Relay.IsDown = false;
        world.Clock.Advance(TimeSpan.FromHours(1));
        await world.Alice.Outgoing.WorkAsync();

        Assert.All((string[])["bob@blue.test", "hidden@plain.test"], recipient => Assert.Equal(World.Octets(mail), world.Alice.Relay.CopyFor(recipient)));
        Assert.DoesNotContain(world.Alice.Keys.List(), key => key.Address?.Address == "bob@blue.test" && key.EncryptUsed);
    }

    [Theory]
    [InlineData("pgp/mime in name only")]
    [InlineData("s/mime in name only")]
    [InlineData("text around it")]
    public async Task CalledEncryptedAndIsNot_IsEncryptedHere(string kind)
    {
        await using var world = await World.StartAsync();
        await world.Alice.SubmitAsync(Head + Encrypted(kind, world), "bob@blue.test");

        await world.Alice.Outgoing.WorkAsync();

        var copy = RawMessage.Parse(world.Alice.Relay.CopyFor("bob@blue.test"));
        Assert.Equal("[...]", copy.Find("Subject")!.Value);
        Assert.DoesNotContain("keydata=AAAA", copy.Find("Autocrypt")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DecidedToEncryptByAnOlderProgram_StaysSo()
    {
        await using var world = await World.StartAsync();
        await world.Alice.SubmitAsync(Head + Encrypted("pgp/mime", world), "bob@blue.test");
        var item = world.Alice.Account.Outbox.All()[0];
        await world.Alice.Account.Outbox.DecideAsync(item.Id, world.Bob.Address, new OutboxDecision(OutboxDecisionKind.Encrypt, world.Bob.Certificate.Fingerprint, world.Clock.GetUtcNow()));

        await world.Alice.Outgoing.WorkAsync();

        Assert.Equal("[...]", RawMessage.Parse(world.Alice.Relay.CopyFor("bob@blue.test")).Find("Subject")!.Value);
    }

    [Fact]
    public async Task Signed_IsInsideOctetForOctet()
    {
        await using var world = await World.StartAsync();
        const string Part = "Content-Type: text/plain; charset=utf-8\r\nX-Odd:  spaced  \r\n\r\nmärz \r\nFrom here\r\n";
        var body = $"--b\r\n{Part}\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\n{MessageSigner.SignDetached(Encoding.UTF8.GetBytes(Part), world.Alice.Own, world.Clock.GetUtcNow()).ReplaceLineEndings("\r\n")}\r\n--b--\r\n";
        await world.Alice.SubmitAsync(Head + "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; micalg=pgp-sha512; boundary=b\r\n\r\n" + body, "bob@blue.test", "eve@plain.test");

        await world.Alice.Outgoing.WorkAsync();

        Assert.EndsWith("\r\n\r\n" + body, Encoding.UTF8.GetString(world.Alice.Relay.CopyFor("eve@plain.test")), StringComparison.Ordinal);
        var entry = await world.ReceiveAsync(world.Alice.Relay.CopyFor("bob@blue.test"));
        Assert.EndsWith("\r\n\r\n" + body, world.Bob.Text(entry), StringComparison.Ordinal);
        Assert.Equal(world.Alice.Certificate.Fingerprint.Value, world.Bob.Account.Security(entry)!.Signer);
    }

    private static string Encrypted(string kind, World world)
    {
        var armor = MessageSigner.EncryptAndSign("Content-Type: text/plain\r\n\r\nThe marker.\r\n"u8, [world.Bob.Certificate], world.Alice.Own, world.Clock.GetUtcNow());
        var text = Encoding.ASCII.GetString(armor);
        return kind switch
        {
            "pgp/mime" => PgpMime(text),
            "pgp/mime in name only" => PgpMime("The marker."),
            "inline" => "Content-Type: text/plain\r\n\r\n" + text,
            "text around it" => "Content-Type: text/plain\r\n\r\nLook:\r\n" + text,
            "s/mime" => SMime("1.2.840.113549.1.7.3"),
            "s/mime authenticated" => SMime("1.2.840.113549.1.9.16.1.23"),
            "s/mime in name only" => SMime("1.2.840.113549.1.7.1"),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    private static string PgpMime(string content)
        => "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\r\n\r\n--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n"
            + $"--b\r\nContent-Type: application/octet-stream\r\n\r\n{content}\r\n--b--\r\n";

    private static string SMime(string contentType)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(contentType);
            writer.WriteOctetString("sealed"u8);
        }

        return "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Transfer-Encoding: base64\r\n\r\n" + Convert.ToBase64String(writer.Encode()) + "\r\n";
    }
}
