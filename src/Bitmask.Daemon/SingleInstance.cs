using System.Text;
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
        if (Encoding.UTF8.GetByteCount(paths.Socket) > DaemonClient.MaxSocketPath)
        {
            throw new DaemonException("bad-home", $"The path of the control socket is longer than the {DaemonClient.MaxSocketPath} octets that the system allows: {paths.Socket}", "Set BITMASK_HOME to a folder with a shorter path.");
        }

        foreach (var folder in (string[])[paths.Config, paths.Data, paths.State, paths.Runtime])
        {
            if (UnixFile.OwnerOf(folder) is { } owner && owner != UnixProcess.EffectiveUserId)
            {
                throw new DaemonException("foreign-folder", $"{folder} belongs to another user, who could listen in.", "Set BITMASK_HOME, or XDG_RUNTIME_DIR and the like, to a folder of yours.");
            }

            try
            {
                DurableFile.CreateDirectory0700(folder);
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                throw new DaemonException("bad-home", $"The folder {folder} can not be made: {refused.Message}", "Set BITMASK_HOME to a folder of yours.");
            }
        }

        try
        {
            return new FileStream(Path.Combine(paths.Runtime, "bitmaskd.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw new DaemonException("bad-home", $"The folder {paths.Runtime} can not be used: {refused.Message}", "Set BITMASK_HOME to a folder of yours.");
        }
        catch (IOException)
        {
            throw new DaemonException("already-running", $"A daemon already runs for {paths.Data}.", "Ask it with: bitmaskctl status");
        }
    }
}
