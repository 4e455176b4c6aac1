using System.Security.Cryptography;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Secret.Keys;
using Bitmask.OpenPgp.Secret.Sign;
using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp.Secret.Tests;

/// <summary>What makes a part of a key count, one rule at a time, with signatures made for it.</summary>
public class KeyRulesTests
{
    private static readonly byte[] Text = "text"u8.ToArray();

    [Theory]
    [InlineData(101, false, true)]
    [InlineData(101 | 0x80, false, false)]
    [InlineData((int)SubpacketType.NotationData, true, true)]
    [InlineData((int)SubpacketType.NotationData | 0x80, true, false)]
    [InlineData((int)SubpacketType.PolicyUri | 0x80, false, true)]
    public void Parse_CriticalPartThatIsNotKnown_SignatureMeansNothing(int type, bool isNotation, bool counts)
    {
        byte[] body = isNotation ? [0x80, 0, 0, 0, 0, 3, 0, 1, .. "a@b"u8, (byte)'c'] : [1, 2, 3];

        var certificate = WithUserIdSignature(builder => builder.With((SubpacketType)type, body));

        Assert.Equal(counts ? KeyFault.None : KeyFault.NotBound, certificate.FaultAt(People.Now));
    }

    [Fact]
    public void Parse_PartOfAWrongLength_SignatureMeansNothing()
    {
        Assert.Equal(KeyFault.NotBound, WithUserIdSignature(builder => builder.With(SubpacketType.KeyExpirationTime, 0, 0, 1, 0, 0)).FaultAt(People.Now));
        Assert.Equal(KeyFault.NotBound, WithUserIdSignature(builder => builder.With(SubpacketType.IssuerFingerprint, [6, .. new byte[32]])).FaultAt(People.Now));
    }

    [Fact]
    public void Parse_SigningSubkey_OnlyWithItsOwnWord()
    {
        using var subkey = KeyGenerator.MakeSigningKey(4, People.Now);
        using var other = KeyGenerator.MakeSigningKey(4, People.Now);

        var bare = WithSigningSubkey(subkey, null);
        var borrowed = WithSigningSubkey(subkey, other);
        var whole = WithSigningSubkey(subkey, subkey);

        Assert.Equal(KeyFault.NoBackSignature, bare.KeysAt(People.Now)[^1].Fault);
        Assert.Equal(KeyFault.NoBackSignature, borrowed.KeysAt(People.Now)[^1].Fault);
        Assert.Equal((KeyFault.None, KeyPurposes.Sign), (whole.KeysAt(People.Now)[^1].Fault, whole.KeysAt(People.Now)[^1].Purposes));
        var signature = Packet(new SignatureBuilder(SignatureType.Binary, subkey, People.Now).SignData(Text));
        Assert.Equal(SignatureStatus.UnknownKey, SignatureVerifier.VerifyDetached(Text, signature, [bare, borrowed], People.Now).Status);
        Assert.Equal((SignatureStatus.Good, People.Alice.Fingerprint), Outcome(SignatureVerifier.VerifyDetached(Text, signature, [whole], People.Now)));
    }

    [Fact]
    public void VerifyDetached_ByEncryptionSubkeyOrBeforeTheKey_NotGood()
    {
        using var late = OpenPgpSecretKey.Generate(People.AliceAddress, People.Now.AddDays(30));
        var signature = Packet(new SignatureBuilder(SignatureType.Binary, late.SigningPart(People.Now.AddDays(30)), People.Now).SignData(Text));

        var result = SignatureVerifier.VerifyDetached(Text, signature, [late.Certificate], People.Now.AddDays(31));

        Assert.Equal((SignatureStatus.Bad, KeyFault.NotYetValid), (result.Status, result.KeyFault));
    }

    [Fact]
    public void VerifyDetached_Expired_SaysWhy()
    {
        var end = People.Alice.Certificate.Expires!.Value;
        var signature = Packet(new SignatureBuilder(SignatureType.Binary, People.Alice.SigningPart(People.Now), end.AddDays(1)).SignData(Text));

        var result = SignatureVerifier.VerifyDetached(Text, signature, [People.Alice.Certificate], end.AddDays(2));

        Assert.Equal((SignatureStatus.ExpiredKey, KeyFault.Expired, "has expired"), (result.Status, result.KeyFault, result.KeyFault.Sentence()));
    }

    [Fact]
    public void VerifyDetached_NamedRecipients_AreHandedOn()
    {
        var signature = Packet(new SignatureBuilder(SignatureType.Binary, People.Alice.SigningPart(People.Now), People.Now).WithRecipient(People.Bob.Fingerprint).SignData(Text));

        var result = SignatureVerifier.VerifyDetached(Text, signature, [People.Alice.Certificate], People.Now);

        Assert.Equal(SignatureStatus.Good, result.Status);
        Assert.Equal([People.Bob.Fingerprint], result.IntendedRecipients);
    }

