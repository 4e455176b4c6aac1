using System.Text;
using Bitmask.Keys;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines.Tests.Incoming;

/// <summary>Each thing that can be said about a mail, and that an attacker can not make another be said.</summary>
public class VerdictTests
{
    private const string Header = "From: Alice <alice@red.test>\r\nTo: bob@blue.test\r\nSubject: Tulips\r\n";
    private const string Entity = "Content-Type: text/plain\r\n\r\nRed ones.\r\n";

    [Fact]
    public async Task Plain_IsProtectedOnArrivalAndNotSigned()
    {
        await using var world = await World.StartAsync();

        Assert.Equal(("enc.provider", "sig.none"), await CodesAsync(world, World.Octets(Header + "\r\nbody\r\n")));
        var draft = await world.Bob.Account.AppendAsync(world.Bob.Account.FindSpecial(SpecialUse.Drafts)!.Id, World.Octets(Header + "\r\nbody\r\n"), []);
        Assert.Equal(("enc.none", "sig.none"), Codes(world, draft.Entry));
    }

    [Fact]
    public async Task EncryptedAndSigned_GoesWithWhatIsKnownOfTheKey()
    {
        await using var world = await World.StartAsync();
        var mail = Encrypted(world, Entity, world.Alice.Own);

        var entry = await world.ReceiveAsync(mail);
        Assert.Equal(("enc.e2e", "sig.new"), Codes(world, entry));

        await world.Bob.Store.WriteAsync(tx => world.Bob.Keys.MarkEncrypted(tx, world.Alice.Address, world.Alice.Certificate.Fingerprint));
        Assert.Equal("sig.known", Codes(world, entry).Signature);
        await world.Bob.Keys.ImportAsync(world.Alice.Certificate, world.Alice.Address, ValidationLevel.ProviderTrust);
        Assert.Equal("sig.provider", Codes(world, entry).Signature);
        await world.Bob.Keys.ImportAsync(world.Alice.Certificate, world.Alice.Address);
        Assert.Equal("sig.confirmed", Codes(world, entry).Signature);
        Assert.Equal(world.Alice.Certificate.Fingerprint, new VerdictReader(world.Bob.Account, world.Bob.Keys, world.Clock).Read(entry).Signer);

        using var other = OpenPgpSecretKey.Generate(world.Alice.Address, world.Clock.GetUtcNow());
        await world.Bob.Keys.ImportAsync(other.Certificate, world.Alice.Address);
        Assert.Equal("sig.changed", Codes(world, entry).Signature);
    }

    [Fact]
    public async Task ForgedFromInside_IsNoSignatureOfThatAddress()
    {
        await using var world = await World.StartAsync();
        using var mallory = OpenPgpSecretKey.Generate(EmailAddress.Parse("mallory@black.test"), world.Clock.GetUtcNow());
        world.Directory.Certificates["mallory@black.test"] = mallory.Certificate;

        var entry = await world.ReceiveAsync(Encrypted(world, "Content-Type: text/plain; hp=\"cipher\"\r\nFrom: alice@red.test\r\nSubject: x\r\n\r\nx\r\n", mallory, "From: mallory@black.test\r\n"));

        Assert.Equal(("enc.e2e", "sig.new"), Codes(world, entry));
        Assert.Equal("mallory@black.test", world.Bob.Account.Security(entry)!.From);
        Assert.Equal("mallory@black.test", MailAddresses.Single(RawMessage.Parse(world.Bob.Content(entry)), "From")!.Address);
    }

    [Fact]
    public async Task SignedBySomebodyElseWhoIsKnown_IsAMismatch()
    {
        await using var world = await World.StartAsync();
        using var carol = OpenPgpSecretKey.Generate(EmailAddress.Parse("carol@red.test"), world.Clock.GetUtcNow());
        await world.Bob.Keys.ImportAsync(carol.Certificate, EmailAddress.Parse("carol@red.test"));

        var entry = await world.ReceiveAsync(Encrypted(world, Entity, carol));

        Assert.Equal(("enc.e2e", "sig.mismatch"), Codes(world, entry));
        Assert.Null(world.Bob.Account.Security(entry)!.Signer);
        Assert.DoesNotContain(MessageFlags.SignedValid, world.Bob.Account.Find(entry)!.Value.Entry.Flags);
    }

    [Fact]
    public async Task VerdictHeaders_CountForNothing()
    {
        await using var world = await World.StartAsync();
        var forged = "X-Leap-Signature: valid; pubkey=\"AAAA\"\r\nX-Leap-Encryption: decrypted\r\n";

        Assert.Equal(("enc.provider", "sig.none"), await CodesAsync(world, World.Octets(forged + Header + "\r\nbody\r\n")));
        Assert.Equal(("enc.e2e", "sig.none"), await CodesAsync(world, Envelope(Header, OpenPgp.MessageEncryptor.Encrypt(World.Octets(forged + Entity), [world.Bob.Certificate], world.Clock.GetUtcNow()))));
    }

    [Fact]
    public async Task SignatureStripped_IsNotSigned_AndChangedIsBad()
    {
        await using var world = await World.StartAsync();

        Assert.Equal(("enc.e2e", "sig.none"), await CodesAsync(world, Envelope(Header, OpenPgp.MessageEncryptor.Encrypt(World.Octets(Entity), [world.Bob.Certificate], world.Clock.GetUtcNow()))));
        Assert.Equal(("enc.provider", "sig.bad"), await CodesAsync(world, Signed(world, Entity, "Content-Type: text/plain\r\n\r\nBlue ones.\r\n")));
        Assert.Equal(("enc.provider", "sig.new"), await CodesAsync(world, Signed(world, Entity, Entity)));
    }

