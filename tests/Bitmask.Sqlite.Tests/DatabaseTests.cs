using Bitmask.Primitives;

namespace Bitmask.Sqlite.Tests;

public sealed class DatabaseTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly SecretBytes _key = SecretBytes.Random(Database.KeyOctets);

    private string File => Path.Combine(_folder.FullName, "mail.db");

    public void Dispose()
    {
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Write_Completed_IsReadBySnapshotAndAfterReopen()
    {
        using (var database = Database.OpenEncrypted(File, _key))
        {
            await database.WriteAsync(static tx => tx.ExecuteScript("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)"));
            var id = await database.WriteAsync(static tx =>
            {
                tx.Execute("INSERT INTO t(b) VALUES (?1)", "hello");
                return tx.LastInsertRowId;
            });
            Assert.Equal("hello", database.Read(tx => tx.ScalarText("SELECT b FROM t WHERE a = ?1", id)));
        }

        using var again = Database.OpenEncrypted(File, _key);
        Assert.Equal(1, again.Read(static tx => tx.ScalarInt64("SELECT count(*) FROM t")));
        Assert.Empty(again.CheckIntegrity());
    }
}