    [Theory]
    [InlineData(1, false, 1)]
    [InlineData(1, true, 0)]
    [InlineData(101, false, 0)]
    public void EncryptAndSign_NamesWhomItIsFor_UnlessSomebodyCanNotBeNamed(int recipients, bool hasHidden, int named)
    {
        using var message = new MemoryStream();
        var options = new EncryptionOptions { Recipients = [.. Enumerable.Repeat(People.Bob.Certificate, recipients)], HiddenRecipients = hasHidden ? [People.Alice.Certificate] : [], Now = People.Now };

        MessageSigner.EncryptAndSign(new MemoryStream(Text.ToArray()), message, People.Alice, options);

        var opened = (DecryptionResult.Opened)MessageDecryptor.Decrypt(message.ToArray(), [People.Bob], [People.Alice.Certificate], People.Now);
        Assert.Equal(SignatureStatus.Good, opened.Signatures[0].Status);
        Assert.Equal(Enumerable.Repeat(People.Bob.Fingerprint, named), opened.Signatures[0].IntendedRecipients);
    }

    [Fact]
    public void VerifyDetached_VersionThree_CountsForData()
    {
        var binary = VersionThree(SignatureType.Binary, Text);
        var text = VersionThree(SignatureType.Text, "a\r\nb\r\n"u8);

        Assert.Equal((SignatureStatus.Good, People.Alice.Fingerprint), Outcome(SignatureVerifier.VerifyDetached(Text, binary, [People.Alice.Certificate], People.Now)));
        Assert.Equal(SignatureStatus.Good, SignatureVerifier.VerifyDetached("a\nb\n"u8, text, [People.Alice.Certificate], People.Now).Status);
        Assert.Equal(SignatureStatus.Bad, SignatureVerifier.VerifyDetached("Text"u8, binary, [People.Alice.Certificate], People.Now).Status);
        Assert.Equal(SignatureStatus.Bad, SignatureVerifier.VerifyDetached("a\nb\n"u8, VersionThree(SignatureType.Binary, "a\r\nb\r\n"u8), [People.Alice.Certificate], People.Now).Status);
    }

    [Fact]
    public void FaultAt_RetiredAndTakenIntoUseAgain_Valid()
    {
        using var made = OpenPgpSecretKey.Generate(People.AliceAddress, People.Now, new KeyGenerationOptions());
        using var retired = made.Key.Revoked(RevocationReason.Retired, "", People.Now.AddDays(1));
        using var renewed = retired.WithExpiry(People.Now.AddDays(900), People.Now.AddDays(2));
        using var stolen = made.Key.Revoked(RevocationReason.Compromised, "", People.Now.AddDays(1));
        using var stolenRenewed = stolen.WithExpiry(People.Now.AddDays(900), People.Now.AddDays(2));

        Assert.Equal(KeyFault.None, retired.Certificate.FaultAt(People.Now));
        Assert.Equal(KeyFault.Retired, retired.Certificate.FaultAt(People.Now.AddDays(3)));
        Assert.Equal(KeyFault.None, renewed.Certificate.FaultAt(People.Now.AddDays(3)));
        Assert.Equal(KeyFault.Compromised, stolenRenewed.Certificate.FaultAt(People.Now.AddDays(3)));
    }

    [Fact]
    public void Parse_RevocationByAnother_ChangesNothing()
    {
        var alice = People.Alice.Certificate;
        var forged = new SignatureBuilder(SignatureType.KeyRevocation, People.Mallory.SigningPart(People.Now), People.Now).Sign(alice.Content.Primary.HashPrefix);

        Assert.Throws<OpenPgpFormatException>(() => alice.WithRevocation(Packet(forged)));
        var packets = PacketReader.ReadAll(alice.ToBinary(), 10);
        Assert.Equal(CertificateState.Valid, OpenPgpCertificate.Parse(Write([packets[0], new Packet(PacketTag.Signature, forged), .. packets[1..]])).StateAt(People.Now));
    }

    [Fact]
    public void Parse_VersionSixWithoutDirectSignature_NotBound()
    {
        using var made = OpenPgpSecretKey.Generate(People.AliceAddress, People.Now, new KeyGenerationOptions { Profile = KeyProfile.Version6 });
        var packets = PacketReader.ReadAll(made.Key.Certificate.ToBinary(), 10);

        var stripped = OpenPgpCertificate.Parse(Write([packets[0], .. packets[2..]]));

        Assert.Equal(KeyFault.NotBound, stripped.FaultAt(People.Now));
        Assert.Equal(KeyFault.PrimaryKeyInvalid, stripped.KeysAt(People.Now)[1].Fault);
        Assert.False(stripped.CanEncryptAt(People.Now));
    }

