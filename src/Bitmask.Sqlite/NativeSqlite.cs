using SQLitePCL;
using NativeLibrary = System.Runtime.InteropServices.NativeLibrary;

namespace Bitmask.Sqlite;

/// <summary>
/// Loads SQLCipher once, by absolute path from beside the program: so it can never be the system's plain SQLite, on which
/// the key would silently do nothing.
/// </summary>
internal static class NativeSqlite
{
    private const string FileName = "libe_sqlcipher.so";

    private static readonly Lazy<bool> Loaded = new(Load);

    public static void Ensure() => _ = Loaded.Value;

    private static bool Load()
    {
        var path = Path.Combine(AppContext.BaseDirectory, FileName);
        if (!File.Exists(path))
        {
            throw new DllNotFoundException($"{path} is missing: build the program again, or run eng/sqlcipher/build.sh and copy the library there.");
        }

        SQLite3Provider_dynamic_cdecl.Setup("e_sqlcipher", new Exports(NativeLibrary.Load(path)));
        raw.SetProvider(new SQLite3Provider_dynamic_cdecl());
        return true;
    }

    private sealed class Exports(IntPtr library) : IGetFunctionPointer
    {
        public IntPtr GetFunctionPointer(string name)
            => NativeLibrary.TryGetExport(library, name, out var address) ? address : IntPtr.Zero;
    }
}
