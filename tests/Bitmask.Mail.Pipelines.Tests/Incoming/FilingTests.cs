using System.Text;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines.Tests.Incoming;

/// <summary>What is filed, and what is said about it (security.md A10).</summary>
public class FilingTests
{
    private const string Header = "From: Alice <alice@red.test>\r\nTo: bob@blue.test\r\nSubject: Tulips\r\nMessage-ID: <1@red.test>\r\nDate: Tue, 24 Nov 2026 11:00:00 +0000\r\n";

    [Fact]
    public async Task Plain_IsFiledOctetForOctet()
    {
        await using var world = await World.StartAsync();
        var mail = World.Octets(Header + "X-Odd:   spaces \tand\r\n\tfolds  \r\n\r\nbody\r\n.\r\n");

        var entry = await world.ReceiveAsync(mail);

        Assert.Equal(mail, world.Bob.Content(entry));
        var facts = world.Bob.Account.Security(entry)!;
        Assert.Equal(("mx", null, "alice@red.test"), (facts.Wrapper, facts.Signer, facts.From));
        Assert.Empty(facts.Layers);
        Assert.Equal(new ArrivalAuthentication("pass", null, "none"), facts.Auth);
        Assert.Equal(BoxDouble.Received, world.Bob.Account.Open(world.Bob.Account.Find("INBOX")!.Id).Entries[0].InternalDate);
    }

    [Fact]
    public async Task Plain_EightBitThatIsNoUtf8_IsFiledOctetForOctet()
    {
        await using var world = await World.StartAsync();
        byte[] mail = [.. World.Octets(Header + "\r\n"), 0xE4, 0xFF, 0x00, 13, 10];

        Assert.Equal(mail, world.Bob.Content(await world.ReceiveAsync(mail)));
    }

