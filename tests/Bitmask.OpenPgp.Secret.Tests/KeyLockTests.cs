using System.Text;
using Bitmask.OpenPgp.Packets;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Secret.Tests;

/// <summary>Secret keys behind a passphrase, ours and gpg's.</summary>
public class KeyLockTests
{
    private static readonly byte[] Text = "text"u8.ToArray();

    [Fact]
    public void ExportLockedArmor_VersionFour_GpgOpensItWithThePassphrase()
    {
        using var gpg = People.StartGpg();
        using var passphrase = Secret("öffne dich");

        gpg.Run(["--passphrase", "öffne dich", "--import"], Encoding.ASCII.GetBytes(People.Alice.ExportLockedArmor(passphrase))).Succeeded();
        var signature = gpg.Run(["--passphrase", "öffne dich", "--detach-sign"], Text).Succeeded().Output;
        var message = MessageEncryptor.Encrypt(Text, [People.Alice.Certificate], People.Now);

        Assert.Equal(SignatureStatus.Good, SignatureVerifier.VerifyDetached(Text, signature, [People.Alice.Certificate], People.Now).Status);
        Assert.Equal(Text, gpg.Run(["--passphrase", "öffne dich", "--decrypt"], message).Succeeded().Output);
        Assert.NotEqual(0, gpg.Run(["--passphrase", "other", "--export-secret-keys"], []).ExitCode);
    }

    [Theory]
    [InlineData("future-default")]
    [InlineData("rsa2048")]
    [InlineData("brainpoolP256r1")]
    public void Parse_LockedByGpg_OpensWithThePassphraseOnly(string kind)
    {
        using var gpg = People.StartGpg();
        gpg.Run(["--passphrase", "geheim", "--quick-gen-key", "<carol@green.test>", kind], []).Succeeded();
        var locked = gpg.Run(["--passphrase", "geheim", "--export-secret-keys"], []).Succeeded().Output;
        using var right = Secret("geheim");
        using var wrong = Secret("geheim ");

        using var carol = OpenPgpSecretKey.Parse(locked, right);

        var signature = MessageSigner.SignDetached(Text, carol, People.Now);
        Assert.Equal(SignatureStatus.Good, SignatureVerifier.VerifyDetached(Text, signature, [carol.Certificate], People.Now).Status);
        Assert.Throws<WrongPassphraseException>(() => OpenPgpSecretKey.Parse(locked, wrong));
    }

    [Theory]
    [InlineData(KeyProfile.Version4)]
    [InlineData(KeyProfile.Version6)]
    public void Parse_LockedByUs_SameKeyAndAnyChangeRefused(KeyProfile profile)
    {
        using var made = OpenPgpSecretKey.Generate(People.AliceAddress, People.Now, new KeyGenerationOptions { Profile = profile });
        using var passphrase = Secret("x");
        var locked = Armor.Decode(Encoding.ASCII.GetBytes(made.Key.ExportLockedArmor(passphrase)), out _).ToArray();

        using var read = OpenPgpSecretKey.Parse(locked, passphrase);

        Assert.Equal(made.Key.Export(), read.Export());
        // The last octet of the first packet: in the proof that nothing was changed.
        var end = locked.Length - PacketReader.ReadAll(locked, 10).Skip(1).Sum(packet => packet.Body.Length + (packet.Body.Length < 192 ? 2 : 3)) - 1;
        locked[end] ^= 1;
        Assert.Throws<WrongPassphraseException>(() => OpenPgpSecretKey.Parse(locked, passphrase));
    }

    [Fact]
    public void Parse_PrimarySecretKeptElsewhere_DecryptsAndCannotBeChanged()
    {
        using var gpg = People.StartGpg();
        var fingerprint = gpg.MakeKey("<carol@green.test>", "future-default");
        var stub = gpg.Run(["--export-secret-subkeys", fingerprint], []).Succeeded().Output;

        using var carol = OpenPgpSecretKey.Parse(stub);
        using var again = OpenPgpSecretKey.Parse(carol.Export());

        var message = gpg.Run(["--encrypt", "-r", fingerprint], Text).Succeeded().Output;
        Assert.False(carol.HasPrimarySecret);
        Assert.Equal(Text, Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(message, [again], [], People.Now)).Data);
        Assert.Throws<UnusableKeyException>(() => carol.WithExpiry(null, People.Now));
        Assert.Throws<UnusableKeyException>(() => MessageSigner.SignDetached(Text, carol, People.Now));
        using var other = People.StartGpg();
        other.Import(again.Export());
        Assert.Equal(Text, other.Run(["--decrypt"], message).Succeeded().Output);
    }

    private static SecretBytes Secret(string text) => new(Encoding.UTF8.GetBytes(text));
}
