namespace Bitmask.Sqlite;

/// <summary>
/// One work of the writer: all of it is kept or nothing. It sees what earlier works of the same commit wrote.
/// </summary>
public sealed class WriteTransaction : ReadTransaction
{
    private readonly List<Action> _afterCommit;
    private readonly List<Action> _beforeEnd = [];
    private Dictionary<Type, object>? _kept;

    internal WriteTransaction(Connection connection, List<Action> afterCommit)
        : base(connection)
        => _afterCommit = afterCommit;

    /// <summary>The row id of the latest insert.</summary>
    public long LastInsertRowId => Connection.LastInsertRowId;

    /// <summary>Runs a statement and says how many rows it inserted, updated or deleted.</summary>
    /// <exception cref="DatabaseConstraintException">A constraint refused a row; the work may go on.</exception>
    /// <exception cref="DatabaseFullException">No room is left.</exception>
    public int Execute(string sql, params ReadOnlySpan<SqlValue> args)
    {
        using var statement = Connection.Rent(sql);
        statement.Bind(args);
        while (statement.Step())
        {
        }

        return Connection.Changes;
    }

    /// <summary>Runs several statements without arguments, such as a schema.</summary>
    public void ExecuteScript(string sql) => Connection.ExecuteScript(sql);

    /// <summary>
    /// The object of this type that belongs to this work, made when it is first asked for: what many changes of one work have in common,
    /// such as sums that are written once, by <see cref="BeforeEnd"/>.
    /// </summary>
    public T Keep<T>(Func<WriteTransaction, T> make)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(make);
        _kept ??= [];
        if (!_kept.TryGetValue(typeof(T), out var kept))
        {
            _kept.Add(typeof(T), kept = make(this));
        }

        return (T)kept;
    }

    /// <summary>Has <paramref name="callback"/> run as the last part of this work, still inside of it; dropped when the work fails.</summary>
    public void BeforeEnd(Action callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        _beforeEnd.Add(callback);
    }

    /// <summary>
    /// Has <paramref name="callback"/> run on the writer's thread once this work is durable, after those of earlier works and before
    /// the task of the write completes. It is dropped when the work or its commit fails. It must be quick and must not wait for a write.
    /// </summary>
    public void AfterCommit(Action callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        _ = Connection;
        _afterCommit.Add(callback);
    }

    internal void Finish()
    {
        for (var i = 0; i < _beforeEnd.Count; i++)
        {
            _beforeEnd[i]();
        }

        End();
    }
}
