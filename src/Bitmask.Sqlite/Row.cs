using System.Text;
using SQLitePCL;

namespace Bitmask.Sqlite;

/// <summary>The row a query stands on. Columns count from 0. It lives only inside the mapping function it is given to.</summary>
public readonly ref struct Row
{
    private readonly sqlite3_stmt _statement;

    internal Row(sqlite3_stmt statement) => _statement = statement;

    /// <summary>True when the column is NULL.</summary>
    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    /// <summary>An integer.</summary>
    /// <exception cref="InvalidCastException">The column is NULL.</exception>
    public long GetInt64(int column) => raw.sqlite3_column_int64(_statement, Present(column));

    /// <summary>An integer, or null when the column is NULL.</summary>
    public long? GetInt64OrNull(int column) => IsNull(column) ? null : GetInt64(column);

    /// <summary>An integer of 32 bits.</summary>
    /// <exception cref="InvalidCastException">The column is NULL.</exception>
    /// <exception cref="OverflowException">It does not fit.</exception>
    public int GetInt32(int column) => checked((int)GetInt64(column));

    /// <summary>A real number.</summary>
    /// <exception cref="InvalidCastException">The column is NULL.</exception>
    public double GetDouble(int column) => raw.sqlite3_column_double(_statement, Present(column));

    /// <summary>True for any integer but 0.</summary>
    /// <exception cref="InvalidCastException">The column is NULL.</exception>
    public bool GetBoolean(int column) => GetInt64(column) != 0;

    /// <summary>A text.</summary>
    /// <exception cref="InvalidCastException">The column is NULL.</exception>
    public string GetText(int column) => Encoding.UTF8.GetString(Octets(Present(column)));

    /// <summary>A text, or null when the column is NULL.</summary>
    public string? GetTextOrNull(int column) => IsNull(column) ? null : GetText(column);

    /// <summary>Octets, copied.</summary>
    /// <exception cref="InvalidCastException">The column is NULL.</exception>
    public byte[] GetBytes(int column) => Octets(Present(column)).ToArray();

    /// <summary>Octets of a blob, or a text's UTF-8, where SQLite has them: valid only inside the mapping function, until it returns.</summary>
    /// <exception cref="InvalidCastException">The column is NULL.</exception>
    public ReadOnlySpan<byte> GetSpan(int column) => Octets(Present(column));

    /// <summary>Octets, copied, or null when the column is NULL.</summary>
    public byte[]? GetBytesOrNull(int column) => IsNull(column) ? null : GetBytes(column);

    /// <summary>Copies octets to where the caller wants them; answers how many there are.</summary>
    /// <exception cref="InvalidCastException">The column is NULL.</exception>
    /// <exception cref="ArgumentException">The destination is shorter.</exception>
    public int CopyBytes(int column, Span<byte> destination)
    {
        var octets = Octets(Present(column));
        octets.CopyTo(destination);
        return octets.Length;
    }

    private int Present(int column)
        => IsNull(column) ? throw new InvalidCastException($"Column {column} is NULL.") : column;

    // The blob accessor gives a text's UTF-8 with its true length; the text accessor would stop at U+0000.
    private ReadOnlySpan<byte> Octets(int column) => raw.sqlite3_column_blob(_statement, column);
}
