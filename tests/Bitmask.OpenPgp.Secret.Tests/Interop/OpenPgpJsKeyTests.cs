using System.Text;
using System.Text.Json.Nodes;
using Bitmask.Primitives;
using Bitmask.Testing.Peers;

namespace Bitmask.OpenPgp.Secret.Tests.Interop;

/// <summary>Keys that gpg and sq do not know, with OpenPGP.js in both directions: version 6, and the native curves.</summary>
public class OpenPgpJsKeyTests
{
    private static readonly DateTimeOffset Now = People.Now.AddMinutes(1);
    private static readonly byte[] Text = Encoding.UTF8.GetBytes("Grüße\n");

    [Theory]
    [InlineData("curve25519", null, true, "Ed25519", "X25519")]
    [InlineData("curve25519", null, false, "Ed25519", "X25519")]
    [InlineData("curve448", null, true, "Ed448", "X448")]
    [InlineData(null, "nistP384", true, "ECDSA P-384", "ECDH P-384")]
    public void Keys_MadeByOpenPgpJs_SignAndDecryptOnBothSides(string? type, string? curve, bool isVersionSix, string primary, string subkey)
    {
        var made = Run(new JsonObject { ["act"] = "generate", ["address"] = "carol@green.test", ["type"] = type, ["curve"] = curve, ["v6"] = isVersionSix });
        using var carol = OpenPgpSecretKey.Parse(Encoding.ASCII.GetBytes(Word(made, "secret")));
        var certificate = OpenPgpCertificate.Parse(Word(made, "public"));

        var ours = MessageSigner.EncryptAndSign(Text, [certificate], carol, Now, armor: false);
        var read = Run(new JsonObject { ["act"] = "decrypt", ["message"] = Convert.ToBase64String(ours), ["keys"] = new JsonArray(carol.ExportArmor()), ["from"] = new JsonArray(certificate.ToArmor()) });
        var theirs = Run(new JsonObject { ["act"] = "encrypt", ["data"] = Convert.ToBase64String(Text), ["to"] = new JsonArray(certificate.ToArmor()), ["signers"] = new JsonArray(carol.ExportArmor()) });

        Assert.Equal(isVersionSix ? 6 : 4, certificate.Version);
        Assert.Equal([primary, subkey], certificate.KeysAt(Now).Select(key => key.Key.Algorithm));
        Assert.All(certificate.KeysAt(Now), key => Assert.Equal(KeyFault.None, key.Fault));
        Assert.Equal(Text, Convert.FromBase64String(Word(read, "data")));
        Assert.Equal("good", read["signatures"]!.AsArray().Single()!.GetValue<string>());
        var opened = Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(Convert.FromBase64String(Word(theirs, "message")), [carol], [certificate], Now));
        Assert.Equal(Text, opened.Data);
        Assert.Equal((SignatureStatus.Good, certificate.Fingerprint), (opened.Signatures.Single().Status, opened.Signatures.Single().Signer));
    }

    [Fact]
    public void Keys_OfVersionSixMadeHere_OpenPgpJsSignsAndDecrypts()
    {
        using var alice = OpenPgpSecretKey.Generate(People.AliceAddress, People.Now, new KeyGenerationOptions { Profile = KeyProfile.Version6 });
        var certificate = alice.Key.Certificate;

        var ours = MessageSigner.EncryptAndSign(Text, [certificate], alice.Key, Now, armor: false);
        var read = Run(new JsonObject { ["act"] = "decrypt", ["message"] = Convert.ToBase64String(ours), ["keys"] = new JsonArray(alice.Key.ExportArmor()), ["from"] = new JsonArray(certificate.ToArmor()) });
        var theirs = Run(new JsonObject { ["act"] = "encrypt", ["mode"] = "ocb", ["data"] = Convert.ToBase64String(Text), ["to"] = new JsonArray(certificate.ToArmor()), ["signers"] = new JsonArray(alice.Key.ExportArmor()) });

        Assert.Equal(Text, Convert.FromBase64String(Word(read, "data")));
        Assert.Equal("good", read["signatures"]!.AsArray().Single()!.GetValue<string>());
        var opened = Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(Convert.FromBase64String(Word(theirs, "message")), [alice.Key], [certificate], Now));
        Assert.Equal((Text.Length, SignatureStatus.Good), (opened.Data.Length, opened.Signatures.Single().Status));
    }

    [Theory]
    [InlineData(KeyProfile.Version4)]
    [InlineData(KeyProfile.Version6)]
    public void Locks_BothDirections_OpenWithThePassphrase(KeyProfile profile)
    {
        using var alice = OpenPgpSecretKey.Generate(People.AliceAddress, People.Now, new KeyGenerationOptions { Profile = profile });
        using var passphrase = new SecretBytes("correct horse"u8);

        var unlocked = Run(new JsonObject { ["act"] = "unlock", ["secret"] = alice.Key.ExportLockedArmor(passphrase), ["passphrase"] = "correct horse" });
        var locked = Run(new JsonObject
        {
            ["act"] = "lock", ["secret"] = alice.Key.ExportArmor(), ["passphrase"] = "correct horse", ["mode"] = profile == KeyProfile.Version6 ? "ocb" : null, ["argon2"] = profile == KeyProfile.Version6,
        });

        using var theirs = OpenPgpSecretKey.Parse(Encoding.ASCII.GetBytes(Word(unlocked, "secret")));
        using var opened = OpenPgpSecretKey.Parse(Encoding.ASCII.GetBytes(Word(locked, "secret")), passphrase);
        Assert.Equal(alice.Key.Export(), theirs.Export());
        Assert.Equal(alice.Key.Export(), opened.Export());
        Assert.Throws<OpenPgpFormatException>(() => OpenPgpSecretKey.Parse(Encoding.ASCII.GetBytes(Word(locked, "secret"))));
    }

    [Theory]
    [InlineData(KeyProfile.Version4)]
    [InlineData(KeyProfile.Version6)]
    public void Acts_SeenByOpenPgpJs_Hold(KeyProfile profile)
    {
        using var alice = OpenPgpSecretKey.Generate(People.AliceAddress, People.Now, new KeyGenerationOptions { Profile = profile });
        using var longer = alice.Key.WithExpiry(People.Now.AddDays(2000), People.Now.AddSeconds(10));
        using var rotated = longer.WithRotatedEncryptionSubkey(null, People.Now.AddSeconds(20));
        using var two = rotated.WithUserId(EmailAddress.Parse("alice@green.test"), "Alice", People.Now.AddSeconds(30));
        var revoked = two.Certificate.WithRevocation(Encoding.ASCII.GetBytes(alice.RevocationCertificate));

        var seen = Run(new JsonObject { ["act"] = "inspect", ["public"] = two.Certificate.ToArmor() });
        var gone = Run(new JsonObject { ["act"] = "inspect", ["public"] = revoked.ToArmor() });

        Assert.False(seen["revoked"]!.GetValue<bool>());
        Assert.Equal(People.Now.AddDays(2000).ToUnixTimeSeconds(), seen["expires"]!.GetValue<long>());
        Assert.Equal(two.Certificate.EncryptionSubkeysAt(Now)[0].KeyId, Word(seen, "encryptsTo"), ignoreCase: true);
        Assert.Equal((2, 2), (seen["subkeys"]!.GetValue<int>(), seen["users"]!.AsArray().Count));
        Assert.True(gone["revoked"]!.GetValue<bool>());
    }

    private static string Word(JsonObject answer, string member) => answer[member]!.GetValue<string>();

    private static JsonObject Run(JsonObject request)
    {
        Assert.SkipUnless(OpenPgpJs.IsThere || Environment.GetEnvironmentVariable("CI") is not null, "OpenPGP.js is not there; eng/setup test fetches it");
        request["time"] = Now.ToUnixTimeSeconds();
        return OpenPgpJs.Run(request);
    }
}
