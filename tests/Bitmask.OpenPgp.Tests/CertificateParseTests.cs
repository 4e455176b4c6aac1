using System.Text;
using Bitmask.Primitives;
using Bitmask.Testing;
using FsCheck.Xunit;

namespace Bitmask.OpenPgp.Tests;

public class CertificateParseTests
{
    private static readonly string AliceArmor = Read("alice");
    private static readonly OpenPgpCertificate Alice = OpenPgpCertificate.Parse(AliceArmor);
    private static readonly OpenPgpCertificate Bob = OpenPgpCertificate.Parse(Read("bob"));
    private static readonly DateTimeOffset Now = Alice.Created.AddDays(1);

    [Fact]
    public void ToArmor_Parsed_SameText() => Assert.Equal(AliceArmor, Alice.ToArmor());

    [Theory]
    [InlineData("\n", "\r\n")]
    [InlineData("-----BEGIN", "Some text before\n-----BEGIN")]
    [InlineData("BLOCK-----\n\n", "BLOCK-----\nComment: hello\nVersion: 1\n \t\n")]
    [InlineData("=rgy0\n", "")]
    public void Parse_ArmorAsOthersWriteIt_Reads(string from, string to)
        => Assert.Equal(Alice.Fingerprint, OpenPgpCertificate.Parse(AliceArmor.Replace(from, to, StringComparison.Ordinal)).Fingerprint);

    [Fact]
    public void Parse_TwoCertificates_Refused()
    {
        Assert.Throws<OpenPgpFormatException>(() => OpenPgpCertificate.Parse([.. Alice.ToBinary(), .. Bob.ToBinary()]));
        Assert.Throws<OpenPgpFormatException>(() => OpenPgpCertificate.Parse(AliceArmor + AliceArmor));
    }

    [Fact]
    public void Parse_TooLarge_Refused()
        => Assert.Throws<OpenPgpFormatException>(() => OpenPgpCertificate.Parse(AliceArmor, new CertificateLimits { MaxOctets = 200 }));

    [Theory]
    [InlineData("a7_inline.asc")]
    [InlineData("a6_cleartext.asc")]
    public void Parse_NoKey_Refused(string file)
        => Assert.Throws<OpenPgpFormatException>(() => OpenPgpCertificate.Parse(File.ReadAllBytes(Path.Combine(Vectors.Folder, "openpgp", file))));

    [Fact]
    public void Parse_SubkeyOfAnother_NotEncryptedTo()
    {
        var (alice, bob) = (Packets.PacketReader.ReadAll(Alice.ToBinary(), 9), Packets.PacketReader.ReadAll(Bob.ToBinary(), 9));

        var mixed = OpenPgpCertificate.Parse(Write([.. alice.Take(3), .. bob.Skip(3)]));

        Assert.Equal(CertificateState.Valid, mixed.StateAt(Now));
        Assert.False(mixed.CanEncryptAt(Now));
        Assert.Throws<UnusableKeyException>(() => MessageEncryptor.Encrypt("x"u8, [mixed], Now));
    }

    [Fact]
    public void Parse_UserIdOfAnother_NotCounted()
    {
        var (alice, bob) = (Packets.PacketReader.ReadAll(Alice.ToBinary(), 9), Packets.PacketReader.ReadAll(Bob.ToBinary(), 9));

        var mixed = OpenPgpCertificate.Parse(Write([alice[0], bob[1], bob[2], .. alice.Skip(3)]));

        Assert.Empty(mixed.UserIds);
        Assert.Equal(CertificateState.Unbound, mixed.StateAt(Now));
        Assert.False(mixed.CanEncryptAt(Now));
    }

    [Fact]
    public void Merge_OtherKey_Refused() => Assert.Throws<ArgumentException>(() => Alice.Merge(Bob));

    [Fact]
    public void Merge_Same_NothingNew() => Assert.Equal(Alice.ToBinary().Length, Alice.Merge(Alice).Merge(Alice).ToBinary().Length);

    [Fact]
    public void Minimal_ForeignAddress_Refused()
        => Assert.Throws<UnusableKeyException>(() => Alice.Minimal(EmailAddress.Parse("bob@example.org")));

    [Theory]
    [InlineData("Alice <alice@example.org>", "alice@example.org")]
    [InlineData("alice@example.org", "alice@example.org")]
    [InlineData("<alice@example.org>", "alice@example.org")]
    [InlineData("mallory@example.org <alice@example.org>", "alice@example.org")]
    [InlineData("<mallory@example.org> <alice@example.org>", null)]
    [InlineData("<alice@example.org> Mallory", null)]
    [InlineData("Alice", null)]
    public void Address_UserId_OnlyWhereItIsCertain(string userId, string? address)
        => Assert.Equal(address, new Keys.UserIdPart(Encoding.UTF8.GetBytes(userId)).Address?.Address);

    [Property(MaxTest = 500)]
    public void Parse_ChangedBytes_OnlyFormatErrorsAndNeverAnotherAddress(ushort position, byte value)
    {
        var bytes = Alice.ToBinary();
        bytes[position % bytes.Length] ^= value;
        try
        {
            var parsed = OpenPgpCertificate.Parse(bytes);
            Assert.All(parsed.Addresses, address => Assert.Equal("alice@example.org", address.Address));
            _ = parsed.EncryptionSubkeysAt(Now);
        }
        catch (OpenPgpFormatException)
        {
            // The one kind of failure that is promised.
        }
    }

    [Property(MaxTest = 300)]
    public void Parse_AnyBytes_OnlyFormatErrors(byte[] bytes)
    {
        try
        {
            OpenPgpCertificate.Parse(bytes);
        }
        catch (OpenPgpFormatException)
        {
            // The one kind of failure that is promised.
        }

        Assert.Contains(
            SignatureVerifier.VerifyDetached("x"u8, bytes, [Alice], Now).Status,
            (SignatureStatus[])[SignatureStatus.None, SignatureStatus.Unsupported, SignatureStatus.UnknownKey, SignatureStatus.Bad]);
    }

    private static byte[] Write(Packets.Packet[] packets)
    {
        using var writer = new Packets.OctetWriter();
        foreach (var packet in packets)
        {
            writer.Packet(packet.Tag, packet.Body.Span);
        }

        return writer.ToArray();
    }

    private static string Read(string name)
    {
        using var file = Vectors.Read("provider/autocrypt.json");
        return file.RootElement.GetProperty("keys").GetProperty(name).GetProperty("public_armored").GetString()!;
    }
}
