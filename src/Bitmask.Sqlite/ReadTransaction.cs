namespace Bitmask.Sqlite;

/// <summary>
/// One consistent view of the database. It ends with the function it is given to and must not be kept. Statements take their
/// arguments as <c>?1</c>, <c>?2</c> …, and are prepared once per connection, so keep their text constant.
/// </summary>
public class ReadTransaction
{
    private Connection? _connection;

    internal ReadTransaction(Connection connection) => _connection = connection;

    private protected Connection Connection
        => _connection ?? throw new InvalidOperationException("This transaction has ended; it lives only inside the function it was given to.");

    /// <summary>Runs a query and maps every row.</summary>
    public List<T> Query<T>(string sql, Func<Row, T> map, params ReadOnlySpan<SqlValue> args)
    {
        ArgumentNullException.ThrowIfNull(map);
        var rows = new List<T>();
        using var statement = Connection.Rent(sql);
        statement.Bind(args);
        while (statement.Step())
        {
            rows.Add(map(statement.Row));
        }

        return rows;
    }

    /// <summary>Runs a query and gives each row to <paramref name="take"/> until it answers false: for rows that are to be read until enough is read.</summary>
    public void Scan(string sql, Func<Row, bool> take, params ReadOnlySpan<SqlValue> args)
    {
        ArgumentNullException.ThrowIfNull(take);
        using var statement = Connection.Rent(sql);
        statement.Bind(args);
        while (statement.Step() && take(statement.Row))
        {
        }
    }

    /// <summary>Runs a query and maps the first row; default when there is none.</summary>
    public T? QueryFirstOrDefault<T>(string sql, Func<Row, T> map, params ReadOnlySpan<SqlValue> args)
    {
        ArgumentNullException.ThrowIfNull(map);
        using var statement = Connection.Rent(sql);
        statement.Bind(args);
        return statement.Step() ? map(statement.Row) : default;
    }

    /// <summary>The first column of the first row; null when there is no row or it is NULL.</summary>
    public long? ScalarInt64(string sql, params ReadOnlySpan<SqlValue> args)
        => QueryFirstOrDefault(sql, static row => row.GetInt64OrNull(0), args);

    /// <summary>The first column of the first row; null when there is no row or it is NULL.</summary>
    public string? ScalarText(string sql, params ReadOnlySpan<SqlValue> args)
        => QueryFirstOrDefault(sql, static row => row.GetTextOrNull(0), args);

    internal void End() => _connection = null;
}
