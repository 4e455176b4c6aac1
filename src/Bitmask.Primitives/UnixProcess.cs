using System.Runtime.InteropServices;

namespace Bitmask.Primitives;

/// <summary>What a program does to itself at its start: other users, dumps and debuggers learn nothing (security.md C6), and memory stays small.</summary>
public static partial class UnixProcess
{
    private const int DumpableOption = 4; // PR_SET_DUMPABLE
    private const int CoreResource = 4; // RLIMIT_CORE
    private const uint OwnerOnly = 0x3F; // 077
    private const string Diagnostics = "DOTNET_EnableDiagnostics";

    // Pages of databases are allocated by whatever thread happens to read. With glibc's eight arenas a core each keeps what it once had; with two a daemon takes 30 MB less.
    private const string Arenas = "MALLOC_ARENA_MAX";

    /// <summary>The user this process acts as.</summary>
    public static uint EffectiveUserId => geteuid();

    /// <summary>
    /// New files are for their owner only, no core is dumped, no other process may look into this one. The runtime's diagnostics door
    /// can only be closed before start, as the C library's arenas can only be counted: when it is open, the program replaces itself by itself with the door closed.
    /// </summary>
    /// <param name="arguments">The program's arguments, for the replacement.</param>
    public static void Harden(IReadOnlyList<string> arguments)
    {
        // Best effort each: a kernel that refuses one of these is no reason to refuse the user's mail.
        _ = umask(OwnerOnly);
        _ = setrlimit(CoreResource, default);
        if (Environment.GetEnvironmentVariable(Diagnostics) != "0" && Environment.ProcessPath is { } path && !path.EndsWith("/dotnet", StringComparison.Ordinal))
        {
            _ = setenv(Diagnostics, "0", 1);
            _ = setenv(Arenas, "2", 0);
            string?[] words = [path, .. arguments, null];
            _ = execv(path, words); // returns only when it failed; then the program goes on as it is
        }

        _ = prctl(DumpableOption, 0, 0, 0, 0);
    }

    [LibraryImport("libc")]
    private static partial uint geteuid();

    [LibraryImport("libc")]
    private static partial uint umask(uint mask);

    [LibraryImport("libc")]
    private static partial int prctl(int option, ulong a, ulong b, ulong c, ulong d);

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, in ResourceLimit limit);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int execv(string path, string?[] arguments);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct ResourceLimit
    {
        public readonly ulong Soft;
        public readonly ulong Hard;
    }
}
