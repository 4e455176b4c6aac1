using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon.Tests.Settings;

public sealed class DaemonPathsTests
{
    [Fact]
    public void BitmaskHome_MovesEveryPath()
    {
        var paths = Find(("BITMASK_HOME", "/srv/toy"), ("HOME", "/home/alice"), ("XDG_RUNTIME_DIR", "/run/user/1"), ("XDG_DATA_HOME", "/data"), ("XDG_CONFIG_HOME", "/config"));

        Assert.All(All(paths), path => Assert.StartsWith("/srv/toy", path.Path, StringComparison.Ordinal));
        Assert.Equal("/srv/toy/run/ctl.sock", paths.Socket);
    }

    [Fact]
    public void BitmaskHome_Relative_IsMadeAbsolute() => Assert.All(All(Find(("BITMASK_HOME", "toy"))), path => Assert.True(Path.IsPathRooted(path.Path)));

    [Fact]
    public void Xdg_Variables_AreFollowed()
    {
        var paths = Find(("HOME", "/home/alice"), ("XDG_RUNTIME_DIR", "/run/user/1"), ("XDG_DATA_HOME", "/data"), ("XDG_CONFIG_HOME", "/config"), ("XDG_STATE_HOME", "/state"));

        Assert.Equal(
            ("/config/bitmask/bitmaskd.json", "/data/bitmask/accounts", "/state/bitmask/bitmaskd.log", "/run/user/1/bitmask/ctl.sock", "/run/user/1/bitmask/tokens"),
            (paths.SettingsFile, paths.Accounts, paths.Log, paths.Socket, paths.TokenFiles));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("relative/is/ignored")]
    public void Xdg_MissingEmptyOrRelative_FallsBackToHome(string? value)
    {
        var paths = Find(("HOME", "/home/alice"), ("XDG_RUNTIME_DIR", value), ("XDG_DATA_HOME", value), ("XDG_CONFIG_HOME", value), ("XDG_STATE_HOME", value));

        Assert.Equal(
            ("/home/alice/.config/bitmask", "/home/alice/.local/share/bitmask", "/home/alice/.local/state/bitmask", "/home/alice/.local/share/bitmask/run"),
            (paths.Config, paths.Data, paths.State, paths.Runtime));
    }

    [Fact]
    public void NoHomeAtAll_IsAnError() => Assert.Throws<InvalidOperationException>(() => Find());

    private static DaemonPaths Find(params (string Name, string? Value)[] environment) => DaemonPaths.FromEnvironment(name => Array.Find(environment, variable => variable.Name == name).Value);

    private static IEnumerable<(string Name, string Path)> All(DaemonPaths paths)
        => typeof(DaemonPaths).GetProperties().Where(property => property.PropertyType == typeof(string)).Select(property => (property.Name, (string)property.GetValue(paths)!));
}
