using Bitmask.Protocol.Daemon;

namespace Bitmask.Cli;

/// <summary>Where the daemon of this user listens and logs.</summary>
/// <param name="Home">BITMASK_HOME for the daemon, or null when it follows the XDG folders.</param>
/// <param name="Socket">The control socket.</param>
/// <param name="Log">The log that a daemon started from here writes to.</param>
internal sealed record DaemonLocation(string? Home, string Socket, string Log)
{
    public static DaemonLocation Find(string? named)
    {
        var paths = DaemonPaths.FromEnvironment(name => name == DaemonPaths.HomeVariable && named is { Length: > 0 } ? named : Environment.GetEnvironmentVariable(name));
        return new DaemonLocation(named ?? Environment.GetEnvironmentVariable(DaemonPaths.HomeVariable), paths.Socket, paths.Log);
    }
}
