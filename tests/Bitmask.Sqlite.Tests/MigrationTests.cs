namespace Bitmask.Sqlite.Tests;

public sealed class MigrationTests : IDisposable
{
    private static readonly Migration One = new("notes", 1, "CREATE TABLE note(id INTEGER PRIMARY KEY)");
    private static readonly Migration Two = new("notes", 2, "ALTER TABLE note ADD COLUMN text TEXT; INSERT INTO note(text) VALUES ('from step two')");

    private readonly DatabaseFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Apply_RunsEachStepOnce_InOrder()
    {
        using var database = _folder.Open();
        await database.WriteAsync(static tx => Migrations.Apply(tx, [One]));
        await database.WriteAsync(static tx => Migrations.Apply(tx, [Two, One]));
        await database.WriteAsync(static tx => Migrations.Apply(tx, [One, Two]));
        Assert.Equal(1, database.Read(static tx => tx.ScalarInt64("SELECT count(*) FROM note")));
        Assert.Equal(2, database.Read(static tx => tx.ScalarInt64("SELECT version FROM schema_version WHERE component = 'notes'")));
    }

    [Fact]
    public async Task Apply_OfAnOlderProgram_IsRefused()
    {
        using var database = _folder.Open();
        await database.WriteAsync(static tx => Migrations.Apply(tx, [One, Two]));
        var error = await Assert.ThrowsAsync<DatabaseException>(() => database.WriteAsync(static tx => Migrations.Apply(tx, [One])));
        Assert.Contains("newer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apply_WithAFailingStep_KeepsNothing()
    {
        using var database = _folder.Open();
        await Assert.ThrowsAnyAsync<DatabaseException>(() => database.WriteAsync(static tx => Migrations.Apply(tx, [One, new Migration("notes", 2, "CREATE TABLE nonsense(")])));
        Assert.Equal(0, database.Read(static tx => tx.ScalarInt64("SELECT count(*) FROM sqlite_schema")));
    }

    [Fact]
    public async Task Apply_WithAGap_IsRefused()
    {
        using var database = _folder.Open();
        await Assert.ThrowsAsync<DatabaseException>(() => database.WriteAsync(static tx => Migrations.Apply(tx, [One, new Migration("notes", 3, "SELECT 1")])));
    }
}
