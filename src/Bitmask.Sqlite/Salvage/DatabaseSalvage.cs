using Bitmask.Primitives;

namespace Bitmask.Sqlite;

/// <summary>What became of a table.</summary>
/// <param name="Name">The table.</param>
/// <param name="Rows">Rows that were read and are in the new file.</param>
/// <param name="LostRows">Rows of which a part can not be read.</param>
/// <param name="LostPages">Pages that can not be read; each may have held many rows, or the way to others.</param>
/// <param name="IsMissing">Where the table was is not known any more; with the whole schema at hand, a table that is not in it had not been made yet.</param>
public sealed record SalvagedTable(string Name, long Rows, long LostRows, int LostPages, bool IsMissing)
{
    /// <summary>Whether nothing is known to be lost.</summary>
    public bool IsWhole => LostRows == 0 && LostPages == 0 && !IsMissing;
}

/// <summary>
/// Reads what can be read of a damaged encrypted database, and brings it into a sound one of the same schema. It goes by the pages themselves, of which each is authentic or lost, and
/// leaves the file and its log as they are. Only the caller has the file open; see <see cref="DatabaseLock"/>.
/// </summary>
public sealed class DatabaseSalvage : IDisposable
{
    private const int RowsAtOnce = 500;
    private const int RowsLookedAt = 8;

    /// <summary>The page that SQLite leaves empty, for its locks.</summary>
    private const uint LockPage = ((1 << 30) / CipherPages.PageOctets) + 1;

    private readonly CipherPages _pages;
    private readonly DatabaseLock _lock;
    private readonly PageForest _forest;
    private readonly Dictionary<string, uint> _roots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<uint>> _adopted = new(StringComparer.Ordinal);
    private readonly bool _isSchemaWhole;

    private DatabaseSalvage(CipherPages pages, DatabaseLock held)
    {
        (_pages, _lock, _forest) = (pages, held, new PageForest(pages));
        _isSchemaWhole = ReadSchema();
        foreach (var root in _roots.Values.Distinct().ToList())
        {
            _forest.Claim(root);
        }
    }

    /// <summary>How many pages there should be.</summary>
    public long Pages => _pages.Count;

    /// <summary>Opens a damaged database, to read it only.</summary>
    /// <param name="path">The file; its write-ahead log is read along.</param>
    /// <param name="key">Its key; borrowed.</param>
    /// <returns>Null when no page of it can be read under this key.</returns>
    /// <exception cref="DatabaseInUseException">Another process has it open.</exception>
    public static DatabaseSalvage? TryOpen(string path, SecretBytes key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var held = DatabaseLock.Take(path);
        CipherPages? pages = null;
        try
        {
            pages = CipherPages.TryOpen(path, key);
            if (pages is not null)
            {
                return new DatabaseSalvage(pages, held);
            }
        }
        catch
        {
            pages?.Dispose();
            held.Dispose();
            throw;
        }

        held.Dispose();
        return null;
    }

    /// <summary>How many of the pages can not be read, whatever was in them.</summary>
    public long CountDamagedPages()
    {
        var count = 0L;
        for (var page = 1U; page <= _pages.Count; page++)
        {
            count += page == LockPage || _pages.Read(page) is not null ? 0 : 1;
        }

        return count;
    }

