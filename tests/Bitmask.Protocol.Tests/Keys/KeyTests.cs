using System.Buffers.Text;
using System.Text;
using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Keys;
using FsCheck.Xunit;

namespace Bitmask.Protocol.Tests.Keys;

public sealed class KeyTests
{
    private static readonly UserId User = UserId.Parse("0123456789abcdef0123456789abcdef");
    private static readonly byte[] Salt = Count(0, 16);

    /// <summary>Numbers of two other implementations: the reference Argon2 library, and HKDF by its definition.</summary>
    [Fact]
    public void MasterKey_KnownPassphrase_YieldsKnownKeys()
    {
        using var master = MasterKey.Derive("pa\u0308sswo\u0308rd \u2013 \u043A\u043B\u044E\u0447", Salt, KdfProfile.A1);
        Assert.Equal("pQCKdCxtc28IC5ia2rtKL4fV0BxEovA_IEL8UqpdX3Q", master.AuthSecret);
        Assert.Equal("67c3b67a828095571f14b9ed13c5450a8c9eadc982061723d8c52293867ab45a", Convert.ToHexStringLower(master.WrapKey.Span));

        using var composed = MasterKey.Derive("p\u00E4ssw\u00F6rd \u2013 \u043A\u043B\u044E\u0447", Salt, KdfProfile.A1);
        Assert.Equal(master.AuthSecret, composed.AuthSecret);
        Assert.DoesNotContain(master.AuthSecret, master.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(15)]
    [InlineData(17)]
    public void MasterKey_SaltOfWrongLength_IsRefused(int octets)
        => Assert.Throws<KeysProtocolException>(() => MasterKey.Derive("passphrase", new byte[octets], KdfProfile.A1));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a0")]
    [InlineData("A1")]
    [InlineData("test")]
    public void KdfProfile_UnknownName_IsRefused(string? name) => Assert.Throws<KeysProtocolException>(() => KdfProfile.Find(name));

    [Theory]
    [InlineData(2, "a1", 16, "rfc5054-3072", null)]
    [InlineData(1, "a1", 16, "rfc5054-3072", typeof(KeysProtocolException))]
    [InlineData(2, "a0", 16, "rfc5054-3072", typeof(KeysProtocolException))]
    [InlineData(2, "a1", 8, "rfc5054-3072", typeof(KeysProtocolException))]
    [InlineData(2, "a1", 16, "rfc5054-1024", typeof(SrpProtocolException))]
    public void SessionParams_Check_RefusesWhatIsWeak(int version, string profile, int saltOctets, string group, Type? refusal)
    {
        var parameters = new SessionParams { Version = version, Profile = profile, Salt = Base64Url.EncodeToString(new byte[saltOctets]), Group = group };
        Assert.Equal(refusal, Record.Exception(() => parameters.Check())?.GetType());
    }

    /// <summary>Made by another implementation from the written format.</summary>
    [Fact]
    public void KeySlot_KnownSlot_Opens()
    {
        using var wrap = new SecretBytes(Count(0, 32));
        var slot = new KeySlot
        {
            Id = "s1",
            Type = KeySlot.Passphrase,
            Profile = "a1",
            Salt = Base64Url.EncodeToString(Salt),
            Nonce = "AAECAwQFBgcICQoL",
            Ciphertext = "I2ewfK2MqHDhLPnkwZgKHvej8UOIAiUHRBqb-p3ogjF_ViLHxVTD4lL7MbcCySjR",
        };
        using var root = slot.Open(wrap, User);
        Assert.Equal(Count(100, 32), root!.Span.ToArray());
    }

    [Fact]
    public void KeySlot_AnythingChanged_StaysShut()
    {
        using var wrap = SecretBytes.Random(32);
        using var other = SecretBytes.Random(32);
        var slot = KeySlot.Seal(wrap, User, "s1", KeySlot.Passphrase, "a1", Salt, Count(0, 32));
        using (var opened = slot.Open(wrap, User))
        {
            Assert.Equal(Count(0, 32), opened!.Span.ToArray());
        }

        Assert.Null(slot.Open(other, User));
        Assert.Null(slot.Open(wrap, UserId.New()));
        Assert.Null((slot with { Id = "s2" }).Open(wrap, User));
        Assert.Null((slot with { Type = KeySlot.RecoveryCode }).Open(wrap, User));
        Assert.Null((slot with { Profile = "a2" }).Open(wrap, User));
        Assert.Null((slot with { Salt = Base64Url.EncodeToString(Count(1, 16)) }).Open(wrap, User));
        Assert.Throws<KeysProtocolException>(() => (slot with { Nonce = "AA" }).Open(wrap, User));
        Assert.Throws<KeysProtocolException>(() => (slot with { Ciphertext = "?" }).Open(wrap, User));
        Assert.Throws<KeysProtocolException>(() => (slot with { Salt = "AAAA" }).SaltOctets());
    }

    [Fact]
    public void KeyRecord_WriteThenParse_IsIdentity()
    {
        using var wrap = SecretBytes.Random(32);
        var record = Record3([KeySlot.Seal(wrap, User, "s1", "pw", "a1", Salt, Count(0, 32))]);
        var back = KeyRecord.Parse(record.ToBytes());
        Assert.Equal(record.Slots, back.Slots);
        Assert.Equal((3, User.Value, 5L, "bm9uY2U", "Ym9keQ"), (back.Version, back.Uuid, back.Serial, back.Nonce, back.Body));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"version":3}""")]
    [InlineData("""{"version":2,"uuid":"0123456789abcdef0123456789abcdef","serial":1,"slots":[SLOT],"nonce":"","body":""}""")]
    [InlineData("""{"version":3,"uuid":"x","serial":1,"slots":[SLOT],"nonce":"","body":""}""")]
    [InlineData("""{"version":3,"uuid":"0123456789abcdef0123456789abcdef","serial":0,"slots":[SLOT],"nonce":"","body":""}""")]
    [InlineData("""{"version":3,"uuid":"0123456789abcdef0123456789abcdef","serial":1,"slots":[],"nonce":"","body":""}""")]
    [InlineData("""{"version":3,"uuid":"0123456789abcdef0123456789abcdef","serial":1,"slots":[null],"nonce":"","body":""}""")]
    [InlineData("""{"version":3,"uuid":"0123456789abcdef0123456789abcdef","serial":1,"slots":[SLOT,SLOT],"nonce":"","body":""}""")]
    public void KeyRecord_Malformed_ThrowsProtocolException(string json)
        => Assert.Throws<KeysProtocolException>(() => KeyRecord.Parse(Encoding.UTF8.GetBytes(
            json.Replace("SLOT", """{"id":"a","type":"pw","profile":"a1","salt":"","nonce":"","ct":""}""", StringComparison.Ordinal))));

    [Property(MaxTest = 300)]
    public bool KeyRecord_HostileOctets_ThrowsOnlyItsOwn(byte[] noise, byte at)
    {
        var json = Record3([]).ToBytes();
        (noise ?? []).AsSpan(0, Math.Min(noise?.Length ?? 0, 4)).CopyTo(json.AsSpan(at % (json.Length - 4)));
        return new[] { json, noise }.All(octets => Record.Exception(() => KeyRecord.Parse(octets)) is null or KeysProtocolException);
    }

    [Fact]
    public void AssociatedData_FieldBorders_Matter()
        => Assert.NotEqual(new AssociatedData().Add("ab").Add("c").ToArray(), new AssociatedData().Add("a").Add("bc").ToArray());

    private static KeyRecord Record3(IReadOnlyList<KeySlot> slots)
        => new() { Uuid = User.Value, Serial = 5, Slots = slots, Nonce = "bm9uY2U", Body = "Ym9keQ" };

    private static byte[] Count(int from, int count) => [.. Enumerable.Range(from, count).Select(i => (byte)i)];
}