    [Fact]
    public async Task Encrypted_FromAlice_SaysSignedByAliceAndRestoresSubject()
    {
        await using var world = await World.StartAsync();
        var original = RawMessage.Parse(World.Octets(Header + "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nRed ones, bitte schön.\r\n"));
        var copy = EncryptedCopy.Create(original, [world.Bob.Certificate], world.Alice.Own, world.Clock.GetUtcNow());
        Assert.DoesNotContain("Tulips", Encoding.UTF8.GetString(copy), StringComparison.Ordinal);

        var entry = await world.ReceiveAsync([.. "X-Leap-Signature: valid; pubkey=\"AAAA\"\r\nReceived: by mx\r\n"u8, .. copy]);

        var text = world.Bob.Text(entry);
        Assert.Equal("Tulips", world.Bob.Account.Envelope(entry).Subject);
        Assert.StartsWith("Received: by mx\r\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nRed ones, bitte schön.\r\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("multipart/encrypted", text, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Leap", text, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(1, text.Split("\r\nSubject:").Length - 1);
        Assert.Equal(1, text.Split("\r\nFrom:").Length - 1);
        var facts = world.Bob.Account.Security(entry)!;
        Assert.Equal(world.Alice.Certificate.Fingerprint.Value, facts.Signer);
        Assert.Equal([("enc", "good"), ("sig", "good")], facts.Layers.Select(layer => (layer.Kind, layer.Result)));
    }

    [Fact]
    public async Task Encrypted_SignaturePacketsAndRange_VerifyAgain()
    {
        await using var world = await World.StartAsync();
        var original = RawMessage.Parse(World.Octets(Header + "Content-Type: text/plain\r\n\r\nbody\r\n"));

        var entry = await world.ReceiveAsync(EncryptedCopy.Create(original, [world.Bob.Certificate], world.Alice.Own, world.Clock.GetUtcNow()));

        var layer = world.Bob.Account.Security(entry)!.Layers[1];
        var signed = world.Bob.Content(entry).AsSpan((int)layer.Range![0], (int)layer.Range[1]);
        Assert.Equal(SignatureStatus.Good, SignatureVerifier.VerifyDetached(signed, Convert.FromBase64String(layer.SigPackets[0]), [world.Alice.Certificate], world.Clock.GetUtcNow()).Status);
    }

    [Fact]
    public async Task Encrypted_ByOldClientWithoutProtectedHeaders_KeepsOuterHeader()
    {
        await using var world = await World.StartAsync();
        var mail = Encrypted(world, "Content-Type: text/plain; charset=utf-8\r\n\r\nbody\r\n", Header);

        var entry = await world.ReceiveAsync(mail);

        Assert.Equal(Header + "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nbody\r\n", world.Bob.Text(entry));
        Assert.Equal(world.Alice.Certificate.Fingerprint.Value, world.Bob.Account.Security(entry)!.Signer);
    }

    [Theory]
    [InlineData("no header at all, just words\r\n")]
    [InlineData("")]
    [InlineData("\r\nbody after an empty header\r\n")]
    [InlineData("Content-Type: text/plain\nbare lines\n\nbody\n")]
    public async Task Encrypted_OddEntity_IsFiledReadable(string entity)
    {
        await using var world = await World.StartAsync();

        var entry = await world.ReceiveAsync(Encrypted(world, entity, Header));

        Assert.Equal("Tulips", world.Bob.Account.Envelope(entry).Subject);
        Assert.EndsWith(entity.ReplaceLineEndings("\r\n").Split("\r\n\r\n")[^1], world.Bob.Text(entry), StringComparison.Ordinal);
        Assert.True(Smtp.Protocol.DotStuffer.HasOnlyCrLf(world.Bob.Content(entry)));
    }

    [Theory]
    [InlineData("From: alice@red.test\r\n", "Content-Type: text/plain; hp=\"cipher\"\r\nFrom: Bank <bank@red.test>\r\nSubject: inner\r\n\r\nx\r\n", "alice@red.test")]
    [InlineData("From: mallory@black.test\r\n", "Content-Type: text/plain; hp=\"cipher\"\r\nFrom: alice@red.test\r\n\r\nx\r\n", "mallory@black.test")]
    [InlineData("From: mallory@black.test\r\n", "Content-Type: text/plain\r\nFrom: alice@red.test\r\n\r\nx\r\n", "mallory@black.test")]
    [InlineData("From: mallory@black.test\r\n", "Content-Type: text/plain; hp=\"cipher\"\r\nFrom: mallory@black.test\r\nFrom: alice@red.test\r\n\r\nx\r\n", "mallory@black.test")]
    public async Task Encrypted_OtherFromInside_OuterFromStays(string outer, string entity, string from)
    {
        await using var world = await World.StartAsync();

        var entry = await world.ReceiveAsync(Encrypted(world, entity, outer));

        Assert.Equal(from, world.Bob.Account.Security(entry)!.From);
        Assert.Equal([EmailAddress.Parse(from)], MailAddresses.All(RawMessage.Parse(world.Bob.Content(entry)), "From"));
    }

    [Fact]
    public async Task Encrypted_SignedByMalloryInAlicesName_HasNoSigner()
    {
        await using var world = await World.StartAsync();
        using var mallory = OpenPgpSecretKey.Generate(EmailAddress.Parse("alice@red.test"), world.Clock.GetUtcNow());

        var entry = await world.ReceiveAsync(Encrypted(world, "Content-Type: text/plain\r\n\r\nx\r\n", Header, mallory));

        var facts = world.Bob.Account.Security(entry)!;
        Assert.Null(facts.Signer);
        Assert.Equal("unknown-key", facts.Layers[1].Result);
    }

    [Theory]
    [InlineData("From: alice@red.test\r\nFrom: mallory@black.test\r\n")]
    [InlineData("From: alice@red.test, mallory@black.test\r\n")]
    [InlineData("")]
    public async Task Encrypted_FromIsNotOneAddress_HasNoSigner(string from)
    {
        await using var world = await World.StartAsync();

        var entry = await world.ReceiveAsync(Encrypted(world, "Content-Type: text/plain\r\n\r\nx\r\n", from + "Subject: x\r\n"));

        var facts = world.Bob.Account.Security(entry)!;
        Assert.Null(facts.Signer);
        Assert.Null(facts.From);
    }

    [Fact]
    public async Task VerdictHeaders_OutsideAndInside_AreGone()
    {
        await using var world = await World.StartAsync();
        var entity = "Content-Type: text/plain; hp=\"cipher\"\r\nX-Leap-Signature: valid\r\nX-LEAP-Encryption: decrypted\r\nSubject: x\r\n\r\nbody\r\n";

        var entry = await world.ReceiveAsync(Encrypted(world, entity, "X-Leap-Signature: valid\r\n" + Header, signer: null));

        Assert.DoesNotContain("x-leap", world.Bob.Text(entry), StringComparison.OrdinalIgnoreCase);
        Assert.Null(world.Bob.Account.Security(entry)!.Signer);
        Assert.Equal(["enc"], world.Bob.Account.Security(entry)!.Layers.Select(layer => layer.Kind));
    }

    [Fact]
    public async Task Encrypted_ToSomebodyElse_IsFiledAsItIs()
    {
        await using var world = await World.StartAsync();
        var original = RawMessage.Parse(World.Octets(Header + "\r\nbody\r\n"));
        var mail = EncryptedCopy.Create(original, [world.Alice.Certificate], world.Alice.Own, world.Clock.GetUtcNow());

        var entry = await world.ReceiveAsync(mail);

        Assert.Equal(mail, world.Bob.Content(entry));
        Assert.Equal("no-key", world.Bob.Account.Security(entry)!.Layers.Single().Result);
    }

    [Fact]
    public async Task Encrypted_DamagedInside_IsFiledAsItIs()
    {
        await using var world = await World.StartAsync();
        var mail = Encoding.UTF8.GetString(EncryptedCopy.Create(RawMessage.Parse(World.Octets(Header + "\r\nbody\r\n")), [world.Bob.Certificate], world.Alice.Own, world.Clock.GetUtcNow()));
        var line = mail.Split("\r\n").First(text => text.Length == 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/'));
        var damaged = World.Octets(mail.Replace(line, new string('A', 64), StringComparison.Ordinal));

        var entry = await world.ReceiveAsync(damaged);

        Assert.Equal(damaged, world.Bob.Content(entry));
        Assert.Equal("enc", world.Bob.Account.Security(entry)!.Layers.Single().Kind);
        Assert.NotEqual("good", world.Bob.Account.Security(entry)!.Layers.Single().Result);
    }

    [Theory]
    [InlineData("Red ones.\r\n", "good", true)]
    [InlineData("Blue ones.\r\n", "bad", false)]
    public async Task Signed_ByAlice_IsCheckedAndFiledAsItIs(string body, string result, bool hasSigner)
    {
        await using var world = await World.StartAsync();
        var signed = "Content-Type: text/plain\r\n\r\nRed ones.\r\n";
        var signature = MessageSigner.SignDetached(World.Octets(signed), world.Alice.Own, world.Clock.GetUtcNow());
        var mail = World.Octets(Header
            + "MIME-Version: 1.0\r\nContent-Type: multipart/signed; micalg=pgp-sha512; protocol=\"application/pgp-signature\"; boundary=\"b b\"\r\n\r\npreamble\r\n--b b\r\n"
            + signed.Replace("Red ones.\r\n", body, StringComparison.Ordinal) + "\r\n--b b\r\nContent-Type: application/pgp-signature; name=signature.asc\r\n\r\n" + signature + "\r\n--b b--\r\n");

        var entry = await world.ReceiveAsync(mail);

        var facts = world.Bob.Account.Security(entry)!;
        Assert.Equal(mail, world.Bob.Content(entry));
        var layer = Assert.Single(facts.Layers);
        Assert.Equal(("sig", "1", result), (layer.Kind, layer.Part, layer.Result));
        Assert.Equal(hasSigner ? world.Alice.Certificate.Fingerprint.Value : null, facts.Signer);
        Assert.Equal("Content-Type: text/plain\r\n\r\n" + body, Encoding.ASCII.GetString(mail, (int)layer.Range![0], (int)layer.Range[1]));
    }

    [Fact]
    public async Task Signed_SecondContentType_SaysNothing()
    {
        await using var world = await World.StartAsync();
        var signed = "Content-Type: text/plain\r\n\r\nRed ones.\r\n";
        var signature = MessageSigner.SignDetached(World.Octets(signed), world.Alice.Own, world.Clock.GetUtcNow());
        var mail = World.Octets(Header
            + "MIME-Version: 1.0\r\nContent-Type: multipart/signed; micalg=pgp-sha512; protocol=\"application/pgp-signature\"; boundary=b\r\n"
            + "Content-Type: multipart/mixed; boundary=evil\r\n\r\n--evil\r\n\r\nSend money to Mallory.\r\n--evil--\r\n--b\r\n"
            + signed + "\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\n" + signature + "\r\n--b--\r\n");

        var entry = await world.ReceiveAsync(mail);

        var facts = world.Bob.Account.Security(entry)!;
        Assert.Empty(facts.Layers);
        Assert.Null(facts.Signer);
        Assert.Equal(mail, world.Bob.Content(entry));
    }

    /// <summary>PGP/MIME around any entity, as another program may make it.</summary>
    private static byte[] Encrypted(World world, string entity, string header, OpenPgpSecretKey? by = null, bool signs = true)
        => Envelope(header, signs
            ? MessageSigner.EncryptAndSign(Encoding.UTF8.GetBytes(entity), [world.Bob.Certificate], by ?? world.Alice.Own, world.Clock.GetUtcNow())
            : MessageEncryptor.Encrypt(Encoding.UTF8.GetBytes(entity), [world.Bob.Certificate], world.Clock.GetUtcNow()));

    private static byte[] Encrypted(World world, string entity, string header, object? signer) => Encrypted(world, entity, header, by: null, signs: signer is not null);

    private static byte[] Envelope(string header, byte[] armor) => World.Octets(header
        + "MIME-Version: 1.0\r\nContent-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=x\r\n\r\n--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
        + "\r\n--x\r\nContent-Type: application/octet-stream\r\n\r\n" + Encoding.ASCII.GetString(armor) + "\r\n--x--\r\n");
}
