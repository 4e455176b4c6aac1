using Bitmask.Primitives;
using Bitmask.Protocol.Keys;
using static Bitmask.Soledad.Tests.Keys.KeysetRecordTests;

namespace Bitmask.Soledad.Tests.Keys;

public sealed class DeviceKeysTests : IDisposable
{
    private static readonly UserId Alice = UserId.Parse("a11ce000000000000000000000000000");
    private static readonly Lazy<MasterKey> Master = new(() => MasterKey.Derive("correct horse", new byte[16], KdfProfile.A1));
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly SecretBytes _key = SecretBytes.Random(32);

    private string FilePath => Path.Combine(_folder.FullName, "device.keys");

    public void Dispose()
    {
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void Open_RightPassphrase_GivesTheKeyAndTheFileIsPrivate()
    {
        DeviceKeys.Create(FilePath, Alice, _key, Master.Value);

        var loaded = DeviceKeys.Load(FilePath);
        using var master = loaded.Derive("correct horse");
        using var key = loaded.Open(master);

        Assert.Equal(_key.Span, key.Span);
        Assert.Equal(Alice, loaded.User);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        Assert.Equal(["device.keys"], _folder.GetFiles().Select(f => f.Name));
    }

    [Fact]
    public void Open_WrongPassphrase_SaysSoAndLeavesTheFile()
    {
        DeviceKeys.Create(FilePath, Alice, _key, Master.Value);
        var before = File.ReadAllBytes(FilePath);

        var loaded = DeviceKeys.Load(FilePath);
        using var wrong = loaded.Derive("wrong horse");
        Assert.Throws<WrongPassphraseException>(() => loaded.Open(wrong));

        Assert.Equal(before, File.ReadAllBytes(FilePath));
    }

    [Fact]
    public void Rewrap_NewPassphrase_OpensTheSameKey()
    {
        var keys = DeviceKeys.Create(FilePath, Alice, _key, Master.Value);
        using var next = MasterKey.Derive("new horse", KdfProfile.NewSalt(), KdfProfile.A1);
        keys.Rewrap(_key, next);

        var loaded = DeviceKeys.Load(FilePath);
        using var key = loaded.Open(next);
        Assert.Equal(_key.Span, key.Span);
        Assert.Throws<WrongPassphraseException>(() => loaded.Open(Master.Value));
    }

    [Fact]
    public void Create_FileExists_IsRefused()
    {
        DeviceKeys.Create(FilePath, Alice, _key, Master.Value);
        using var another = SecretBytes.Random(32);
        AssertCode(SoledadCodes.DeviceKeysExist, () => DeviceKeys.Create(FilePath, Alice, another, Master.Value));
    }

    [Fact]
    public void Load_NoFile_SaysMissing() => AssertCode(SoledadCodes.DeviceKeysMissing, () => DeviceKeys.Load(FilePath));

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"version\":2,\"uuid\":\"a11ce000000000000000000000000000\",\"slots\":[]}")]
    [InlineData("{\"version\":1,\"uuid\":\"a11ce000000000000000000000000000\",\"slots\":[null]}")]
    public void Load_Garbage_SaysDamagedAndLeavesIt(string text)
    {
        File.WriteAllText(FilePath, text);
        AssertCode(SoledadCodes.DeviceKeysDamaged, () => DeviceKeys.Load(FilePath));
        Assert.Equal(text, File.ReadAllText(FilePath));
    }

    [Fact]
    public void Open_WeakDerivationInTheFile_IsRefused()
    {
        DeviceKeys.Create(FilePath, Alice, _key, Master.Value);
        File.WriteAllText(FilePath, File.ReadAllText(FilePath).Replace("\"a1\"", "\"a0\"", StringComparison.Ordinal));
        AssertCode(SoledadCodes.DeviceKeysDamaged, () => DeviceKeys.Load(FilePath).Derive("correct horse"));
    }
}
