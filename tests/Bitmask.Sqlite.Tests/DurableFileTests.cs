namespace Bitmask.Sqlite.Tests;

public sealed class DurableFileTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly DatabaseFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WriteAllBytes_ReplacesTheFile_ForItsOwnerOnly()
    {
        var path = _folder.PathOf("device.keys");
        File.WriteAllText(path + ".new", "left by a crash");
        DurableFile.WriteAllBytes(path, "one"u8);
        DurableFile.WriteAllBytes(path, "two"u8);
        Assert.Equal("two", File.ReadAllText(path));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(path));
        Assert.Single(_folder.Files);
    }

    [Fact]
    public void CreateDirectory_MakesAllOfThemForTheirOwnerOnly()
    {
        var path = _folder.PathOf("a/b");
        DurableFile.CreateDirectory0700(path);
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.PathOf("a")));
        File.SetUnixFileMode(path, OwnerOnly | UnixFileMode.UserExecute | UnixFileMode.OtherRead);
        DurableFile.CreateDirectory0700(path);
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
    }

    [Fact]
    public void Shred_OverwritesAndRemoves()
    {
        var path = _folder.PathOf("device.keys");
        DurableFile.WriteAllBytes(path, new byte[10_000]);
        using var open = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        DurableFile.Shred(path);
        DurableFile.Shred(path);
        Assert.False(File.Exists(path));
        var left = new byte[10_000];
        open.ReadExactly(left);
        Assert.InRange(left.Count(static octet => octet == 0), 0, 1000);
    }
}