    [Theory]
    [InlineData(17, 4, KeyFault.OutdatedAlgorithm)]
    [InlineData(16, 3, KeyFault.OutdatedAlgorithm)]
    [InlineData(1, 2, KeyFault.TooSmall)]
    [InlineData(99, 0, KeyFault.UnknownAlgorithm)]
    public void Parse_KeysThatAreNotUsed_ReadWithTheReason(int algorithm, int numbers, KeyFault fault)
    {
        using var body = new OctetWriter().Octet(4).Time(People.Now).Octet(algorithm);
        for (var i = 0; i < numbers; i++)
        {
            body.Mpi(i == 0 ? [0x80, .. new byte[126], 1] : [3]);
        }

        var certificate = OpenPgpCertificate.Parse(Write([new Packet(PacketTag.PublicKey, body.ToArray())]));

        Assert.Equal((fault, CertificateState.Unbound), (certificate.FaultAt(People.Now), certificate.StateAt(People.Now)));
        Assert.Empty(certificate.EncryptionSubkeysAt(People.Now));
    }

    [Fact]
    public void Parse_VersionThree_ReadAndNotTrusted()
    {
        byte[] modulus = [0xC5, .. Enumerable.Range(0, 254).Select(i => (byte)i), 0x0F];
        using var body = new OctetWriter().Octet(3).Time(People.Now).UInt16(0).Octet(1).Mpi(modulus).Mpi([0x11]);

        var certificate = OpenPgpCertificate.Parse(Write([new Packet(PacketTag.PublicKey, body.ToArray())]));

        Assert.Equal((3, KeyFault.OutdatedVersion, 2048), (certificate.Version, certificate.FaultAt(People.Now), certificate.Bits));
        Assert.Equal(Convert.ToHexString(modulus.AsSpan(^8..)), certificate.KeyId);
        Assert.Equal(32, certificate.Fingerprint.Value.Length);
    }

    [Fact]
    public void Sentence_EveryFault_HasOne()
        => Assert.All(Enum.GetValues<KeyFault>(), fault => Assert.NotEmpty(fault.Sentence()));

    private static (SignatureStatus Status, Primitives.Fingerprint? Signer) Outcome(SignatureResult result) => (result.Status, result.Signer);

    private static byte[] VersionThree(SignatureType type, ReadOnlySpan<byte> data)
    {
        var signer = People.Alice.SigningPart(People.Now);
        using var fields = new OctetWriter().Octet((int)type).Time(People.Now);
        var digest = SHA512.HashData([.. data, .. fields.Written]);
        using var body = new OctetWriter().Octet(3).Octet(5).Octets(fields.Written).Octets(Convert.FromHexString(signer.Key.KeyId))
            .Octet((int)signer.Key.Algorithm).Octet((int)HashId.Sha512).Octets(digest.AsSpan(0, 2));
        DigestSigner.Write(body, signer, digest);
        return Packet(body.ToArray());
    }

    private static OpenPgpCertificate WithUserIdSignature(Func<SignatureBuilder, SignatureBuilder> change)
    {
        var packets = PacketReader.ReadAll(People.Alice.Certificate.ToBinary(), 10);
        var content = People.Alice.Certificate.Content;
        var builder = change(new SignatureBuilder(SignatureType.PositiveCertification, People.Alice.SigningPart(People.Now), People.Now));
        var signature = builder.Sign(content.Primary.HashPrefix, content.UserIds[0].HashPrefix);
        return OpenPgpCertificate.Parse(Write([packets[0], packets[1], new Packet(PacketTag.Signature, signature)]));
    }

    private static OpenPgpCertificate WithSigningSubkey(SecretKeyPart subkey, SecretKeyPart? backSigner)
    {
        var primary = People.Alice.Certificate.Content.Primary;
        var builder = new SignatureBuilder(SignatureType.SubkeyBinding, People.Alice.SigningPart(People.Now), People.Now).With(SubpacketType.KeyFlags, (byte)KeyFlags.Sign);
        if (backSigner is not null)
        {
            builder.With(SubpacketType.EmbeddedSignature, new SignatureBuilder(SignatureType.PrimaryKeyBinding, backSigner, People.Now).Sign(primary.HashPrefix, subkey.Key.HashPrefix));
        }

        return OpenPgpCertificate.Parse(Write([
            .. PacketReader.ReadAll(People.Alice.Certificate.ToBinary(), 10),
            new Packet(PacketTag.PublicSubkey, subkey.Key.Body),
            new Packet(PacketTag.Signature, builder.Sign(primary.HashPrefix, subkey.Key.HashPrefix)),
        ]));
    }

    private static byte[] Packet(byte[] signature) => Write([new Packet(PacketTag.Signature, signature)]);

    private static byte[] Write(IEnumerable<Packet> packets)
    {
        using var writer = new OctetWriter();
        foreach (var packet in packets)
        {
            writer.Packet(packet.Tag, packet.Body.Span);
        }

        return writer.ToArray();
    }
}
