using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Bitmask.Sqlite;

/// <summary>
/// Keeps every other process, and every other <see cref="Database"/> of this one, away: an exclusive <c>flock</c> on
/// <c>&lt;path&gt;.lock</c>, which the kernel lets go when the process ends in whatever way. The file stays and holds the process id.
/// </summary>
internal sealed class DatabaseLock : IDisposable
{
    private readonly FileStream _file;

    private DatabaseLock(FileStream file) => _file = file;

    public static DatabaseLock Take(string databasePath)
    {
        var path = databasePath + ".lock";
        FileStream file;
        try
        {
            file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (IOException e) when (e is not FileNotFoundException and not DirectoryNotFoundException and not PathTooLongException)
        {
            throw new DatabaseInUseException($"The database {Path.GetFileName(databasePath)} is in use by {Holder(path)}; end that first.");
        }

        file.SetLength(0);
        file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        file.Flush();
        return new DatabaseLock(file);
    }

    public void Dispose() => _file.Dispose();

    private static string Holder(string path)
    {
        try
        {
            using var file = NativeFile.OpenToRead(path);
            Span<byte> text = stackalloc byte[16];
            text = text[..RandomAccess.Read(file, text, 0)];
            return Utf8Parser.TryParse(text, out int id, out _) ? $"process {id}" : "another process";
        }
        catch (IOException)
        {
            return "another process";
        }
    }
}
