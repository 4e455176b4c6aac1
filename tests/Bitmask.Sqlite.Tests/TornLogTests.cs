namespace Bitmask.Sqlite.Tests;

/// <summary>
/// The write-ahead log after a power cut, cut off or with flipped bits: the database opens with every transaction before the tear, whole, and
/// with none after it; it never opens with something else.
/// </summary>
public sealed class TornLogTests : IDisposable
{
    private const int Works = 5;
    private const int HeaderOctets = 32;
    private const int FrameHeaderOctets = 24;
    private const int FrameOctets = FrameHeaderOctets + 4096;

    private readonly DatabaseFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Cut_AtEveryKindOfPlace_KeepsAllTransactionsBeforeIt()
    {
        var (file, log) = await WriteAsync();
        var kept = 0;
        foreach (var length in Places(log.Length))
        {
            var now = Reopen(file, log[..length]);
            Assert.True(now >= kept, $"At {length} octets there are {now} transactions, and there were {kept} before.");
            kept = now;
        }

        Assert.Equal(Works, kept);
        Assert.Equal(0, Reopen(file, []));
    }

    [Fact]
    public async Task FlippedBit_AtEveryKindOfPlace_KeepsAllTransactionsBeforeIt()
    {
        var (file, log) = await WriteAsync();
        var ends = Enumerable.Range(0, ((log.Length - HeaderOctets) / FrameOctets) + 1).Select(i => HeaderOctets + (i * FrameOctets));
        var whole = ends.Select(length => (Length: length, Kept: Reopen(file, log[..length]))).ToList();
        var chance = new Random(1);
        foreach (var place in Places(log.Length).Where(place => place < log.Length))
        {
            var torn = log.ToArray();
            torn[place] ^= (byte)(1 << chance.Next(8));

            var kept = Reopen(file, torn);

            // Each transaction is at least one frame: what ended before the frame of the flip must be there.
            var frame = place < HeaderOctets ? 0 : HeaderOctets + ((place - HeaderOctets) / FrameOctets * FrameOctets);
            Assert.True(kept >= (place < HeaderOctets ? 0 : whole.Last(cut => cut.Length <= frame).Kept), $"A flip at {place} left {kept} transactions.");
            Assert.True(kept <= Works);
        }
    }

    [Fact]
    public async Task LogOfAnotherKey_IsPassedOver()
    {
        var (file, _) = await WriteAsync();
        using var other = new DatabaseFolder();
        byte[] foreign;
        using (var database = await other.OpenWithTableAsync())
        {
            await database.WriteAsync(static tx => tx.Execute("INSERT INTO t(text) VALUES ('theirs')"));
            foreign = ReadShared(other.Path + "-wal");
        }

        File.WriteAllBytes(_folder.Path, file);
        File.WriteAllBytes(_folder.Path + "-wal", foreign);
        var opened = Record.Exception(() => _folder.Open().Dispose());
        Assert.True(opened is null or DatabaseDamagedException or WrongDatabaseKeyException, opened?.GetType().Name);
    }

    /// <summary>A file whose table is empty, and a log with one transaction to each number.</summary>
    private async Task<(byte[] File, byte[] Log)> WriteAsync()
    {
        (await _folder.OpenWithTableAsync()).Dispose();
        var file = File.ReadAllBytes(_folder.Path);
        using var database = _folder.Open();
        for (var i = 1; i <= Works; i++)
        {
            var (id, text) = (i, new string((char)('a' + i), i % 3 == 0 ? 9000 : 10));
            await database.WriteAsync(tx =>
            {
                tx.Execute("INSERT INTO t(id, text) VALUES (?1, ?2)", id, text);
                tx.Execute("INSERT INTO t(id, text) VALUES (?1, ?2)", -id, "minus " + text);
            });
        }

        return (file, ReadShared(_folder.Path + "-wal"));
    }

    /// <summary>Header and frames: their ends, the octets around them, and places inside.</summary>
    private static IEnumerable<int> Places(int length)
    {
        int[] starts = [0, .. Enumerable.Range(0, ((length - HeaderOctets) / FrameOctets) + 1).Select(i => HeaderOctets + (i * FrameOctets))];
        int[] within = [0, 9, FrameHeaderOctets, FrameOctets - 1];
        return starts.SelectMany(start => within.Select(place => start + place)).Append(length).Where(place => place <= length).Distinct().Order();
    }

    /// <summary>Opens what a crash left and says how many transactions are there: the first ones, each whole.</summary>
    private int Reopen(byte[] file, byte[] log)
    {
        foreach (var left in _folder.Files.ToList())
        {
            left.Delete();
        }

        File.WriteAllBytes(_folder.Path, file);
        File.WriteAllBytes(_folder.Path + "-wal", log);
        using var database = _folder.Open();
        Assert.Empty(database.CheckIntegrity());
        var ids = database.Read(static tx => tx.Query("SELECT id FROM t ORDER BY id", static row => row.GetInt32(0)));
        var kept = ids.Count / 2;
        Assert.Equal([.. Enumerable.Range(-kept, kept), .. Enumerable.Range(1, kept)], ids);
        return kept;
    }

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var copy = new MemoryStream();
        file.CopyTo(copy);
        return copy.ToArray();
    }
}