    [Fact]
    public async Task TamperedCiphertext_FailsAndShowsNothing()
    {
        await using var world = await World.StartAsync();
        var mail = Encoding.ASCII.GetString(Encrypted(world, Entity, world.Alice.Own));
        var lines = mail.Split("\r\n");
        var last = Array.FindLastIndex(lines, line => line.Length == 64 && line.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/'));
        lines[last] = (lines[last][0] == 'A' ? 'B' : 'A') + lines[last][1..];

        var entry = await world.ReceiveAsync(World.Octets(string.Join("\r\n", lines)));

        Assert.Equal(("enc.failed", "sig.none"), Codes(world, entry));
        Assert.DoesNotContain("Red ones", world.Bob.Text(entry), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ToAnotherKey_CanNotBeOpened()
    {
        await using var world = await World.StartAsync();

        Assert.Equal(("enc.nokey", "sig.none"), await CodesAsync(world, Envelope(Header, OpenPgp.MessageEncryptor.Encrypt(World.Octets(Entity), [world.Alice.Certificate], world.Clock.GetUtcNow()))));
    }

    [Theory]
    [InlineData("sig.expired", "expired-key")]
    [InlineData("sig.revoked", "revoked-key")]
    [InlineData("sig.revoked", "expired-key", "revoked-key", "unknown-key")]
    [InlineData("sig.mismatch", "unknown-key", "other-signer")]
    [InlineData("sig.unknown", "unknown-key")]
    [InlineData("sig.unknown", "unsupported")]
    [InlineData("sig.bad", "good", "bad")]
    [InlineData("sig.none", "part-only")]
    [InlineData("sig.none")]
    public void Facts_NothingGood_TheWorstIsSaid(string code, params string[] results)
    {
        var layers = results.Select(result => new SecurityLayer { Kind = SecurityLayer.Signature, Result = result, Fpr = new string('A', 40) }).ToList();

        Assert.Equal(code, MessageVerdict.Of(new SecurityFacts { Wrapper = "mx", Layers = layers, From = "alice@red.test" }, []).Signature);
    }

    [Theory]
    [InlineData("enc.e2e", "/good")]
    [InlineData("enc.partial", "2/good")]
    [InlineData("enc.partial", "1/not-opened", "2/not-opened")]
    [InlineData("enc.partial", "1/no-key")]
    [InlineData("enc.nokey", "/no-key")]
    [InlineData("enc.failed", "/damaged")]
    public void Facts_Encryption(string code, params string[] layers)
    {
        var facts = layers.Select(layer => layer.Split('/')).Select(pair => new SecurityLayer { Kind = SecurityLayer.Encryption, Part = pair[0], Result = pair[1] }).ToList();

        Assert.Equal(code, MessageVerdict.Of(new SecurityFacts { Wrapper = "mx", Layers = facts }, []).Encryption);
    }

    [Fact]
    public async Task UnknownKey_IsCheckedAgainWhenItIsKnown()
    {
        await using var world = await World.StartAsync();
        world.Directory.Certificates.Remove("alice@red.test");
        var entry = await world.ReceiveAsync(Encrypted(world, Entity, world.Alice.Own));
        Assert.Equal(("enc.e2e", "sig.unknown"), Codes(world, entry));

        await world.Bob.Keys.ImportAsync(world.Alice.Certificate, world.Alice.Address);

        Assert.Equal(("enc.e2e", "sig.confirmed"), Codes(world, entry));
        Assert.Null(world.Bob.Account.Security(entry)!.Signer); // what was found then stays
    }

    private static async Task<(string Encryption, string Signature)> CodesAsync(World world, byte[] mail) => Codes(world, await world.ReceiveAsync(mail));

    private static (string Encryption, string Signature) Codes(World world, EntryId entry)
    {
        var verdict = new VerdictReader(world.Bob.Account, world.Bob.Keys, world.Clock).Read(entry);
        return (verdict.Encryption, verdict.Signature);
    }

    private static byte[] Encrypted(World world, string entity, OpenPgpSecretKey by, string header = Header)
        => Envelope(header, MessageSigner.EncryptAndSign(Encoding.UTF8.GetBytes(entity), [world.Bob.Certificate], by, world.Clock.GetUtcNow()));

    private static byte[] Signed(World world, string signed, string shown, OpenPgpSecretKey? by = null, string header = Header)
        => World.Octets(header + "MIME-Version: 1.0\r\nContent-Type: multipart/signed; micalg=pgp-sha512; protocol=\"application/pgp-signature\"; boundary=b\r\n\r\n--b\r\n" + shown
            + "\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\n" + MessageSigner.SignDetached(World.Octets(signed), by ?? world.Alice.Own, by is null ? world.Clock.GetUtcNow() : by.Certificate.Created.AddYears(1)) + "\r\n--b--\r\n");

    private static byte[] Envelope(string header, byte[] armor) => World.Octets(header
        + "MIME-Version: 1.0\r\nContent-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=x\r\n\r\n--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
        + "\r\n--x\r\nContent-Type: application/octet-stream\r\n\r\n" + Encoding.ASCII.GetString(armor) + "\r\n--x--\r\n");
}
