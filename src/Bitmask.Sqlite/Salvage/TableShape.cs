namespace Bitmask.Sqlite;

/// <summary>A table as it should be, from a sound database of the same schema: the names and kinds of its columns, in the order in which its rows are stored.</summary>
internal sealed record TableShape(string Name, bool HasRowId, IReadOnlyList<ColumnShape> Columns)
{
    public static TableShape Read(ReadTransaction sound, string name)
    {
        var hasRowId = sound.ScalarInt64("SELECT 1 FROM pragma_table_list WHERE schema = 'main' AND name = ?1 AND wr = 0", name) is not null;
        var columns = sound.Query(
            "SELECT name, type, pk, \"notnull\" FROM pragma_table_info(?1) ORDER BY cid",
            static row => new ColumnShape(row.GetText(0), row.GetText(1), row.GetInt32(2), row.GetBoolean(3)), name);

        // Without row ids a row begins with its key.
        return new TableShape(name, hasRowId, hasRowId ? columns : [.. columns.Where(static column => column.Key > 0).OrderBy(static column => column.Key), .. columns.Where(static column => column.Key == 0)]);
    }

    /// <summary>The column that is the row id under another name; -1 when there is none.</summary>
    public int Alias { get; } = HasRowId && Columns.Where(static column => column.Key > 0).ToList() is [{ Type: "INTEGER" } only] ? Columns.ToList().IndexOf(only) : -1;

    /// <summary>Whether a row may be one of this table. An older row may lack the columns that were added later.</summary>
    public bool Fits(IReadOnlyList<SqlValue> values)
    {
        if (values.Count == 0 || values.Count > Columns.Count)
        {
            return false;
        }

        for (var i = 0; i < values.Count; i++)
        {
            if (i == Alias ? values[i].Kind != SqlKind.Null : !Columns[i].Fits(values[i].Kind))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>A column: <paramref name="Key"/> is its place in the primary key, from 1, or 0.</summary>
internal sealed record ColumnShape(string Name, string Type, int Key, bool IsRequired)
{
    public bool Fits(SqlKind kind) => kind == SqlKind.Null ? !IsRequired : Type switch
    {
        "INTEGER" => kind == SqlKind.Integer,
        "TEXT" => kind == SqlKind.Text,
        "BLOB" => kind == SqlKind.Octets,
        _ => true,
    };
}
