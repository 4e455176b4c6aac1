using System.Text;
using Bitmask.OpenPgp.Packets;
using FsCheck.Xunit;

namespace Bitmask.OpenPgp.Secret.Tests;

public class SecretKeyTests
{
    [Fact]
    public void Generate_New_HasTheShapeThatGpgReads()
    {
        var certificate = People.Alice.Certificate;

        Assert.Equal(["<alice@red.test>"], certificate.UserIds);
        Assert.True(certificate.HasAddress(People.AliceAddress));
        Assert.Equal(People.Now, certificate.Created);
        Assert.Equal(People.Now.AddDays(730), certificate.Expires);
        Assert.False(certificate.IsRevoked);
        var subkey = Assert.Single(certificate.EncryptionSubkeysAt(People.Now));
        Assert.Equal(("ECDH Curve25519", 256), (subkey.Algorithm, subkey.Bits));
        Assert.Equal(CertificateState.Expired, certificate.StateAt(People.Now.AddDays(730)));
        Assert.Equal(certificate.ToBinary(), certificate.Minimal(People.AliceAddress).ToBinary());
    }

    [Fact]
    public void Parse_Export_SameKey()
    {
        using var read = OpenPgpSecretKey.Parse(People.Alice.Export());
        using var armored = OpenPgpSecretKey.Parse(Encoding.ASCII.GetBytes(People.Alice.ExportArmor()));

        Assert.Equal(People.Alice.Export(), read.Export());
        Assert.Equal(People.Alice.Export(), armored.Export());
        Assert.Equal(People.Alice.Certificate.ToBinary(), read.Certificate.ToBinary());
    }

    [Fact]
    public void Parse_SecretKeyAsCertificate_Refused()
        => Assert.Throws<OpenPgpFormatException>(() => OpenPgpCertificate.Parse(People.Alice.Export()));

    [Fact]
    public void Parse_SecretSubkeyHiddenInCertificate_Refused()
    {
        var secret = PacketReader.ReadAll(People.Alice.Export(), 10).Single(packet => packet.Tag == PacketTag.SecretSubkey);
        using var writer = new OctetWriter();
        writer.Octets(People.Bob.Certificate.ToBinary()).Packet(secret.Tag, secret.Body.Span);

        Assert.Throws<OpenPgpFormatException>(() => OpenPgpCertificate.Parse(writer.Written));
    }

    [Fact]
    public void Parse_PublicNumbersExchanged_Refused()
    {
        var alice = PacketReader.ReadAll(People.Alice.Export(), 10);
        var bob = PacketReader.ReadAll(People.Bob.Certificate.ToBinary(), 10);
        using var writer = new OctetWriter();
        byte[] mixed = [.. bob[0].Body.Span, .. alice[0].Body.Span[bob[0].Body.Length..]];
        writer.Packet(PacketTag.SecretKey, mixed);

        Assert.Throws<OpenPgpFormatException>(() => OpenPgpSecretKey.Parse(writer.Written));
    }

    [Fact]
    public void Parse_LockedWithPassphrase_Refused()
    {
        using var gpg = People.StartGpg();
        gpg.Run(["--passphrase", "secret", "--quick-gen-key", "<carol@green.test>", "future-default"], []).Succeeded();
        var locked = gpg.Run(["--passphrase", "secret", "--export-secret-keys"], []).Succeeded().Output;

        Assert.Contains("passphrase", Assert.Throws<OpenPgpFormatException>(() => OpenPgpSecretKey.Parse(locked)).Message);
    }

    [Fact]
    public void Parse_KeyThatIsTooShort_KeptAndNotUsed()
    {
        using var gpg = People.StartGpg();
        var fingerprint = gpg.MakeKey("<carol@green.test>", "rsa1024");

        using var carol = OpenPgpSecretKey.Parse(gpg.ExportSecret(fingerprint));
        using var again = OpenPgpSecretKey.Parse(carol.Export());

        Assert.Equal((KeyFault.TooSmall, 1024), (again.Certificate.FaultAt(People.Now), again.Certificate.Bits));
        Assert.Throws<UnusableKeyException>(() => MessageSigner.SignDetached("x"u8, again, People.Now));
        Assert.Throws<UnusableKeyException>(() => MessageEncryptor.Encrypt("x"u8, [again.Certificate], People.Now));
        using var other = People.StartGpg();
        other.Import(again.Export());
        Assert.NotEmpty(other.Run(["--detach-sign"], "x"u8.ToArray()).Succeeded().Output);
    }

    [Fact]
    public void Dispose_Done_SecretIsGone()
    {
        var key = OpenPgpSecretKey.Generate(People.AliceAddress, People.Now);
        key.Dispose();

        Assert.Throws<ObjectDisposedException>(() => key.Export());
        Assert.Equal("(secret key)", key.ToString());
    }

    [Property(MaxTest = 300)]
    public void Parse_ChangedBytes_OnlyFormatErrors(ushort position, byte value)
    {
        var bytes = People.Alice.Export();
        bytes[position % bytes.Length] ^= value;
        try
        {
            OpenPgpSecretKey.Parse(bytes).Dispose();
        }
        catch (OpenPgpFormatException)
        {
            // The one kind of failure that is promised.
        }
    }
}
