using System.Text;
using Bitmask.Testing;

namespace Bitmask.OpenPgp.Secret.Tests;

/// <summary>Messages to and from keys of version 6.</summary>
public class Version6MessageTests
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes("Grüße\r\n");

    /// <summary>RFC 9580 appendix A.8.</summary>
    [Fact]
    public void Decrypt_SampleOfTheStandard_HelloWorld()
    {
        using var key = OpenPgpSecretKey.Parse(Sample("a4_secret.asc"));
        using var spool = new PlaintextSpool();

        var opened = Assert.IsType<MessageReading.Opened>(Decrypt(Sample("a8_encrypted.asc"), spool, key));

        Assert.Equal(("AES128", "OCB", "Hello, world!"), (opened.Cipher, opened.Mode, Encoding.ASCII.GetString(spool.ToArray())));
        Assert.Equal(["12C83F1E706F6308"], opened.RecipientKeyIds);
    }

    /// <summary>RFC 9580 appendix A.6 and A.7: one text, signed in the clear and inline.</summary>
    [Theory]
    [InlineData("a6_cleartext.asc")]
    [InlineData("a7_inline.asc")]
    public void VerifyMessage_SamplesOfTheStandard_Good(string file)
    {
        var certificate = OpenPgpCertificate.Parse(Sample("a3_cert.asc"));
        using var spool = new PlaintextSpool();

        var read = Assert.IsType<SignedMessage.Read>(SignatureVerifier.VerifyMessage(new MemoryStream(Sample(file)), spool, [certificate], People.Now));

        Assert.Equal((SignatureStatus.Good, certificate.Fingerprint), (read.Signatures.Single().Status, read.Signatures.Single().Signer));
        Assert.Equal("What we need from the grocery store:\n\n- tofu\n- vegetables\n- noodles\n", Encoding.ASCII.GetString(spool.ToArray()));
        Assert.True(read.IsText);
        var changed = Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(Sample("a6_cleartext.asc")).Replace("tofu", "meat", StringComparison.Ordinal));
        Assert.Equal(SignatureStatus.Bad, ((SignedMessage.Read)SignatureVerifier.VerifyMessage(new MemoryStream(changed), spool, [certificate], People.Now)).Signatures.Single().Status);
    }

    [Theory]
    [InlineData(MessageProtection.Automatic, "OCB")]
    [InlineData(MessageProtection.Gcm, "GCM")]
    [InlineData(MessageProtection.Mdc, null)]
    public void EncryptAndSign_BetweenNewKeys_OpensWithGoodSignature(MessageProtection protection, string? mode)
    {
        using var alice = MakeKey();
        using var bob = MakeKey();
        using var message = new MemoryStream();
        MessageSigner.EncryptAndSign(
            new MemoryStream(Text), message, alice, new EncryptionOptions { Recipients = [bob.Certificate], HiddenRecipients = [alice.Certificate], Now = People.Now, Protection = protection });
        using var spool = new PlaintextSpool();

        foreach (var reader in (OpenPgpSecretKey[])[bob, alice])
        {
            var opened = Assert.IsType<MessageReading.Opened>(
                MessageDecryptor.Decrypt(new MemoryStream(message.ToArray()), spool, new DecryptionOptions { Keys = [reader], Signers = [alice.Certificate], Now = People.Now }));
            Assert.Equal((mode, SignatureStatus.Good, alice.Fingerprint), (opened.Mode, opened.Signatures.Single().Status, opened.Signatures.Single().Signer));
            Assert.Equal(Text, spool.ToArray());
        }
    }

    [Fact]
    public void Encrypt_ToOldAndNewKeyTogether_AsTheOldOneReads()
    {
        using var bob = MakeKey();
        var message = MessageEncryptor.Encrypt(Text, [bob.Certificate, People.Alice.Certificate], People.Now);
        using var spool = new PlaintextSpool();

        Assert.Null(Assert.IsType<MessageReading.Opened>(Decrypt(message, spool, bob)).Mode);
        Assert.Null(Assert.IsType<MessageReading.Opened>(Decrypt(message, spool, People.Alice)).Mode);
    }

    private static OpenPgpSecretKey MakeKey() => OpenPgpSecretKey.Generate(People.BobAddress, People.Now, new KeyGenerationOptions { Profile = KeyProfile.Version6 }).Key;

    private static MessageReading Decrypt(byte[] message, PlaintextSpool spool, OpenPgpSecretKey key)
        => MessageDecryptor.Decrypt(new MemoryStream(message), spool, new DecryptionOptions { Keys = [key], Now = People.Now });

    private static byte[] Sample(string name) => File.ReadAllBytes(Path.Combine(Vectors.Folder, "openpgp", name));
}
