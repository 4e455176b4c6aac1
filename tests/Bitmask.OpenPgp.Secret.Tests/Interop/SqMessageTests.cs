using System.Text;
using Bitmask.Primitives;
using Bitmask.Testing.Peers;

namespace Bitmask.OpenPgp.Secret.Tests.Interop;

/// <summary>Messages of every kind that sq and this library both know, in both directions. sq goes by the machine's clock, so these do, too.</summary>
public class SqMessageTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private static readonly OpenPgpSecretKey Alice = OpenPgpSecretKey.Generate(EmailAddress.Parse("alice@red.test"), Now.AddHours(-1));
    private static readonly byte[] Text = Encoding.UTF8.GetBytes("Grüße aus dem Test\n- zweite Zeile\n");
    private static readonly byte[] Large = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 30_000).Select(i => $"line {i * 7919 % 10007}\r\n")));

    [Theory]
    [InlineData("cv25519")]
    [InlineData("rsa3k")]
    public void EncryptAndSign_ForSq_OpensAndFindsTheSignatureGood(string suite)
    {
        using var sq = StartSq();
        var (secret, certificate) = sq.MakeKey("<carol@green.test>", "--cipher-suite", suite);
        var signer = sq.WriteFile(Alice.Certificate.ToBinary());
        using var message = new MemoryStream();

        MessageSigner.EncryptAndSign(new MemoryStream(Large), message, Alice, new EncryptionOptions { Recipients = [OpenPgpCertificate.Parse(certificate)], Now = Later(), Armor = false });

        var opened = sq.Run(["decrypt", "--recipient-key", secret, "--signer-cert", signer, "--signatures", "1"], message.ToArray()).Succeeded();
        Assert.Equal(Large, opened.Output);
    }

    [Theory]
    [InlineData("pad")]
    [InlineData("none")]
    [InlineData("zip")]
    [InlineData("bzip2")]
    public void Decrypt_EncryptedAndSignedBySq_OpensWithGoodSignature(string compression)
    {
        using var sq = StartSq();
        var (secret, certificate) = sq.MakeKey("<carol@green.test>");
        var recipient = sq.WriteFile(Alice.Certificate.ToBinary());
        var message = sq.Run(["encrypt", "--compression", compression, "--recipient-cert", recipient, "--signer-key", secret], Large).Succeeded().Output;
        using var spool = new PlaintextSpool();

        var options = new DecryptionOptions { Keys = [Alice], Signers = [OpenPgpCertificate.Parse(certificate)], Now = Later() };
        var opened = Assert.IsType<MessageReading.Opened>(MessageDecryptor.Decrypt(new MemoryStream(message), spool, options));

        Assert.Equal(Large, spool.ToArray());
        Assert.Equal(SignatureStatus.Good, opened.Signatures.Single().Status);
    }

    [Fact]
    public void Sign_DetachedInlineAndClear_SqFindsAllGood()
    {
        using var sq = StartSq();
        var signer = sq.WriteFile(Alice.Certificate.ToBinary());
        var detached = sq.WriteFile(Encoding.ASCII.GetBytes(MessageSigner.SignDetached(Text, Alice, Later())));
        using var inline = new MemoryStream();
        MessageSigner.Sign(new MemoryStream(Large), inline, Alice, Later());

        sq.Run(["verify", "--signer-cert", signer, "--detached", detached], Text).Succeeded();
        Assert.NotEqual(0, sq.Run(["verify", "--signer-cert", signer, "--detached", detached], Large).ExitCode);
        Assert.Equal(Large, sq.Run(["verify", "--signer-cert", signer], inline.ToArray()).Succeeded().Output);
        var clear = Encoding.UTF8.GetBytes(MessageSigner.SignCleartext(Encoding.UTF8.GetString(Text), Alice, Later()));
        Assert.StartsWith("Grüße aus dem Test\n- zweite Zeile", sq.Run(["verify", "--signer-cert", signer], clear).Succeeded().Text.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("--cleartext-signature")]
    public void VerifyMessage_SignedBySq_Good(string how)
    {
        using var sq = StartSq();
        var (secret, certificate) = sq.MakeKey("<carol@green.test>");
        var message = sq.Run([.. (string[])["sign", "--signer-key", secret], .. how.Length > 0 ? [how] : Array.Empty<string>()], Text).Succeeded().Output;
        using var spool = new PlaintextSpool();

        var read = Assert.IsType<SignedMessage.Read>(SignatureVerifier.VerifyMessage(new MemoryStream(message), spool, [OpenPgpCertificate.Parse(certificate)], Later()));

        Assert.Equal(SignatureStatus.Good, read.Signatures.Single().Status);
        Assert.Equal(Encoding.UTF8.GetString(Text).TrimEnd(), Encoding.UTF8.GetString(spool.ToArray()).TrimEnd());
    }

    [Fact]
    public void VerifyDetached_BySq_Good()
    {
        using var sq = StartSq();
        var (secret, certificate) = sq.MakeKey("<carol@green.test>");
        var signature = sq.Run(["sign", "--signer-key", secret, "--detached"], Large).Succeeded().Output;

        var result = SignatureVerifier.VerifyDetached(new MemoryStream(Large), signature, [OpenPgpCertificate.Parse(certificate)], Later());

        Assert.Equal(SignatureStatus.Good, result.Status);
    }

    // Keys of sq are as old as the run that made them, at most.
    private static DateTimeOffset Later() => TimeProvider.System.GetUtcNow();

    private static Sq StartSq()
    {
        Assert.SkipUnless(Sq.IsThere || Environment.GetEnvironmentVariable("CI") is not null, "sq is not installed");
        return new Sq();
    }
}
