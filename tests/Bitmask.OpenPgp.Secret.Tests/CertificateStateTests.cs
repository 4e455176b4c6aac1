using System.Text;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Secret.Tests;

/// <summary>Expiry, revocation and certifications, with keys made by gpg.</summary>
public class CertificateStateTests
{
    private static readonly byte[] Text = "text"u8.ToArray();
    private static readonly EmailAddress CarolAddress = EmailAddress.Parse("carol@green.test");

    [Fact]
    public void StateAt_AfterExpiry_ExpiredAndNotEncryptedTo()
    {
        using var gpg = People.StartGpg();
        var carol = OpenPgpCertificate.Parse(gpg.Export(gpg.MakeKey("<carol@green.test>", "future-default", expiry: "30d")));
        var later = People.Now.AddDays(31);

        Assert.Equal(CertificateState.Valid, carol.StateAt(People.Now));
        Assert.Equal(CertificateState.Expired, carol.StateAt(later));
        Assert.Equal(CertificateState.NotYetValid, carol.StateAt(People.Now.AddDays(-3)));
        Assert.Equal(People.Now.AddDays(30), carol.Expires!.Value, TimeSpan.FromMinutes(1));
        Assert.True(carol.CanEncryptAt(People.Now));
        Assert.False(carol.CanEncryptAt(later));
        Assert.Throws<UnusableKeyException>(() => MessageEncryptor.Encrypt(Text, [People.Alice.Certificate, carol], later));
    }

    [Fact]
    public void VerifyDetached_MadeBeforeAndAfterExpiry_ToldApart()
    {
        using var gpg = People.StartGpg();
        var carol = OpenPgpCertificate.Parse(gpg.Export(gpg.MakeKey("<carol@green.test>", "future-default", expiry: "30d")));
        var signature = gpg.Run(["--detach-sign"], Text).Succeeded().Output;
        using var secret = OpenPgpSecretKey.Parse(gpg.ExportSecret(carol.Fingerprint.Value));
        var later = People.Now.AddDays(31);

        Assert.Equal(SignatureStatus.Good, SignatureVerifier.VerifyDetached(Text, signature, [carol], later).Status);
        Assert.Throws<UnusableKeyException>(() => MessageSigner.SignDetached(Text, secret, later));
        var late = SignLate(secret, later);
        Assert.Equal(SignatureStatus.ExpiredKey, SignatureVerifier.VerifyDetached(Text, late, [carol], later).Status);
        Assert.Equal(SignatureStatus.Bad, SignatureVerifier.VerifyDetached(Text, late, [carol], People.Now).Status);
    }

    [Fact]
    public void Parse_Revoked_NeitherEncryptsNorVerifies()
    {
        using var gpg = People.StartGpg();
        var fingerprint = gpg.MakeKey("<carol@green.test>", "future-default");
        var before = OpenPgpCertificate.Parse(gpg.Export(fingerprint));
        var signature = gpg.Run(["--detach-sign"], Text).Succeeded().Output;
        gpg.Import(Encoding.UTF8.GetBytes(gpg.ReadFile("openpgp-revocs.d", fingerprint + ".rev").Replace(":-----BEGIN", "-----BEGIN", StringComparison.Ordinal)));

        var carol = OpenPgpCertificate.Parse(gpg.Export(fingerprint));

        Assert.False(before.IsRevoked);
        Assert.True(carol.IsRevoked);
        Assert.Equal(CertificateState.Revoked, carol.StateAt(People.Now));
        Assert.Empty(carol.EncryptionSubkeysAt(People.Now));
        Assert.Equal(SignatureStatus.RevokedKey, SignatureVerifier.VerifyDetached(Text, signature, [carol], People.Now).Status);
        Assert.True(before.Merge(carol).IsRevoked);
        Assert.True(carol.Merge(before).IsRevoked);
        Assert.True(carol.Minimal(CarolAddress).IsRevoked);
        Assert.Throws<UnusableKeyException>(() => MessageEncryptor.Encrypt(Text, [carol], People.Now));
    }

    [Fact]
    public void IsCertifiedBy_SignedByOther_TrueAndStrippedInMinimal()
    {
        using var gpg = People.StartGpg();
        var old = gpg.MakeKey("Carol <carol@green.test>", "future-default");
        var young = gpg.MakeKey("Carol C. <carol@green.test>", "rsa2048");
        var unsigned = OpenPgpCertificate.Parse(gpg.Export(young));
        gpg.Run(["-u", old, "--quick-sign-key", young], []).Succeeded();
        var (oldCertificate, signed) = (OpenPgpCertificate.Parse(gpg.Export(old)), OpenPgpCertificate.Parse(gpg.Export(young)));

        Assert.True(signed.IsCertifiedBy(oldCertificate, People.Now));
        Assert.False(unsigned.IsCertifiedBy(oldCertificate, People.Now));
        Assert.False(oldCertificate.IsCertifiedBy(signed, People.Now));
        Assert.False(signed.IsCertifiedBy(People.Alice.Certificate, People.Now));
        Assert.False(signed.Minimal(CarolAddress).IsCertifiedBy(oldCertificate, People.Now));
        Assert.True(signed.ToBinary().Length > signed.Minimal(CarolAddress).ToBinary().Length);
    }

