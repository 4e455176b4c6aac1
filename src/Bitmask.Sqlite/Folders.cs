using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Bitmask.Sqlite;

/// <summary>The two calls of the C library that .NET does not offer for a folder.</summary>
internal static partial class Folders
{
    /// <summary>O_CLOEXEC of Linux; reading is 0.</summary>
    private const int ReadOnlyClosedOnExec = 0x80000;

    public static SafeFileHandle Open(string folder)
    {
        var handle = new SafeFileHandle(Open(folder, ReadOnlyClosedOnExec), ownsHandle: true);
        return handle.IsInvalid ? throw new IOException("A folder can not be opened to sync it.") : handle;
    }

    public static void Sync(SafeFileHandle folder)
    {
        if (Sync(folder.DangerousGetHandle()) != 0)
        {
            throw new IOException("A folder can not be synced.");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(nint descriptor);
}
