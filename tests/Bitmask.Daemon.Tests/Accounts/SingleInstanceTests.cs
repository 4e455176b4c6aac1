using System.Diagnostics;
using Bitmask.Daemon.Settings;
using Bitmask.Daemon.Tests.World;
using Bitmask.Primitives;
using Bitmask.Protocol.Daemon;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bitmask.Daemon.Tests.Accounts;

public sealed class SingleInstanceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task SecondDaemon_ForTheSameHome_IsRefusedAndTheFirstGoesOn()
    {
        await using var device = await Device.StartAsync(new DaemonSettings());

        Assert.Equal("already-running", (await RefusedAsync(device.Paths)).Code);

        Assert.Equal(Environment.ProcessId, (await device.Client.StatusAsync()).Pid);
        Assert.True(File.Exists(device.Paths.Socket) && File.Exists(device.Paths.AuthToken) && File.Exists(device.Paths.PidFile));
    }

    [Fact]
    public async Task NextDaemon_AfterTheFirstEnded_StartsOverItsLeftovers()
    {
        await using var device = await Device.StartAsync(new DaemonSettings());
        await device.StopAsync();
        Assert.False(File.Exists(device.Paths.Socket) || File.Exists(device.Paths.AuthToken) || File.Exists(device.Paths.PidFile));
        await File.WriteAllTextAsync(device.Paths.Socket, "left by a kill");

        await device.StartAsync();

        Assert.NotEmpty((await device.Client.VersionAsync()).Version);
    }

    [Fact]
    public async Task Folders_AreForTheOwnerOnly()
    {
        await using var device = await Device.StartAsync(new DaemonSettings());

        Assert.All((string[])[device.Paths.Config, device.Paths.Data, device.Paths.State, device.Paths.Runtime], folder =>
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(device.Paths.AuthToken));
    }

    [Fact]
    public async Task RuntimeFolder_OfAnotherUser_IsRefused()
    {
        Assert.SkipUnless(UnixProcess.EffectiveUserId == 0, "Only root can give a folder away.");
        var paths = Device.PathsIn(_folder.FullName);
        Directory.CreateDirectory(paths.Runtime);
        await Process.Start("chown", ["65534", paths.Runtime]).WaitForExitAsync();

        Assert.Equal("foreign-folder", (await RefusedAsync(paths)).Code);
    }

    [Fact]
    public async Task Home_ThatIsAFile_IsRefusedWithWhatToDo()
    {
        var home = Path.Combine(_folder.FullName, "home");
        await File.WriteAllTextAsync(home, "");

        Assert.Equal("bad-home", (await RefusedAsync(Device.PathsIn(home))).Code);
    }

    [Fact]
    public async Task Home_TooDeepForASocket_IsRefusedBeforeAnythingIsMade()
    {
        var home = Path.Combine(_folder.FullName, new string('x', 100));

        Assert.Equal("bad-home", (await RefusedAsync(Device.PathsIn(home))).Code);
        Assert.False(Directory.Exists(home));
        using var client = new DaemonClient(Device.PathsIn(home).Socket, TimeSpan.FromSeconds(5));
        Assert.Equal("bad-home", (await Assert.ThrowsAsync<DaemonClientException>(() => client.VersionAsync())).Error.Code);
    }

    private static async Task<DaemonException> RefusedAsync(DaemonPaths paths)
    {
        var refused = await Assert.ThrowsAsync<DaemonException>(() => BitmaskDaemon.StartAsync(paths, new DaemonSettings(), TimeProvider.System, NullLoggerFactory.Instance));
        Assert.NotNull(refused.Hint);
        return refused;
    }
}
