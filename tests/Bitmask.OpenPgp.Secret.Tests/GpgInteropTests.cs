using System.Text;

namespace Bitmask.OpenPgp.Secret.Tests;

public class GpgInteropTests
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes("Grüße aus dem Test\r\nzweite Zeile\n");

    public static TheoryData<string> KeyKinds => ["future-default", "rsa2048", "rsa3072", "nistp256", "nistp384", "nistp521", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"];

    [Theory]
    [MemberData(nameof(KeyKinds))]
    public void EncryptAndSign_ForGpgKey_GpgOpensItAndFindsTheSignatureGood(string kind)
    {
        using var gpg = People.StartGpg();
        var fingerprint = gpg.MakeKey("Carol <carol@green.test>", kind);
        AddSubkeyIfMissing(gpg, fingerprint, kind);
        var carol = OpenPgpCertificate.Parse(gpg.Export(fingerprint));
        gpg.Import(People.Alice.Certificate.ToBinary());

        var message = MessageSigner.EncryptAndSign(Text, [carol, People.Bob.Certificate], People.Alice, People.Now);

        var opened = gpg.Run(["--decrypt"], message).Succeeded();
        Assert.Equal(Text, opened.Output);
        Assert.Contains("GOODMDC", opened.Status);
        Assert.Contains("GOODSIG " + People.Alice.Certificate.KeyId, opened.Status);
        Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(message, [People.Bob], [], People.Now));
    }

    [Theory]
    [MemberData(nameof(KeyKinds))]
    public void Decrypt_EncryptedAndSignedByGpg_OpensWithGoodSignature(string kind)
    {
        using var gpg = People.StartGpg();
        var fingerprint = gpg.MakeKey("Carol <carol@green.test>", kind);
        gpg.Import(People.Alice.Certificate.ToBinary());
        var carol = OpenPgpCertificate.Parse(gpg.Export(fingerprint));

        var message = gpg.Run(["--encrypt", "--sign", "--armor", "-r", "alice@red.test"], Text).Succeeded().Output;

        var opened = Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(message, [People.Alice], [carol], People.Now));
        Assert.Equal(Text, opened.Data);
        var signature = Assert.Single(opened.Signatures);
        Assert.Equal(SignatureStatus.Good, signature.Status);
        Assert.Equal(fingerprint, signature.Signer?.Value);
        Assert.Equal("AES256", opened.Cipher);
    }

    [Theory]
    [InlineData("rsa2048")]
    [InlineData("future-default")]
    [InlineData("nistp256")]
    public void Parse_SecretKeyOfGpg_DecryptsAndSigns(string kind)
    {
        using var gpg = People.StartGpg();
        var fingerprint = gpg.MakeKey("Carol <carol@green.test>", kind);
        AddSubkeyIfMissing(gpg, fingerprint, kind);
        using var carol = OpenPgpSecretKey.Parse(gpg.ExportSecret(fingerprint));
        using var again = OpenPgpSecretKey.Parse(carol.Export());

        var message = gpg.Run(["--encrypt", "-r", fingerprint], Text).Succeeded().Output;
        var signature = MessageSigner.SignDetached(Text, again, People.Now);

        Assert.Equal(Text, Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(message, [again], [], People.Now)).Data);
        Assert.Contains("GOODSIG", VerifyWithGpg(gpg, signature, Text).Status);
    }

    [Fact]
    public void ExportArmor_OwnKey_GpgImportsAndUsesIt()
    {
        using var gpg = People.StartGpg();
        gpg.Import(Encoding.ASCII.GetBytes(People.Alice.ExportArmor()));

        var message = MessageEncryptor.Encrypt(Text, [People.Alice.Certificate], People.Now, armor: false);
        var signature = gpg.Run(["--detach-sign", "--armor"], Text).Succeeded();

        Assert.Equal(Text, gpg.Run(["--decrypt"], message).Succeeded().Output);
        Assert.Equal(SignatureStatus.Good, SignatureVerifier.VerifyDetached(Text, signature.Text, [People.Alice.Certificate], People.Now).Status);
        var listed = gpg.Run(["--with-colons", "--list-keys", "--with-fingerprint"], []).Succeeded().Text;
        Assert.Contains(":22:" + People.Alice.Certificate.KeyId, listed);
        Assert.Contains(":18:", listed);
    }

    [Fact]
    public void SignDetached_Own_GpgFindsItGoodAndChangedDataBad()
    {
        using var gpg = People.StartGpg();
        gpg.Import(People.Alice.Certificate.ToBinary());

        var signature = MessageSigner.SignDetached(Text, People.Alice, People.Now);

        Assert.Contains("GOODSIG", VerifyWithGpg(gpg, signature, Text).Status);
        Assert.Contains("BADSIG", VerifyWithGpg(gpg, signature, [.. Text, 0x20]).Status);
    }

    [Theory]
    [InlineData("future-default", "SHA512")]
    [InlineData("rsa2048", "SHA256")]
    public void VerifyDetached_ByGpg_GoodAndBad(string kind, string digest)
    {
        using var gpg = People.StartGpg();
        var carol = OpenPgpCertificate.Parse(gpg.Export(gpg.MakeKey("Carol <carol@green.test>", kind)));

        var signature = gpg.Run(["--digest-algo", digest, "--detach-sign", "--armor"], Text).Succeeded().Text;
        var good = SignatureVerifier.VerifyDetached(Text, signature, [People.Bob.Certificate, carol], People.Now);

        Assert.Equal((SignatureStatus.Good, digest), (good.Status, good.HashAlgorithm));
        Assert.Equal(SignatureStatus.Bad, SignatureVerifier.VerifyDetached([.. Text, 1], signature, [carol], People.Now).Status);
        Assert.Equal(SignatureStatus.UnknownKey, SignatureVerifier.VerifyDetached(Text, signature, [People.Bob.Certificate], People.Now).Status);
        Assert.Equal(SignatureStatus.Good, SignatureVerifier.VerifyDetached(Text, good.Packet, [carol], People.Now).Status);
    }

    [Fact]
    public void VerifyDetached_WeakHash_Unsupported()
    {
        using var gpg = People.StartGpg();
        var carol = OpenPgpCertificate.Parse(gpg.Export(gpg.MakeKey("Carol <carol@green.test>", "rsa2048")));

        var signature = gpg.Run(["--digest-algo", "SHA1", "--detach-sign"], Text).Succeeded().Output;

        Assert.Equal(SignatureStatus.Unsupported, SignatureVerifier.VerifyDetached(Text, signature, [carol], People.Now).Status);
    }

    [Fact]
    public void VerifyDetached_TextSignature_LineEndsDoNotMatter()
    {
        using var gpg = People.StartGpg();
        var carol = OpenPgpCertificate.Parse(gpg.Export(gpg.MakeKey("Carol <carol@green.test>", "future-default")));

        var signature = gpg.Run(["--textmode", "--detach-sign"], "a\nb\n"u8.ToArray()).Succeeded().Output;

        Assert.Equal(SignatureStatus.Good, SignatureVerifier.VerifyDetached("a\nb\n"u8, signature, [carol], People.Now).Status);
        Assert.Equal(SignatureStatus.Good, SignatureVerifier.VerifyDetached("a\r\nb\r\n"u8, signature, [carol], People.Now).Status);
        Assert.Equal(SignatureStatus.Bad, SignatureVerifier.VerifyDetached("a\nc\n"u8, signature, [carol], People.Now).Status);
    }

    [Fact]
    public void VerifyDetached_SigningSubkey_FoundAmongSubkeys()
    {
        using var gpg = People.StartGpg();
        var fingerprint = gpg.MakeKey("Carol <carol@green.test>", "ed25519", "cert");
        gpg.Run(["--passphrase", "", "--quick-add-key", fingerprint, "ed25519", "sign", "1y"], []).Succeeded();
        var carol = OpenPgpCertificate.Parse(gpg.Export(fingerprint));

        var signature = gpg.Run(["--detach-sign"], Text).Succeeded().Output;
        var result = SignatureVerifier.VerifyDetached(Text, signature, [carol], People.Now);

        Assert.Equal((SignatureStatus.Good, fingerprint), (result.Status, result.Signer?.Value));
        Assert.NotEqual(carol.KeyId, result.KeyId);
    }

    [Theory]
    [InlineData("--compress-algo", "zip")]
    [InlineData("--compress-algo", "zlib")]
    [InlineData("--compress-algo", "bzip2")]
    [InlineData("--compress-algo", "none")]
    [InlineData("--cipher-algo", "AES128")]
    [InlineData("--throw-keyids", null)]
    public void Decrypt_GpgOptions_Opens(string option, string? value)
    {
        using var gpg = People.StartGpg();
        gpg.Import(People.Alice.Certificate.ToBinary());
        gpg.Import(People.Bob.Certificate.ToBinary());
        string[] options = value is null ? [option] : [option, value];
        var large = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 20000).Select(i => $"line {i * 7919 % 10007}\r\n")));

        var message = gpg.Run([.. options, "--encrypt", "-r", "bob@blue.test", "-r", "alice@red.test"], large).Succeeded().Output;

        var opened = Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(message, [People.Mallory, People.Alice], [], People.Now));
        Assert.Equal(large, opened.Data);
        Assert.IsType<DecryptionResult.NoKey>(MessageDecryptor.Decrypt(message, [People.Mallory], [], People.Now));
    }

    private static GpgAnswerLike VerifyWithGpg(Testing.Gpg gpg, string signature, byte[] data)
    {
        var file = gpg.WriteFile("signature.asc", Encoding.ASCII.GetBytes(signature));
        return new GpgAnswerLike(gpg.Run(["--verify", file, "-"], data).Status);
    }

    // "default" usage makes no encryption subkey for the curves that must be asked for by name.
    private static void AddSubkeyIfMissing(Testing.Gpg gpg, string fingerprint, string kind)
    {
        if (kind != "future-default")
        {
            gpg.Run(["--passphrase", "", "--quick-add-key", fingerprint, kind, "encr", "1y"], []).Succeeded();
        }
    }

    private sealed record GpgAnswerLike(string Status);
}
