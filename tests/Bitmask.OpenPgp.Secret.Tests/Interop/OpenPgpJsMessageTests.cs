using System.Text;
using System.Text.Json.Nodes;
using Bitmask.Primitives;
using Bitmask.Testing.Peers;

namespace Bitmask.OpenPgp.Secret.Tests.Interop;

/// <summary>Messages that only programs of RFC 9580 know, and the old kinds beside them, with OpenPGP.js in both directions.</summary>
public class OpenPgpJsMessageTests
{
    private static readonly byte[] Large = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 30_000).Select(i => $"line {i * 7919 % 10007}\r\n")));

    public static TheoryData<string> Modes => ["mdc", "ocb", "gcm", "eax"];

    [Theory]
    [MemberData(nameof(Modes))]
    public void EncryptAndSign_ToOpenPgpJs_OpensAndFindsTheSignatureGood(string mode)
    {
        using var message = new MemoryStream();
        var options = new EncryptionOptions { Recipients = [People.Bob.Certificate], Now = People.Now, Armor = false, Protection = Protection(mode), Pad = mode != "mdc" };
        MessageSigner.EncryptAndSign(new MemoryStream(Large), message, People.Alice, options);

        var answer = Run(new JsonObject { ["act"] = "decrypt", ["message"] = Base64(message.ToArray()), ["keys"] = Armored(People.Bob.ExportArmor()), ["from"] = Armored(People.Alice.Certificate.ToArmor()) });

        Assert.Equal(Large, Octets(answer, "data"));
        Assert.Equal("good", answer["signatures"]!.AsArray().Single()!.GetValue<string>());
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Decrypt_FromOpenPgpJs_OpensWithGoodSignature(string mode)
    {
        // It goes by what the recipient's key says, so the key is one that it made with that wish.
        var made = Run(new JsonObject { ["act"] = "generate", ["address"] = "carol@green.test", ["mode"] = Named(mode) });
        using var carol = OpenPgpSecretKey.Parse(Encoding.ASCII.GetBytes(made["secret"]!.GetValue<string>()));
        var answer = Run(new JsonObject
        {
            ["act"] = "encrypt", ["data"] = Base64(Large), ["to"] = Armored(made["public"]!.GetValue<string>()), ["signers"] = Armored(People.Alice.ExportArmor()),
            ["mode"] = Named(mode), ["hidden"] = mode == "gcm",
        });
        using var spool = new PlaintextSpool();

        var reading = MessageDecryptor.Decrypt(
            new MemoryStream(Octets(answer, "message")), spool, new DecryptionOptions { Keys = [People.Mallory, carol], Signers = [People.Alice.Certificate], Now = People.Now });

        var opened = Assert.IsType<MessageReading.Opened>(reading);
        Assert.Equal((Named(mode)?.ToUpperInvariant(), SignatureStatus.Good), (opened.Mode, opened.Signatures.Single().Status));
        Assert.Equal(Large, spool.ToArray());
    }

    /// <summary>Keys that it makes, of version 6 and of the native curves in version 4, and one of ours of version 6.</summary>
    [Theory]
    [InlineData("curve25519", true)]
    [InlineData("curve448", true)]
    [InlineData("curve25519", false)]
    public void Message_BetweenNewKeys_BothDirections(string type, bool isVersion6)
    {
        var made = Run(new JsonObject { ["act"] = "generate", ["address"] = "carol@green.test", ["type"] = type, ["v6"] = isVersion6, ["mode"] = isVersion6 ? "ocb" : null });
        var carol = OpenPgpCertificate.Parse(made["public"]!.GetValue<string>());
        using var own = OpenPgpSecretKey.Generate(People.AliceAddress, People.Now, new KeyGenerationOptions { Profile = KeyProfile.Version6 });
        using var message = new MemoryStream();
        MessageSigner.EncryptAndSign(new MemoryStream(Large), message, own.Key, new EncryptionOptions { Recipients = [carol], Now = People.Now.AddMinutes(1), Armor = false });
        using var spool = new PlaintextSpool();

        var theirs = Run(new JsonObject
        {
            ["act"] = "decrypt", ["message"] = Base64(message.ToArray()), ["keys"] = Armored(made["secret"]!.GetValue<string>()), ["from"] = Armored(own.Key.Certificate.ToArmor()),
        });
        var answer = Run(new JsonObject
        {
            ["act"] = "encrypt", ["data"] = Base64(Large), ["to"] = Armored(own.Key.Certificate.ToArmor()), ["signers"] = Armored(made["secret"]!.GetValue<string>()), ["mode"] = "ocb",
        });
        var opened = Assert.IsType<MessageReading.Opened>(MessageDecryptor.Decrypt(
            new MemoryStream(Octets(answer, "message")), spool, new DecryptionOptions { Keys = [own.Key], Signers = [carol], Now = People.Now.AddMinutes(2) }));

        Assert.Equal(Large, Octets(theirs, "data"));
        Assert.Equal("good", theirs["signatures"]!.AsArray().Single()!.GetValue<string>());
        Assert.Equal(("OCB", SignatureStatus.Good, carol.Fingerprint), (opened.Mode, opened.Signatures.Single().Status, opened.Signatures.Single().Signer));
        Assert.Equal(Large, spool.ToArray());
    }

    [Theory]
    [InlineData("mdc", false)]
    [InlineData("mdc", true)]
    [InlineData("ocb", true)]
    [InlineData("eax", false)]
    public void Passphrase_BothDirections_Opens(string mode, bool argon2)
    {
        using var passphrase = new SecretBytes("correct horse"u8);
        var ours = MessageEncryptor.Encrypt(Large, new EncryptionOptions { Passphrases = [passphrase], Now = People.Now, Protection = Protection(mode), UseArgon2 = argon2, Armor = false });
        var read = Run(new JsonObject { ["act"] = "decrypt", ["message"] = Base64(ours), ["passphrases"] = new JsonArray("correct horse") });
        var theirs = Run(new JsonObject { ["act"] = "encrypt", ["data"] = Base64(Large), ["passphrases"] = new JsonArray("correct horse"), ["mode"] = Named(mode), ["argon2"] = argon2 });
        using var spool = new PlaintextSpool();

        var opened = MessageDecryptor.Decrypt(new MemoryStream(Octets(theirs, "message")), spool, new DecryptionOptions { Passphrases = [passphrase], Now = People.Now });

        Assert.Equal(Large, Octets(read, "data"));
        Assert.Equal(Named(mode)?.ToUpperInvariant(), Assert.IsType<MessageReading.Opened>(opened).Mode);
        Assert.Equal(Large, spool.ToArray());
    }

    [Fact]
    public void Signatures_OfOurs_OpenPgpJsFindsAllGood()
    {
        using var inline = new MemoryStream();
        MessageSigner.Sign(new MemoryStream(Large), inline, People.Alice, People.Now, armor: false);
        JsonObject[] requests =
        [
            new() { ["message"] = Base64(inline.ToArray()) },
            new() { ["data"] = Base64(Large), ["signature"] = MessageSigner.SignDetached(Large, People.Alice, People.Now) },
            new() { ["cleartext"] = MessageSigner.SignCleartext("Grüße\n- zwei\n", People.Alice, People.Now) },
        ];

        Assert.All(requests, request =>
        {
            (request["act"], request["from"]) = ("verify", Armored(People.Alice.Certificate.ToArmor()));
            Assert.Equal("good", Run(request)["signatures"]!.AsArray().Single()!.GetValue<string>());
        });
    }

    [Fact]
    public void Signatures_OfOpenPgpJs_AllGood()
    {
        var signers = Armored(People.Alice.ExportArmor());
        var inline = Octets(Run(new JsonObject { ["act"] = "sign", ["data"] = Base64(Large), ["signers"] = signers.DeepClone() }), "message");
        var detached = Octets(Run(new JsonObject { ["act"] = "sign", ["data"] = Base64(Large), ["signers"] = signers.DeepClone(), ["detached"] = true }), "message");
        var clear = Run(new JsonObject { ["act"] = "sign", ["cleartext"] = "Grüße  \n- zwei\n", ["signers"] = signers.DeepClone() })["text"]!.GetValue<string>();

        foreach (var message in (byte[][])[inline, Encoding.UTF8.GetBytes(clear)])
        {
            using var spool = new PlaintextSpool();
            var read = Assert.IsType<SignedMessage.Read>(SignatureVerifier.VerifyMessage(new MemoryStream(message), spool, [People.Alice.Certificate], People.Now));
            Assert.Equal(SignatureStatus.Good, read.Signatures.Single().Status);
        }

        Assert.Equal(SignatureStatus.Good, SignatureVerifier.VerifyDetached(new MemoryStream(Large), detached, [People.Alice.Certificate], People.Now).Status);
    }

    private static string? Named(string mode) => mode == "mdc" ? null : mode;

    private static MessageProtection Protection(string mode)
        => mode switch { "ocb" => MessageProtection.Ocb, "gcm" => MessageProtection.Gcm, "eax" => MessageProtection.Eax, _ => MessageProtection.Mdc };

    private static JsonObject Run(JsonObject request)
    {
        Assert.SkipUnless(OpenPgpJs.IsThere || Environment.GetEnvironmentVariable("CI") is not null, "OpenPGP.js is not there; eng/setup test fetches it");
        request["time"] = People.Now.AddMinutes(1).ToUnixTimeSeconds();
        return OpenPgpJs.Run(request);
    }

    private static JsonArray Armored(string key) => [key];

    private static string Base64(byte[] octets) => Convert.ToBase64String(octets);

    private static byte[] Octets(JsonObject answer, string member) => Convert.FromBase64String(answer[member]!.GetValue<string>());
}
