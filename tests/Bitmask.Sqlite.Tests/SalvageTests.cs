using Bitmask.Primitives;

namespace Bitmask.Sqlite.Tests;

/// <summary>Reading a damaged file: what is authentic comes out as it went in, and no more is lost than what was in the damaged pages.</summary>
public sealed class SalvageTests : IDisposable
{
    private const int PageOctets = 4096;
    private const int Rows = 300;
    private const string Schema = """
        CREATE TABLE plain(id INTEGER PRIMARY KEY, number INTEGER, share REAL, text TEXT NOT NULL, octets BLOB) STRICT;
        CREATE INDEX plain_by_text ON plain(text);
        CREATE TABLE keyed(name TEXT, place INTEGER, octets BLOB NOT NULL, PRIMARY KEY(place, name)) STRICT, WITHOUT ROWID;
        CREATE TABLE gone(id INTEGER PRIMARY KEY, number INTEGER, share REAL, text TEXT NOT NULL, octets BLOB, more TEXT) STRICT;
        """;

    private static readonly string[] Tables = ["plain", "keyed"];

    private readonly DatabaseFolder _folder = new();
    private readonly DatabaseFolder _soundFolder = new();
    private readonly Database _sound;

    public SalvageTests()
    {
        _sound = _soundFolder.Open();
        _sound.WriteAsync(static tx => tx.ExecuteScript(Schema)).GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        _sound.Dispose();
        _soundFolder.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task SoundFile_GivesEveryValueAsItWas()
    {
        var before = await FillAsync(_folder.Path);
        Assert.Equal(Rows, before.Plain.Count);

        var (after, report) = await SalvageAsync();

        Assert.Equal(before.Plain, after.Plain);
        Assert.Equal(before.Keyed, after.Keyed);
        Assert.All(report, static table => Assert.True(table.IsWhole));
        Assert.All(report, static table => Assert.Equal(Rows, table.Rows));
    }

    [Fact]
    public async Task LogThatIsNotInTheFileYet_IsReadAlong()
    {
        using var other = new DatabaseFolder();
        Content before;
        using (var database = Database.OpenEncrypted(other.Path, _folder.Key))
        {
            before = await FillAsync(database);
            foreach (var name in (string[])["", "-wal"])
            {
                File.Copy(other.Path + name, _folder.Path + name);
            }
        }

        Assert.True(new FileInfo(_folder.Path + "-wal").Length > PageOctets);
        var (after, _) = await SalvageAsync();
        Assert.Equal(before.Plain, after.Plain);
        Assert.Equal(before.Keyed, after.Keyed);
    }

    [Fact]
    public async Task EachPageInTurn_LosesWhatWasInIt_AndNothingElse_AndTheFileStays()
    {
        var before = await FillAsync(_folder.Path);
        var file = await File.ReadAllBytesAsync(_folder.Path);
        var rows = Layout();
        var chance = new Random(1);
        for (var page = 1; page <= file.Length / PageOctets; page++)
        {
            var damaged = file.ToArray();
            chance.NextBytes(damaged.AsSpan((page - 1) * PageOctets, PageOctets));
            await File.WriteAllBytesAsync(_folder.Path, damaged);

            var (after, report) = await SalvageAsync("plain");

            Assert.Empty(after.Plain.Except(before.Plain));
            Assert.Empty(after.Keyed.Except(before.Keyed));
            Assert.True(before.Plain.Count - after.Plain.Count <= rows.GetValueOrDefault(page).Plain, $"Page {page} took {before.Plain.Count - after.Plain.Count} rows along.");
            Assert.True(after.Plain.Count == Rows || !report[0].IsWhole, $"What page {page} took was not told.");
            Assert.True(after.Keyed.Count == Rows || !report[1].IsWhole, $"What page {page} took was not told.");
            Assert.True(after.Keyed.Count == Rows || page == 1 || rows.GetValueOrDefault(page).IsOfKeyed, $"Page {page} is none of the table, and rows of it were lost.");
            Assert.Equal(damaged, await File.ReadAllBytesAsync(_folder.Path));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task ManyPages_OrACutFile_GiveOnlyWhatWasWritten(int seed)
    {
        var before = await FillAsync(_folder.Path);
        var file = await File.ReadAllBytesAsync(_folder.Path);
        var chance = new Random(seed);
        for (var i = 0; i < 10; i++)
        {
            var damaged = i % 3 == 2 ? file[..chance.Next(50 * PageOctets, file.Length)] : file.ToArray();
            for (var j = chance.Next(1, 40); j > 0; j--)
            {
                damaged[chance.Next(damaged.Length)] ^= (byte)chance.Next(1, 256); // as bad as a whole page of noise
            }

            await File.WriteAllBytesAsync(_folder.Path, damaged);
            var (after, report) = await SalvageAsync();
            Assert.Empty(after.Plain.Except(before.Plain));
            Assert.Empty(after.Keyed.Except(before.Keyed));
            Assert.True(after.Plain.Count == Rows || !report[0].IsWhole);
            Assert.True(after.Keyed.Count == Rows || !report[1].IsWhole);
        }
    }

    [Fact]
    public async Task FirstPageLost_AndNoCopyOfTheSalt_NothingIsTakenForAuthentic()
    {
        await FillAsync(_folder.Path);
        File.Delete(SaltCopy.PathOf(_folder.Path));
        var file = await File.ReadAllBytesAsync(_folder.Path);
        new Random(1).NextBytes(file.AsSpan(0, PageOctets));
        await File.WriteAllBytesAsync(_folder.Path, file);

        Assert.Null(DatabaseSalvage.TryOpen(_folder.Path, _folder.Key));
    }

    [Fact]
    public async Task AnotherKey_OpensNothing()
    {
        await FillAsync(_folder.Path);
        using var other = SecretBytes.Random(Database.KeyOctets);
        Assert.Null(DatabaseSalvage.TryOpen(_folder.Path, other));
    }

    [Fact]
    public async Task FreedPages_AreNotTakenForRows()
    {
        await FillAsync(_folder.Path);
        using (var database = _folder.Open())
        {
            await database.WriteAsync(static tx => tx.Execute("DELETE FROM plain WHERE id > 20"));
        }

        // Whatever else is lost: what was deleted stays deleted.
        var file = await File.ReadAllBytesAsync(_folder.Path);
        for (var page = 1; page <= file.Length / PageOctets; page += 7)
        {
            var damaged = file.ToArray();
            Array.Clear(damaged, (page - 1) * PageOctets, PageOctets);
            await File.WriteAllBytesAsync(_folder.Path, damaged);
            Assert.True((await SalvageAsync()).Content.Plain.Count <= 20);
        }
    }

    private static async Task<Content> FillAsync(Database database)
    {
        var chance = new Random(7);
        await database.WriteAsync(tx =>
        {
            tx.ExecuteScript(Schema);
            for (var i = 1; i <= Rows; i++)
            {
                var octets = new byte[i % 50 == 0 ? chance.Next(20_000) : chance.Next(200)];
                chance.NextBytes(octets);
                var number = i % 7 == 0 ? (long?)null : chance.NextInt64() >> chance.Next(64);
                tx.Execute(
                    "INSERT INTO plain VALUES (?1, ?2, ?3, ?4, ?5)",
                    i * 3L, i % 11 == 0 ? -number : number, i % 5 == 0 ? 2.0 : chance.NextDouble(), new string((char)('a' + (i % 26)), chance.Next(100)) + "ä€😀", i % 13 == 0 ? default : octets);
                tx.Execute("INSERT INTO keyed(place, name, octets) VALUES (?1, ?2, ?3)", i % 2, $"name {i}", octets);
                tx.Execute("INSERT INTO gone(id, text) VALUES (?1, ?2)", i, new string('x', 50));
            }

            tx.ExecuteScript("DELETE FROM gone");
        });
        return database.Read(Content.Read);
    }

    private async Task<Content> FillAsync(string path)
    {
        using (var database = Database.OpenEncrypted(path, _folder.Key))
        {
            await FillAsync(database);
        }

        using (var database = Database.OpenEncrypted(path, _folder.Key)) // which keeps a copy of the salt
        {
            return database.Read(Content.Read);
        }
    }

    /// <summary>For each page: how many rows of the one table are in it or go on in it, and whether it is one of the other.</summary>
    private Dictionary<int, (int Plain, bool IsOfKeyed)> Layout()
    {
        using var database = _folder.Open();
        return database.Read(static tx => tx.Query(
            "SELECT pageno, name, pagetype, ncell FROM dbstat",
            static row => (Page: row.GetInt32(0), Name: row.GetText(1), Type: row.GetText(2), Cells: row.GetInt32(3))))
            .ToDictionary(static page => page.Page, static page => (page.Name != "plain" ? 0 : page.Type == "leaf" ? page.Cells : page.Type == "overflow" ? 1 : 0, page.Name == "keyed"));
    }

    private async Task<(Content Content, List<SalvagedTable> Report)> SalvageAsync(params string[] mayBeOld)
    {
        using var source = DatabaseSalvage.TryOpen(_folder.Path, _folder.Key);
        Assert.NotNull(source);
        await _sound.WriteAsync(static tx => tx.ExecuteScript("DELETE FROM plain; DELETE FROM keyed"));
        source.FindStrays(_sound, Tables, mayBeOld);
        var report = new List<SalvagedTable>();
        foreach (var table in Tables)
        {
            report.Add(await source.CopyAsync(_sound, table));
        }

        Assert.Empty(_sound.CheckIntegrity());
        return (_sound.Read(Content.Read), report);
    }

    private sealed record Content(List<string> Plain, List<string> Keyed)
    {
        public static Content Read(ReadTransaction tx) => new(
            tx.Query("SELECT quote(id) || quote(number) || quote(share) || quote(text) || quote(octets) FROM plain ORDER BY id", static row => row.GetText(0)),
            tx.Query("SELECT quote(place) || quote(name) || quote(octets) FROM keyed ORDER BY place, name", static row => row.GetText(0)));
    }
}
