using Bitmask.Primitives;
using Bitmask.Protocol.Keys;

namespace Bitmask.Soledad.Tests.Keys;

public sealed class KeysetRecordTests : IDisposable
{
    private static readonly UserId Alice = UserId.Parse("a11ce000000000000000000000000000");
    private static readonly Lazy<MasterKey> Master = new(() => MasterKey.Derive("correct horse", new byte[16], KdfProfile.A1));
    private static readonly Lazy<MasterKey> Other = new(() => MasterKey.Derive("battery staple", new byte[16], KdfProfile.A1));
    private readonly Keyset _keyset = Keyset.Create(new string('c', 64), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly SecretBytes _root = SecretBytes.Random(KeysetRecord.RootOctets);

    public void Dispose()
    {
        _keyset.Dispose();
        _root.Dispose();
    }

    [Fact]
    public void Open_RecordFromTheWire_GivesTheSameKeys()
    {
        using var noted = _keyset.WithOwnKey(Fingerprint.Parse(new string('A', 40)));
        using var rotated = noted.WithNewEpoch(DateTimeOffset.UnixEpoch);
        var record = KeyRecord.Parse(Record(rotated).ToBytes());

        using var root = KeysetRecord.OpenRoot(record, Alice, Master.Value);
        using var opened = KeysetRecord.Open(record, Alice, root, knownSerial: 3);

        Assert.Equal(_root.Span, root.Span);
        Assert.Equal((3, 2, new string('A', 40), new string('c', 64), "login2", "sealed"),
            (opened.Serial, opened.Epochs.Count, opened.OwnKeyFingerprint, opened.CaSha256, opened.LoginFloor, opened.Mode));
        Assert.Equal(_keyset.IdKey.Span, opened.IdKey.Span);
        Assert.Equal(_keyset.DigestKey.Span, opened.DigestKey.Span);
        Assert.Equal(rotated.NewestEpoch.Key.Span, opened.NewestEpoch.Key.Span);
        Assert.Equal(_keyset.NewestEpoch.Key.Span, opened.Epochs[0].Key.Span);
    }

    [Fact]
    public void Open_LowerSerialThanKnown_SaysRollback()
        => AssertCode(SoledadCodes.KeyRecordRollback, () => KeysetRecord.Open(Record(_keyset), Alice, _root, knownSerial: 2));

    [Fact]
    public void Open_AnotherRoot_SaysDamaged()
    {
        using var root = SecretBytes.Random(32);
        AssertCode(SoledadCodes.KeyRecordDamaged, () => KeysetRecord.Open(Record(_keyset), Alice, root, knownSerial: 0));
    }

    [Fact]
    public void Open_SerialAlteredOnTheWay_SaysDamaged()
        => AssertCode(SoledadCodes.KeyRecordDamaged, () => KeysetRecord.Open(Record(_keyset) with { Serial = 9 }, Alice, _root, knownSerial: 0));

    [Fact]
    public void Open_RecordOfAnotherAccount_SaysDamaged()
        => AssertCode(SoledadCodes.KeyRecordDamaged, () => KeysetRecord.Open(Record(_keyset), UserId.New(), _root, knownSerial: 0));

    [Theory]
    [InlineData("")]
    [InlineData("!")]
    [InlineData("AAAA")]
    public void Open_MalformedBody_SaysDamaged(string body)
        => AssertCode(SoledadCodes.KeyRecordDamaged, () => KeysetRecord.Open(Record(_keyset) with { Body = body }, Alice, _root, knownSerial: 0));

    [Fact]
    public void OpenRoot_WrongPassphrase_SaysSo()
        => Assert.Throws<WrongPassphraseException>(() => KeysetRecord.OpenRoot(Record(_keyset), Alice, Other.Value));

    [Fact]
    public void ToString_OfAKeyset_HasNoKeys() => Assert.Equal("keyset 1", _keyset.ToString());

    internal static void AssertCode(string code, Action action) => Assert.Equal(code, Assert.Throws<SoledadException>(action).Code);

    private KeyRecord Record(Keyset keyset) => KeysetRecord.Seal(keyset, _root, Alice, [KeysetRecord.SealRoot(_root, Master.Value, Alice)]);
}
