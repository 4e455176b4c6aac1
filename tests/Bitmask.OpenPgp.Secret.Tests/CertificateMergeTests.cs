using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Secret.Sign;
using Bitmask.OpenPgp.Verify;
using Bitmask.Primitives;
using FsCheck.Xunit;

namespace Bitmask.OpenPgp.Secret.Tests;

/// <summary>Copies of one certificate from several places, in any order, also with what strangers added.</summary>
public class CertificateMergeTests
{
    private static readonly DateTimeOffset Later = People.Now.AddDays(10);

    // A key that has lived, with a certification by somebody else and a packet that nobody knows.
    private static readonly List<Packet> Grown = PacketReader.ReadAll(Grow(), 100);

    [Property(MaxTest = 60)]
    public void Merge_AnyTwoCopies_SameInBothDirectionsAndDoneAtOnce(ulong first, ulong second)
    {
        var (a, b) = (Copy(first), Copy(second));

        var merged = a.Merge(b);

        Assert.Equal(merged.ToBinary(), b.Merge(a).ToBinary());
        Assert.Equal(merged.ToBinary(), merged.Merge(a).ToBinary());
        Assert.Equal(merged.ToBinary(), merged.Merge(b).Merge(merged).ToBinary());
        Assert.Equal(merged.ToBinary(), OpenPgpCertificate.Parse(merged.ToArmor()).Merge(merged).ToBinary());
    }

    [Property(MaxTest = 60)]
    public void Merge_ThreeCopies_InAnyOrder(ulong first, ulong second, ulong third)
    {
        var (a, b, c) = (Copy(first), Copy(second), Copy(third));

        Assert.Equal(a.Merge(b).Merge(c).ToBinary(), c.Merge(b).Merge(a).ToBinary());
        Assert.Equal(a.Merge(b.Merge(c)).ToBinary(), b.Merge(c.Merge(a)).ToBinary());
    }

    [Fact]
    public void Merge_WholeAndBare_LosesNothing()
    {
        var whole = OpenPgpCertificate.Parse(Write(Grown));

        var merged = Copy(0).Merge(whole);

        Assert.Equal(Grown.Count, PacketReader.ReadAll(merged.ToBinary(), 100).Count);
        Assert.Equal(whole.UserIds, merged.UserIds);
        Assert.Equal(whole.KeysAt(Later), merged.KeysAt(Later));
        Assert.Single(merged.Content.Unknown);
        Assert.Single(merged.Content.UserIds[0].Signatures.Others);
    }

    [Fact]
    public void Merge_SameSignatureWithMoreUnsigned_OneStays()
    {
        var packets = PacketReader.ReadAll(People.Alice.Certificate.ToBinary(), 10);
        var padded = packets.Select(packet => packet.Tag == PacketTag.Signature ? new Packet(packet.Tag, Padded(packet.Body.Span)) : packet).ToList();
        var longer = OpenPgpCertificate.Parse(Write(padded));

        Assert.Equal(CertificateState.Valid, longer.StateAt(People.Now));
        Assert.Equal(People.Alice.Certificate.ToBinary(), longer.Merge(People.Alice.Certificate).ToBinary());
        Assert.Equal(People.Alice.Certificate.ToBinary(), People.Alice.Certificate.Merge(longer).ToBinary());
    }

    [Fact]
    public void Merge_FloodedByStrangers_StaysUsableAndSmall()
    {
        var packets = PacketReader.ReadAll(People.Alice.Certificate.ToBinary(), 10);
        var userId = People.Alice.Certificate.Content.UserIds[0];
        var flood = Enumerable.Range(0, 300).Select(i => new Packet(
            PacketTag.Signature,
            new SignatureBuilder(SignatureType.GenericCertification, People.Mallory.SigningPart(People.Now), People.Now.AddSeconds(i))
                .Sign(People.Alice.Certificate.Content.Primary.HashPrefix, userId.HashPrefix)));
        var flooded = OpenPgpCertificate.Parse(Write([.. packets[..2], .. flood, .. packets[2..]]));

        var merged = People.Alice.Certificate.Merge(flooded);

        Assert.Equal(CertificateState.Valid, flooded.StateAt(People.Now));
        Assert.True(merged.CanEncryptAt(People.Now));
        Assert.Equal(packets.Count + 100, PacketReader.ReadAll(merged.ToBinary(), 1000).Count);
        Assert.Equal(People.Alice.Certificate.ToBinary(), merged.Minimal(People.AliceAddress).ToBinary());
    }

