using System.Security.Cryptography;

namespace Bitmask.Sqlite;

/// <summary>Small files that must be whole or absent after a power cut, and folders that only their owner can enter.</summary>
public static class DurableFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int NoSpace = 28; // ENOSPC; .NET gives the system's error number
    private const int FileTooLarge = 27; // EFBIG
    private const int QuotaUsed = 122; // EDQUOT
    private const int WindowsDiskFull = 0x70; // what .NET gives for ENOSPC of its own
    private const int WindowsHandleDiskFull = 0x27;

    /// <summary>Whether a failure is a full disk, a used-up quota or a file beyond the system's limit.</summary>
    public static bool IsFull(IOException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        return (failure.HResult & 0xffff) is NoSpace or FileTooLarge or QuotaUsed or WindowsDiskFull or WindowsHandleDiskFull;
    }

    /// <summary>
    /// Runs work that waits for the disk on a thread of its own. The pool has a thread for each processor: a few syncs there, and nothing else runs until the
    /// disk is done.
    /// </summary>
    public static Task RunAsync(Action work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Replaces the file at once: written beside it with mode 0600, synced, renamed, and the folder synced.</summary>
    public static void WriteAllBytes(string path, ReadOnlySpan<byte> bytes)
    {
        var full = Path.GetFullPath(path);
        var temporary = full + ".new";
        File.Delete(temporary);
        using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, full, overwrite: true);
        NativeFile.SyncFolder(Path.GetDirectoryName(full)!);
    }

    /// <summary>Makes a folder and the missing ones above it, all with mode 0700; the folder itself is set to 0700 also when it exists.</summary>
    public static void CreateDirectory0700(string path)
    {
        const UnixFileMode mode = OwnerOnly | UnixFileMode.UserExecute;
        // The framework's own gives the mode to the last of them only.
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } above && !Directory.Exists(above))
        {
            CreateDirectory0700(above);
        }

        Directory.CreateDirectory(path, mode);
        if (File.GetUnixFileMode(path) != mode)
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    /// <summary>Makes what was made, renamed or removed in this folder survive a power cut.</summary>
    public static void SyncFolder(string path) => NativeFile.SyncFolder(Path.GetFullPath(path));

    /// <summary>
    /// Brings everything written to the file system of this folder to the disk, with one call for any number of files and folders. For many small
    /// files that is a hundred times faster than a sync of each.
    /// </summary>
    public static void SyncFileSystem(string path) => NativeFile.SyncFileSystem(Path.GetFullPath(path));

    /// <summary>
    /// Overwrites the file with random octets, syncs and removes it; nothing when it is not there. On copying file systems and flash
    /// the old octets may survive below: whoever relies on it keeps only wrapped keys in such a file.
    /// </summary>
    public static void Shred(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            var noise = new byte[4096];
            for (var left = file.Length; left > 0; left -= noise.Length)
            {
                RandomNumberGenerator.Fill(noise);
                file.Write(noise.AsSpan(0, (int)Math.Min(left, noise.Length)));
            }

            file.Flush(flushToDisk: true);
        }

        File.Delete(path);
        NativeFile.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
