using Bitmask.Primitives;
using Bitmask.Protocol.Daemon;
using Bitmask.Sqlite;

namespace Bitmask.Daemon;

/// <summary>One daemon for one home: a lock on a file in the runtime folder, which must be ours and closed to others (security.md C3).</summary>
internal static class SingleInstance
{
    /// <summary>Held until disposed; the kernel lets go of it when the process ends, however it ends.</summary>
    public static FileStream Take(DaemonPaths paths)
    {
        foreach (var folder in (string[])[paths.Config, paths.Data, paths.State, paths.Runtime])
        {
            try
            {
                DurableFile.CreateDirectory0700(folder);
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                throw new DaemonException("bad-home", $"The folder {folder} can not be made: {refused.Message}", "Set BITMASK_HOME to a folder of yours.");
            }
        }

        if (UnixFile.OwnerOf(paths.Runtime) != UnixProcess.EffectiveUserId)
        {
            throw new DaemonException("foreign-folder", $"{paths.Runtime} belongs to another user, who could listen in.", "Set XDG_RUNTIME_DIR or BITMASK_HOME to a folder of yours.");
        }

        File.SetUnixFileMode(paths.Runtime, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            return new FileStream(Path.Combine(paths.Runtime, "bitmaskd.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new DaemonException("already-running", $"A daemon already runs for {paths.Data}.", "Ask it with: bitmaskctl status");
        }
    }
}
