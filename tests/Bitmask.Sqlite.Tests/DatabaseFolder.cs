using Bitmask.Primitives;

namespace Bitmask.Sqlite.Tests;

/// <summary>A folder with one database in it; both go with it.</summary>
public sealed class DatabaseFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");

    public SecretBytes Key { get; } = SecretBytes.Random(Database.KeyOctets);

    public string Path => System.IO.Path.Combine(_folder.FullName, "mail.db");

    public IEnumerable<FileInfo> Files => _folder.EnumerateFiles();

    public Database Open(DatabaseOptions? options = null) => Database.OpenEncrypted(Path, Key, options);

    /// <summary>Opens with a table <c>t(id, text)</c>.</summary>
    public async Task<Database> OpenWithTableAsync(DatabaseOptions? options = null)
    {
        var database = Open(options);
        await database.WriteAsync(static tx => tx.ExecuteScript("CREATE TABLE t(id INTEGER PRIMARY KEY, text TEXT UNIQUE) STRICT"));
        return database;
    }

    public string PathOf(string name) => System.IO.Path.Combine(_folder.FullName, name);

    public void Dispose()
    {
        Key.Dispose();
        _folder.Delete(recursive: true);
    }
}
