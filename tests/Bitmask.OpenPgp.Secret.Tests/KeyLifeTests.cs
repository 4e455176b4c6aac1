using System.Text;
using Bitmask.OpenPgp.Packets;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Secret.Tests;

/// <summary>What an owner does to his key over the years; version 4 is shown to gpg as well.</summary>
public class KeyLifeTests
{
    private static readonly byte[] Text = "text"u8.ToArray();
    private static readonly EmailAddress Second = EmailAddress.Parse("alice@green.test");
    private static readonly DateTimeOffset Later = People.Now.AddDays(100);

    public static TheoryData<KeyProfile> Profiles => [KeyProfile.Version4, KeyProfile.Version6];

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Generate_Options_AreKept(KeyProfile profile)
    {
        using var made = Make(profile, new KeyGenerationOptions { Profile = profile, Name = "Alice A.", Validity = null });
        var certificate = made.Key.Certificate;

        Assert.Equal(profile == KeyProfile.Version6 ? 6 : 4, certificate.Version);
        Assert.Equal(["Alice A. <alice@red.test>"], certificate.UserIds);
        Assert.Null(certificate.Expires);
        Assert.True(certificate.CanEncryptAt(People.Now.AddYears(50)));
        Assert.Throws<ArgumentException>(() => Make(profile, new KeyGenerationOptions { Profile = profile, Name = "<bob@blue.test>" }));
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Generate_RevocationCertificate_RevokesForAllTime(KeyProfile profile)
    {
        using var made = Make(profile);
        var signature = MessageSigner.SignDetached(Text, made.Key, People.Now);

        var revoked = made.Key.Certificate.WithRevocation(Encoding.ASCII.GetBytes(made.RevocationCertificate));

        Assert.True(revoked.IsRevoked);
        Assert.Equal(KeyFault.Revoked, revoked.FaultAt(People.Now.AddDays(-1)));
        Assert.Equal(SignatureStatus.RevokedKey, SignatureVerifier.VerifyDetached(Text, signature, [revoked], People.Now).Status);
        Assert.Throws<OpenPgpFormatException>(() => People.Bob.Certificate.WithRevocation(Encoding.ASCII.GetBytes(made.RevocationCertificate)));
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void WithExpiry_BeforeAndAfterTheEnd_MovesKeyAndSubkey(KeyProfile profile)
    {
        using var made = Make(profile);
        var end = made.Key.Certificate.Expires!.Value;

        using var longer = made.Key.WithExpiry(end.AddDays(365), Later);
        using var revived = made.Key.WithExpiry(end.AddDays(700), end.AddDays(5));
        using var shorter = longer.WithExpiry(Later.AddDays(1), Later);

        Assert.Equal(end.AddDays(365), longer.Certificate.Expires);
        Assert.Equal(end.AddDays(365), Assert.Single(longer.Certificate.EncryptionSubkeysAt(end.AddDays(10))).Expires);
        Assert.Equal(KeyFault.Expired, longer.Certificate.FaultAt(end.AddDays(365)));
        Assert.True(revived.Certificate.CanEncryptAt(end.AddDays(10)));
        Assert.Equal(KeyFault.Expired, shorter.Certificate.EncryptionFaultAt(Later.AddDays(2)));
        // Merging brings nothing old back: the newest word counts.
        Assert.Equal(end.AddDays(365), made.Key.Certificate.Merge(longer.Certificate).Expires);
        Assert.Equal(["<alice@red.test>"], longer.Certificate.UserIds);
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void WithRotatedEncryptionSubkey_OldMessages_StayReadable(KeyProfile profile)
    {
        using var made = Make(profile);
        var before = MessageEncryptor.Encrypt(Text, [made.Key.Certificate], People.Now);

        using var rotated = made.Key.WithRotatedEncryptionSubkey(null, Later);
        using var read = OpenPgpSecretKey.Parse(rotated.Export());
        var after = MessageEncryptor.Encrypt(Text, [read.Certificate], Later);

        var subkey = Assert.Single(read.Certificate.EncryptionSubkeysAt(Later));
        Assert.Equal(made.Key.Certificate.Expires, subkey.Expires);
        Assert.Equal([KeyFault.Superseded, KeyFault.None], read.Certificate.KeysAt(Later).Where(key => !key.IsPrimary).Select(key => key.Fault));
        Assert.Equal(Text, Opened(before, read));
        Assert.Equal(Text, Opened(after, read));
        Assert.IsType<DecryptionResult.NoKey>(MessageDecryptor.Decrypt(after, [made.Key], [], Later));
        // Who still has the old copy is not shut out at once, and before the change the old subkey was the one.
        Assert.Equal(made.Key.Certificate.EncryptionSubkeysAt(People.Now)[0].KeyId, read.Certificate.EncryptionSubkeysAt(People.Now)[0].KeyId);
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void WithAddedEncryptionSubkey_Both_AreEncryptedTo(KeyProfile profile)
    {
        using var made = Make(profile);

        using var more = made.Key.WithAddedEncryptionSubkey(TimeSpan.FromDays(30), Later);

        Assert.Equal(2, more.Certificate.EncryptionSubkeysAt(Later).Count);
        Assert.Single(more.Certificate.EncryptionSubkeysAt(Later.AddDays(31)));
        Assert.Equal(Text, Opened(MessageEncryptor.Encrypt(Text, [more.Certificate], Later), made.Key));
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void WithUserId_AndRevoked_ComesAndGoes(KeyProfile profile)
    {
        using var made = Make(profile);

        using var two = made.Key.WithUserId(Second, "Alice", Later);
        using var one = two.WithRevokedUserId("Alice <alice@green.test>", "left", Later);
        using var back = one.WithUserId(Second, "Alice", Later.AddDays(1));

        Assert.Equal(["<alice@red.test>", "Alice <alice@green.test>"], two.Certificate.UserIds);
        Assert.Equal(["<alice@red.test>"], one.Certificate.UserIds);
        Assert.Equal(["<alice@red.test>"], two.Certificate.Merge(one.Certificate).UserIds);
        Assert.Equal(2, back.Certificate.UserIds.Count);
        Assert.Equal(made.Key.Certificate.Expires, two.Certificate.Expires);
        Assert.Throws<ArgumentException>(() => made.Key.WithRevokedUserId("<bob@blue.test>", "", Later));
    }

    [Theory]
    [InlineData(RevocationReason.Compromised, KeyFault.Compromised, SignatureStatus.RevokedKey)]
    [InlineData(RevocationReason.Unspecified, KeyFault.Revoked, SignatureStatus.RevokedKey)]
    [InlineData(RevocationReason.Superseded, KeyFault.Superseded, SignatureStatus.Good)]
    [InlineData(RevocationReason.Retired, KeyFault.Retired, SignatureStatus.Good)]
    public void Revoked_ByReason_CountsForAllTimeOrFromThenOn(RevocationReason reason, KeyFault fault, SignatureStatus earlier)
    {
        using var made = Make(KeyProfile.Version4);
        var signature = MessageSigner.SignDetached(Text, made.Key, People.Now);

        using var revoked = made.Key.Revoked(reason, "because", Later);

        Assert.Equal(fault, revoked.Certificate.FaultAt(Later));
        Assert.Equal(CertificateState.Revoked, revoked.Certificate.StateAt(Later));
        Assert.Equal(earlier, SignatureVerifier.VerifyDetached(Text, signature, [revoked.Certificate], Later.AddDays(1)).Status);
        Assert.Equal(Text, Opened(MessageEncryptor.Encrypt(Text, [made.Key.Certificate], People.Now), revoked));
        Assert.Throws<UnusableKeyException>(() => MessageEncryptor.Encrypt(Text, [revoked.Certificate], Later));
    }

    [Fact]
    public void WithRevokedSubkey_Only_NobodyEncryptsAndSigningGoesOn()
    {
        using var made = Make(KeyProfile.Version4);
        var subkey = made.Key.Certificate.EncryptionSubkeysAt(People.Now)[0].Fingerprint;

        using var revoked = made.Key.WithRevokedSubkey(subkey, RevocationReason.Compromised, "", Later);

        Assert.Equal(KeyFault.None, revoked.Certificate.FaultAt(Later));
        Assert.Equal(KeyFault.Compromised, revoked.Certificate.EncryptionFaultAt(Later));
        Assert.Equal(SignatureStatus.Good, SignatureVerifier.VerifyDetached(Text, MessageSigner.SignDetached(Text, revoked, Later), [revoked.Certificate], Later).Status);
        Assert.Throws<ArgumentException>(() => made.Key.WithRevokedSubkey(People.Bob.Fingerprint, RevocationReason.Retired, "", Later));
    }

    [Fact]
    public void Acts_VersionFour_GpgSeesThemAll()
    {
        using var gpg = People.StartGpg();
        using var made = Make(KeyProfile.Version4);
        using var longer = made.Key.WithExpiry(People.Now.AddDays(2000), People.Now.AddMinutes(1));
        using var rotated = longer.WithRotatedEncryptionSubkey(null, People.Now.AddMinutes(2));
        using var two = rotated.WithUserId(Second, "Alice", People.Now.AddMinutes(3));
        string[] at = People.At(People.Now.AddMinutes(5));
        gpg.Run([.. at, "--import"], two.Certificate.ToBinary()).Succeeded();

        var listed = gpg.Run([.. at, "--with-colons", "--list-options", "show-unusable-subkeys", "--list-keys"], []).Succeeded().Text.Split('\n').Select(line => line.Split(':')).ToList();

        var end = People.Now.AddDays(2000).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(end, listed.Single(line => line[0] == "pub")[6]);
        Assert.Equal(["r", "u"], listed.Where(line => line[0] == "sub").Select(line => line[1] == "r" ? "r" : "u"));
        Assert.Equal(2, listed.Count(line => line[0] == "uid" && line[1] != "r"));
        using var other = People.StartGpg();
        other.Run([.. at, "--import"], two.Certificate.WithRevocation(Encoding.ASCII.GetBytes(made.RevocationCertificate)).ToBinary()).Succeeded();
        Assert.Equal("r", other.Run([.. at, "--with-colons", "--list-keys"], []).Succeeded().Text.Split('\n').Select(line => line.Split(':')).Single(line => line[0] == "pub")[1]);
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void AutocryptMinimal_GrownKey_OneOfEach(KeyProfile profile)
    {
        using var made = Make(profile);
        using var rotated = made.Key.WithRotatedEncryptionSubkey(null, Later);
        using var grown = rotated.WithUserId(Second, null, Later);

        var minimal = grown.Certificate.AutocryptMinimal(Second, Later);

        var expected = new List<PacketTag> { PacketTag.PublicKey, PacketTag.UserId, PacketTag.Signature, PacketTag.PublicSubkey, PacketTag.Signature };
        if (profile == KeyProfile.Version6)
        {
            expected.Insert(1, PacketTag.Signature);
        }

        Assert.Equal(expected, PacketReader.ReadAll(minimal.ToBinary(), 10).Select(packet => packet.Tag));
        Assert.Equal([Second], minimal.Addresses);
        Assert.Equal(grown.Certificate.EncryptionSubkeysAt(Later)[0].KeyId, Assert.Single(minimal.EncryptionSubkeysAt(Later)).KeyId);
        Assert.Throws<UnusableKeyException>(() => grown.Certificate.AutocryptMinimal(People.BobAddress, Later));
    }

    private static GeneratedKey Make(KeyProfile profile, KeyGenerationOptions? options = null)
        => OpenPgpSecretKey.Generate(People.AliceAddress, People.Now, options ?? new KeyGenerationOptions { Profile = profile });

    private static byte[] Opened(byte[] message, OpenPgpSecretKey key)
        => Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(message, [key], [], Later)).Data;
}
