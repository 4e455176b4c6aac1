using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Bitmask.Sqlite;

/// <summary>What .NET does not offer: opening a folder, or a file that somebody holds under <c>flock</c>, and syncing a folder.</summary>
internal static partial class NativeFile
{
    /// <summary>O_CLOEXEC of Linux; reading is 0.</summary>
    private const int ReadOnlyClosedOnExec = 0x80000;

    /// <summary>Opens for reading, past all advisory locks.</summary>
    public static SafeFileHandle OpenToRead(string path)
    {
        var handle = new SafeFileHandle(Open(path, ReadOnlyClosedOnExec), ownsHandle: true);
        return handle.IsInvalid ? throw new IOException($"{Path.GetFileName(path)} can not be opened.") : handle;
    }

    /// <summary>Makes a rename or a removal in this folder survive a power cut.</summary>
    public static void SyncFolder(string folder)
    {
        using var handle = OpenToRead(folder);
        if (Sync(handle.DangerousGetHandle()) != 0)
        {
            throw new IOException($"The folder {Path.GetFileName(folder)} can not be synced.");
        }
    }

    /// <summary>Brings to the disk all that was written to the file system of this folder, by whomever.</summary>
    public static void SyncFileSystem(string folder)
    {
        using var handle = OpenToRead(folder);
        if (SyncAll(handle.DangerousGetHandle()) != 0)
        {
            throw new IOException($"The file system of {Path.GetFileName(folder)} can not be synced.");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(nint descriptor);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncAll(nint descriptor);
}