    [Fact]
    public void Parse_MoreThanTheLimits_Refused()
    {
        var whole = Write(Grown);

        OpenPgpCertificate.Parse(whole, new CertificateLimits { MaxUserIds = 2, MaxSubkeys = 2 });
        Assert.Contains("user ids", Assert.Throws<OpenPgpFormatException>(() => OpenPgpCertificate.Parse(whole, new CertificateLimits { MaxUserIds = 1 })).Message);
        Assert.Contains("subkeys", Assert.Throws<OpenPgpFormatException>(() => OpenPgpCertificate.Parse(whole, new CertificateLimits { MaxSubkeys = 1 })).Message);
    }

    [Theory]
    [InlineData(KeyProfile.Version4)]
    [InlineData(KeyProfile.Version6)]
    public void Parse_AnyBitFlipped_ValidatesNothingMore(KeyProfile profile)
    {
        using var made = OpenPgpSecretKey.Generate(People.AliceAddress, People.Now, new KeyGenerationOptions { Profile = profile });
        var (certificate, octets) = (made.Key.Certificate, made.Key.Certificate.ToBinary());
        var valid = Valid(certificate);
        // Every octet once, each time with another of its bits: all of them take seconds and find no more.
        for (var at = 0; at < octets.Length; at++)
        {
            octets[at] ^= (byte)(1 << (at % 8));
            try
            {
                var changed = OpenPgpCertificate.Parse(octets);
                Assert.Subset(valid, Valid(changed));
                Assert.Subset(certificate.UserIds.ToHashSet(), changed.UserIds.ToHashSet());
                Assert.True(changed.StateAt(People.Now) != CertificateState.Valid || changed.Expires <= certificate.Expires);
            }
            catch (OpenPgpFormatException)
            {
                // Refused is less than valid.
            }

            octets[at] ^= (byte)(1 << (at % 8));
        }
    }

    private static HashSet<Fingerprint> Valid(OpenPgpCertificate certificate)
        => certificate.KeysAt(People.Now).Where(key => key.Fault == KeyFault.None).Select(key => key.Key.Fingerprint).ToHashSet();

    private static byte[] Grow()
    {
        using var alice = OpenPgpSecretKey.Generate(People.AliceAddress, People.Now);
        using var longer = alice.WithExpiry(People.Now.AddDays(900), People.Now.AddDays(1));
        using var rotated = longer.WithRotatedEncryptionSubkey(null, People.Now.AddDays(2));
        using var two = rotated.WithUserId(EmailAddress.Parse("alice@green.test"), "Alice", People.Now.AddDays(3));
        var packets = PacketReader.ReadAll(two.Certificate.ToBinary(), 100);
        var certification = new SignatureBuilder(SignatureType.GenericCertification, People.Bob.SigningPart(People.Now), People.Now)
            .Sign(two.Certificate.Content.Primary.HashPrefix, two.Certificate.Content.UserIds[0].HashPrefix);
        packets.Insert(2, new Packet(PacketTag.Signature, certification));
        packets.Add(new Packet((PacketTag)60, new byte[] { 1, 2, 3 }));
        packets.Add(new Packet(PacketTag.Signature, new byte[] { 9 }));
        return Write(packets);
    }

    // The primary key and every further packet whose bit is set: signatures may end at parts that they are not over.
    private static OpenPgpCertificate Copy(ulong chosen) => OpenPgpCertificate.Parse(Write(Grown.Where((_, i) => i == 0 || (chosen >> i & 1) != 0)));

    private static byte[] Write(IEnumerable<Packet> packets)
    {
        using var writer = new OctetWriter();
        foreach (var packet in packets)
        {
            writer.Packet(packet.Tag, packet.Body.Span);
        }

        return writer.ToArray();
    }

    // One more subpacket where the signature does not cover it: private, of three octets.
    private static byte[] Padded(ReadOnlySpan<byte> body)
    {
        var hashedEnd = 6 + ((body[4] << 8) | body[5]);
        var unhashed = (body[hashedEnd] << 8) | body[hashedEnd + 1];
        return [.. body[..hashedEnd], (byte)((unhashed + 3) >> 8), (byte)(unhashed + 3), 2, 100, 7, .. body[(hashedEnd + 2)..]];
    }
}