    /// <summary>
    /// Looks whether pages that nothing leads to any more belong to one of these tables: one whose way to its rows is lost, and the only one that its rows fit.
    /// </summary>
    /// <param name="sound">Has the tables as they should be.</param>
    /// <param name="tables">The tables to be copied.</param>
    /// <param name="mayBeOld">Tables that old rows do no harm to: when it is not known which pages are free, only these get any.</param>
    public void FindStrays(Database sound, IReadOnlyCollection<string> tables, IReadOnlyCollection<string> mayBeOld)
    {
        ArgumentNullException.ThrowIfNull(sound);
        var shapes = sound.Read(tx => tables.Select(table => TableShape.Read(tx, table)).ToList());
        var candidates = shapes.Where(shape => shape.HasRowId && (!_roots.TryGetValue(shape.Name, out var root) || _forest.Claim(root) > 0)).ToList();
        foreach (var stray in candidates.Count == 0 ? [] : _forest.Strays())
        {
            var rows = _forest.Rows(stray).OfType<(long RowId, SqlValue[] Values)>().Take(RowsLookedAt).ToList();
            if (rows.Count > 0 && candidates.Where(shape => rows.TrueForAll(row => shape.Fits(row.Values))).ToList() is [var only]
                && (_forest.IsFreeListKnown || mayBeOld.Contains(only.Name)))
            {
                _forest.Claim(stray);
                _adopted.TryAdd(only.Name, []);
                _adopted[only.Name].Add(stray);
            }
        }
    }

    /// <summary>Brings the rows of a table into a sound database that has the same table; rows that are there under the same key are replaced.</summary>
    public async Task<SalvagedTable> CopyAsync(Database target, string table, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        var shape = target.Read(tx => TableShape.Read(tx, table));
        var (rows, lost) = (0L, 0L);
        var hasRoot = _roots.TryGetValue(table, out var root);
        foreach (var (tree, isStray) in (hasRoot ? [root] : Array.Empty<uint>()).Select(static tree => (tree, false)).Concat(_adopted.GetValueOrDefault(table, []).Select(static tree => (tree, true))))
        {
            foreach (var some in _forest.Rows(tree).Chunk(RowsAtOnce))
            {
                var stored = await target.WriteAsync(tx => some.Count(row => row is { } whole && Store(tx, shape, whole.RowId, whole.Values, isStray)), cancellationToken).ConfigureAwait(false);
                (rows, lost) = (rows + stored, lost + some.Length - stored);
            }
        }

        return new SalvagedTable(table, rows, lost, hasRoot ? _forest.Claim(root) : 0, !hasRoot && !_isSchemaWhole);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pages.Dispose();
        _lock.Dispose();
    }

    private static bool Store(WriteTransaction tx, TableShape shape, long rowId, SqlValue[] values, bool isStray)
    {
        if (!shape.Fits(values))
        {
            return false;
        }

        var alias = shape.Alias;
        if (alias >= 0 && alias < values.Length)
        {
            values[alias] = rowId;
        }

        var names = string.Join(", ", shape.Columns.Take(values.Length).Select(static column => $"\"{column.Name}\""));
        var places = string.Join(", ", Enumerable.Range(1, values.Length).Select(static number => $"?{number}"));
        try
        {
            return tx.Execute($"INSERT OR {(isStray ? "IGNORE" : "REPLACE")} INTO \"{shape.Name}\"({names}) VALUES ({places})", values) > 0;
        }
        catch (DatabaseConstraintException)
        {
            return false; // what it refers to is lost
        }
    }

    /// <summary>Where the tables are. False when a part of that is lost.</summary>
    private bool ReadSchema()
    {
        Take(1);
        if (_forest.Claim(1) == 0)
        {
            return true;
        }

        foreach (var stray in _forest.Strays().Where(IsSchema))
        {
            _forest.Claim(stray);
            Take(stray);
        }

        return false;

        void Take(uint tree)
        {
            foreach (var row in _forest.Rows(tree))
            {
                if (row is { Values: [{ Kind: SqlKind.Text }, { Kind: SqlKind.Text, Text: var name }, _, { Kind: SqlKind.Integer, Integer: > 1 and <= uint.MaxValue and var root }, ..] })
                {
                    _roots.TryAdd(name!, (uint)root);
                }
            }
        }

        bool IsSchema(uint tree) => _forest.Rows(tree).Any() && _forest.Rows(tree).Take(RowsLookedAt).All(static row =>
            row is null or { Values: [{ Text: "table" or "index" or "view" or "trigger" }, { Kind: SqlKind.Text }, { Kind: SqlKind.Text }, { Kind: SqlKind.Integer }, { Kind: SqlKind.Text or SqlKind.Null }] });
    }
}
