using System.Text;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Secret.Tests.Interop;

/// <summary>Messages of every kind that gpg and this library both know, in both directions.</summary>
public class GpgMessageTests
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes("Grüße aus dem Test  \r\n- zweite Zeile\nFrom here\n");
    private static readonly byte[] Large = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 30_000).Select(i => $"line {i * 7919 % 10007}\r\n")));

    [Theory]
    [InlineData("AES256", "AES256", false)]
    [InlineData("AES192", "AES192", false)]
    [InlineData("CAMELLIA256", "CAMELLIA256", false)]
    [InlineData("CAMELLIA128", "CAMELLIA128", false)]
    [InlineData("TWOFISH", "TWOFISH", false)]
    [InlineData("3DES", "3DES", true)]
    [InlineData("CAST5", "CAST5", true)]
    [InlineData("BLOWFISH", "BLOWFISH", true)]
    [InlineData("IDEA", "IDEA", true)]
    public void Decrypt_GpgByPassphrase_EveryCipherAndTheWeakOnlyWhenAsked(string gpgName, string name, bool isWeak)
    {
        using var gpg = People.StartGpg();
        using var passphrase = new SecretBytes("correct horse"u8);
        var message = gpg.Run(["--force-mdc", "--allow-old-cipher-algos", "--cipher-algo", gpgName, "--passphrase", "correct horse", "--symmetric"], Large);
        message = message.ExitCode == 0 ? message : gpg.Run(["--cipher-algo", gpgName, "--passphrase", "correct horse", "--symmetric"], Large).Succeeded();
        using var spool = new PlaintextSpool();
        var options = new DecryptionOptions { Passphrases = [passphrase], Now = People.Now };

        var answer = Decrypt(message.Output, spool, options);
        var opened = Decrypt(message.Output, spool, options with { AcceptWeakCiphers = true });

        Assert.Equal(isWeak, answer is MessageReading.Damaged);
        Assert.Equal((name, isWeak), (Assert.IsType<MessageReading.Opened>(opened).Cipher, ((MessageReading.Opened)opened).HasWeakCipher));
        Assert.Equal(Large, spool.ToArray());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("3")]
    public void Decrypt_GpgByPassphrase_EveryWayToMakeAKey(string mode)
    {
        using var gpg = People.StartGpg();
        using var passphrase = new SecretBytes("correct horse"u8);
        using var wrong = new SecretBytes("wrong"u8);
        var message = gpg.Run(["--s2k-mode", mode, "--s2k-digest-algo", "SHA256", "--passphrase", "correct horse", "--symmetric", "--armor"], Text).Succeeded().Output;
        using var spool = new PlaintextSpool();

        Assert.IsType<MessageReading.Opened>(Decrypt(message, spool, new DecryptionOptions { Passphrases = [passphrase], Now = People.Now }));
        Assert.Equal(Text, spool.ToArray());
        Assert.IsType<MessageReading.NoKey>(Decrypt(message, spool, new DecryptionOptions { Passphrases = [wrong], Now = People.Now }));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Encrypt_ForPassphraseAndKeys_GpgOpensByBoth(bool isHidden)
    {
        using var gpg = People.StartGpg();
        using var other = People.StartGpg();
        using var passphrase = new SecretBytes("correct horse"u8);
        var fingerprint = gpg.MakeKey("Carol <carol@green.test>", "future-default");
        OpenPgpCertificate[] carol = [OpenPgpCertificate.Parse(gpg.Export(fingerprint))];
        var message = MessageEncryptor.Encrypt(Large, new EncryptionOptions
        {
            Recipients = isHidden ? [People.Bob.Certificate] : [People.Bob.Certificate, .. carol],
            HiddenRecipients = isHidden ? carol : [],
            Passphrases = [passphrase],
            Protection = MessageProtection.Mdc,
            Now = People.Now,
        });

        Assert.Equal(Large, gpg.Run(["--decrypt"], message).Succeeded().Output);
        var byPassphrase = other.Run(["--passphrase", "correct horse", "--decrypt"], message);
        Assert.Equal(Large, byPassphrase.Output);
        Assert.Contains("GOODMDC", byPassphrase.Status);
    }

    [Fact]
    public void EncryptAndSign_FromAStreamInPieces_GpgFindsAllGood()
    {
        using var gpg = People.StartGpg();
        gpg.Import(People.Alice.Certificate.ToBinary());
        var carol = OpenPgpCertificate.Parse(gpg.Export(gpg.MakeKey("Carol <carol@green.test>", "future-default")));
        using var message = new MemoryStream();

        MessageSigner.EncryptAndSign(new MemoryStream(Large), message, People.Alice, new EncryptionOptions { Recipients = [carol], Now = People.Now, Armor = false });

        var opened = gpg.Run(["--decrypt"], message.ToArray()).Succeeded();
        Assert.Equal(Large, opened.Output);
        Assert.Contains("GOODSIG " + People.Alice.Certificate.KeyId, opened.Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sign_Inline_GpgFindsItGood(bool armor)
    {
        using var gpg = People.StartGpg();
        gpg.Import(People.Alice.Certificate.ToBinary());
        using var message = new MemoryStream();

        MessageSigner.Sign(new MemoryStream(Large), message, People.Alice, People.Now, armor);

        var opened = gpg.Run(["--decrypt"], message.ToArray()).Succeeded();
        Assert.Equal(Large, opened.Output);
        Assert.Contains("GOODSIG " + People.Alice.Certificate.KeyId, opened.Status);
    }

    [Fact]
    public void SignCleartext_Own_GpgFindsItGood()
    {
        using var gpg = People.StartGpg();
        gpg.Import(People.Alice.Certificate.ToBinary());

        var message = MessageSigner.SignCleartext(Encoding.UTF8.GetString(Text), People.Alice, People.Now);

        var opened = gpg.Run(["--decrypt"], Encoding.UTF8.GetBytes(message)).Succeeded();
        Assert.Contains("GOODSIG " + People.Alice.Certificate.KeyId, opened.Status);
        Assert.StartsWith("Grüße aus dem Test\n- zweite Zeile\nFrom here\n", opened.Text);
    }

    [Theory]
    [InlineData("--sign", "none", "Good")]
    [InlineData("--sign", "zip", "Good")]
    [InlineData("--sign", "bzip2", "Good")]
    [InlineData("--clearsign", "none", "Good")]
    [InlineData("--textmode --sign", "zlib", "Good")]
    public void VerifyMessage_SignedByGpg_GoodAndTheDataComesOut(string how, string compression, string status)
    {
        using var gpg = People.StartGpg();
        var carol = OpenPgpCertificate.Parse(gpg.Export(gpg.MakeKey("Carol <carol@green.test>", "future-default")));
        var message = gpg.Run([.. how.Split(' '), "--compress-algo", compression, "--armor"], Large).Succeeded().Output;
        using var spool = new PlaintextSpool();

        var read = Assert.IsType<SignedMessage.Read>(SignatureVerifier.VerifyMessage(new MemoryStream(message), spool, [carol], People.Now));
        var text = Encoding.ASCII.GetString(spool.ToArray()).ReplaceLineEndings("\n");

        Assert.Equal(status, read.Signatures.Single().Status.ToString());
        Assert.Equal(Encoding.ASCII.GetString(Large).ReplaceLineEndings("\n").TrimEnd('\n'), text.TrimEnd('\n'));
        Assert.Equal(SignatureStatus.UnknownKey, Status(message, [People.Bob.Certificate]));
    }

    [Fact]
    public void VerifyMessage_SignedByTwo_BothAreTold()
    {
        using var gpg = People.StartGpg();
        var carol = OpenPgpCertificate.Parse(gpg.Export(gpg.MakeKey("Carol <carol@green.test>", "future-default")));
        var dave = OpenPgpCertificate.Parse(gpg.Export(gpg.MakeKey("Dave <dave@green.test>", "rsa2048")));
        var message = gpg.Run(["-u", "carol@green.test", "-u", "dave@green.test", "--sign"], Text).Succeeded().Output;
        using var spool = new PlaintextSpool();

        var read = Assert.IsType<SignedMessage.Read>(SignatureVerifier.VerifyMessage(new MemoryStream(message), spool, [carol, dave], People.Now));

        Assert.Equal([SignatureStatus.Good, SignatureStatus.Good], read.Signatures.Select(signature => signature.Status));
        Assert.Equal([carol.Fingerprint, dave.Fingerprint], read.Signatures.Select(signature => signature.Signer!).OrderBy(signer => signer == dave.Fingerprint));
    }

    [Fact]
    public void Decrypt_GpgWithoutProtection_Refused()
    {
        using var gpg = People.StartGpg();
        gpg.Import(People.Alice.Certificate.ToBinary());
        var message = gpg.Run(["--rfc2440", "--cipher-algo", "3DES", "--disable-mdc", "--encrypt", "-r", "alice@red.test"], Text).Succeeded().Output;
        using var spool = new PlaintextSpool();

        var answer = Decrypt(message, spool, new DecryptionOptions { Keys = [People.Alice], Now = People.Now, AcceptWeakCiphers = true });

        Assert.IsType<MessageReading.Damaged>(answer);
        Assert.Equal(0, spool.Length);
    }

    private static SignatureStatus Status(byte[] message, IReadOnlyList<OpenPgpCertificate> signers)
    {
        using var spool = new PlaintextSpool();
        return Assert.IsType<SignedMessage.Read>(SignatureVerifier.VerifyMessage(new MemoryStream(message), spool, signers, People.Now)).Signatures.Single().Status;
    }

    private static MessageReading Decrypt(byte[] message, PlaintextSpool spool, DecryptionOptions options)
        => MessageDecryptor.Decrypt(new MemoryStream(message), spool, options);
}