    [Fact]
    public void EncryptionSubkeysAt_TwoSubkeys_BothAndEachWithItsOwnExpiry()
    {
        using var gpg = People.StartGpg();
        var fingerprint = gpg.MakeKey("<carol@green.test>", "future-default");
        gpg.Run(["--passphrase", "", "--quick-add-key", fingerprint, "rsa2048", "encr", "30d"], []).Succeeded();
        var carol = OpenPgpCertificate.Parse(gpg.Export(fingerprint));

        Assert.Equal(["ECDH Curve25519", "RSA"], carol.EncryptionSubkeysAt(People.Now).Select(key => key.Algorithm));
        Assert.Equal(["ECDH Curve25519"], carol.EncryptionSubkeysAt(People.Now.AddDays(31)).Select(key => key.Algorithm));
        var message = MessageEncryptor.Encrypt(Text, [carol], People.Now);
        using var secret = OpenPgpSecretKey.Parse(gpg.ExportSecret(fingerprint));
        var opened = Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(message, [secret], [], People.Now));
        Assert.Equal(2, opened.RecipientKeyIds.Count);
    }

    [Fact]
    public void Addresses_RevokedUserId_Gone()
    {
        using var gpg = People.StartGpg();
        var fingerprint = gpg.MakeKey("<carol@green.test>", "future-default");
        gpg.Run(["--quick-add-uid", fingerprint, "<other@green.test>"], []).Succeeded();
        var both = OpenPgpCertificate.Parse(gpg.Export(fingerprint));
        gpg.Run([.. People.At(People.Now.AddMinutes(1)), "--quick-revoke-uid", fingerprint, "<carol@green.test>"], []).Succeeded();
        var one = OpenPgpCertificate.Parse(gpg.Export(fingerprint));

        Assert.Equal(["carol@green.test", "other@green.test"], both.Addresses.Select(address => address.Address).Order());
        Assert.Equal(["other@green.test"], one.Addresses.Select(address => address.Address));
        Assert.Equal(["other@green.test"], both.Merge(one).Addresses.Select(address => address.Address));
        Assert.Throws<UnusableKeyException>(() => one.Minimal(CarolAddress));
        Assert.True(one.CanEncryptAt(People.Now.AddMinutes(2)));
    }

    [Fact]
    public void KeysAt_SubkeyRevokedByGpg_OnlyThat()
    {
        using var gpg = People.StartGpg();
        var fingerprint = gpg.MakeKey("<carol@green.test>", "future-default");
        gpg.Run(["--command-fd", "0", "--edit-key", fingerprint], Encoding.ASCII.GetBytes("key 1\nrevkey\ny\n1\n\ny\nsave\n")).Succeeded();

        var carol = OpenPgpCertificate.Parse(gpg.Export(fingerprint));

        Assert.Equal([KeyFault.None, KeyFault.Compromised], carol.KeysAt(People.Now).Select(key => key.Fault));
        Assert.Equal((CertificateState.Valid, KeyFault.Compromised), (carol.StateAt(People.Now), carol.EncryptionFaultAt(People.Now)));
        Assert.Throws<UnusableKeyException>(() => MessageEncryptor.Encrypt(Text, [carol], People.Now));
    }

    [Theory]
    [InlineData(2020, KeyFault.None)]
    [InlineData(2024, KeyFault.WeakSelfSignature)]
    public void FaultAt_SelfSignedWithSha1_CountsWhileNothingElseWasWritten(int year, KeyFault fault)
    {
        using var gpg = People.StartGpg();
        var then = new DateTimeOffset(year, 6, 1, 0, 0, 0, TimeSpan.Zero);
        gpg.Run([.. People.At(then), "--cert-digest-algo", "SHA1", "--passphrase", "", "--quick-gen-key", "<carol@green.test>", "rsa2048", "default", "never"], []).Succeeded();

        var carol = OpenPgpCertificate.Parse(gpg.Export("carol@green.test"));

        Assert.Equal(fault, carol.FaultAt(People.Now));
    }

    private static byte[] SignLate(OpenPgpSecretKey secret, DateTimeOffset time)
    {
        using var writer = new Packets.OctetWriter();
        return writer.Packet(
            Packets.PacketTag.Signature,
            new Sign.SignatureBuilder(Verify.SignatureType.Binary, secret.SigningPart(People.Now), time).SignData(Text)).ToArray();
    }
}
