using System.Diagnostics;
using System.Text.Json;
using Bitmask.Daemon.Settings;
using Bitmask.Daemon.Tests.World;
using Bitmask.Daemon.Tokens;
using Bitmask.Primitives;

namespace Bitmask.Daemon.Tests.Tokens;

public sealed class TokenFilesTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly EmailAddress Alice = EmailAddress.Parse("alice@red.test");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");

    private string Legacy => Path.Combine(_folder.FullName, "bitmask_tokens");

    private string LegacyFile => Path.Combine(Legacy, "alice@red.test.json");

    private string OwnFile => Path.Combine(Device.PathsIn(_folder.FullName).TokenFiles, "alice@red.test.json");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void OwnFile_IsWrittenForTheOwnerOnly_AndTheLegacyOneNot()
    {
        Assert.Null(Files(legacy: false).Write(Alice, "t0ken"));

        Assert.Equal("t0ken", JsonDocument.Parse(File.ReadAllBytes(OwnFile)).RootElement.GetProperty("mail_auth").GetString());
        Assert.Equal((OwnerOnly, OwnerOnly | UnixFileMode.UserExecute), (File.GetUnixFileMode(OwnFile), File.GetUnixFileMode(Path.GetDirectoryName(OwnFile)!)));
        Assert.False(Directory.Exists(Legacy));
    }

    [Fact]
    public void LegacyFile_WhenWished_IsForTheOwnerOnly()
    {
        Assert.Null(Files(legacy: true).Write(Alice, "t0ken"));

        Assert.Equal("t0ken", JsonDocument.Parse(File.ReadAllBytes(LegacyFile)).RootElement.GetProperty("mail_auth").GetString());
        Assert.Equal((OwnerOnly, OwnerOnly | UnixFileMode.UserExecute), (File.GetUnixFileMode(LegacyFile), File.GetUnixFileMode(Legacy)));
    }

    [Fact]
    public void LegacyFolder_OpenToOthers_IsClosedFirst()
    {
        Directory.CreateDirectory(Legacy);
        File.SetUnixFileMode(Legacy, (UnixFileMode)0x1FF);

        Assert.Null(Files(legacy: true).Write(Alice, "t0ken"));

        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Legacy));
    }

    [Fact]
    public void Remove_TakesBothFilesAway_AndIsFineTwice()
    {
        var files = Files(legacy: true);
        files.Write(Alice, "t0ken");

        files.Remove(Alice);
        files.Remove(Alice);

        Assert.False(File.Exists(OwnFile) || File.Exists(LegacyFile));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void LegacyFolder_IsALink_NothingIsWrittenThere(bool dangling)
    {
        var elsewhere = Path.Combine(_folder.FullName, "elsewhere");
        if (!dangling)
        {
            Directory.CreateDirectory(elsewhere);
        }

        Directory.CreateSymbolicLink(Legacy, elsewhere);

        AssertRefused("link");
        Assert.False(Directory.Exists(elsewhere) && Directory.EnumerateFileSystemEntries(elsewhere).Any());
    }

    [Fact]
    public void LegacyFolder_IsAFile_IsToldAndTheOwnFileStays()
    {
        File.WriteAllText(Legacy, "");

        AssertRefused(Legacy);
    }

    [Fact]
    public async Task LegacyFolder_OfAnotherUser_NothingIsWrittenThere()
    {
        Assert.SkipUnless(UnixProcess.EffectiveUserId == 0, "Only root can give a folder away.");
        Directory.CreateDirectory(Legacy);
        await Process.Start("chown", ["65534", Legacy]).WaitForExitAsync();

        AssertRefused("another user");
        Assert.Empty(Directory.EnumerateFileSystemEntries(Legacy));
    }

    private void AssertRefused(string why)
    {
        var files = Files(legacy: true);
        Assert.Contains(why, files.Write(Alice, "t0ken"), StringComparison.Ordinal);
        Assert.True(File.Exists(OwnFile));
        files.Remove(Alice);
        Assert.False(File.Exists(OwnFile));
    }

    private TokenFiles Files(bool legacy) => new(Device.PathsIn(_folder.FullName), new DaemonSettings { LegacyTokenFile = legacy }, Legacy);
}
