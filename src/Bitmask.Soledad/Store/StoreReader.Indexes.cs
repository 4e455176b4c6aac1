using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <content>Indexes: finding documents of small kinds by their content. Mail is read from projections.</content>
public partial class StoreReader
{
    /// <summary>All indexes, ordered by name.</summary>
    public IReadOnlyList<IndexDefinition> ListIndexes() => IndexQueries.List(Sql);

    /// <summary>
    /// The documents whose columns have these values, one value for each expression of the index: a text, <c>*</c> for any value, or
    /// <c>text*</c> for those that begin so; after a wildcard only <c>*</c> may follow. Each document once, ordered by the values
    /// (code points). Values are compared by case; a document without a value in a column is never found.
    /// </summary>
    /// <exception cref="IndexNotFoundException">There is no such index.</exception>
    /// <exception cref="IndexQueryException">Wrong number of values, or a wildcard in the middle.</exception>
    public IReadOnlyList<Document> GetFromIndex(string name, params IReadOnlyList<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return Find(IndexQueries.Documents(Sql, name, IndexColumn.Matching(values)));
    }

    /// <summary>
    /// The documents whose columns lie between bounds, both inclusive, each column judged on its own. <c>text*</c> as a start is the text, as
    /// an end it includes everything that begins so; <c>*</c> is no bound.
    /// </summary>
    /// <param name="name">The index.</param>
    /// <param name="start">One bound for each column; null for none.</param>
    /// <param name="end">One bound for each column; null for none.</param>
    /// <exception cref="IndexNotFoundException">There is no such index.</exception>
    /// <exception cref="IndexQueryException">Wrong number of bounds, or a wildcard in the middle.</exception>
    public IReadOnlyList<Document> GetRangeFromIndex(string name, IReadOnlyList<string>? start, IReadOnlyList<string>? end)
        => Find(IndexQueries.Documents(Sql, name, IndexColumn.Ranges(start, end)));

    /// <summary>The different combinations of values in an index, ordered.</summary>
    /// <exception cref="IndexNotFoundException">There is no such index.</exception>
    public IReadOnlyList<IReadOnlyList<string>> GetIndexKeys(string name)
    {
        var query = IndexQueries.Keys(Sql, name);
        return Sql.Query(query.Sql, IReadOnlyList<string> (row) => ReadKey(row, query.Columns), query.Arguments);
    }

    /// <summary>The number of documents whose columns have exactly these values; <c>*</c> is no wildcard here.</summary>
    /// <exception cref="IndexNotFoundException">There is no such index.</exception>
    /// <exception cref="IndexQueryException">Wrong number of values.</exception>
    public long GetCountFromIndex(string name, params IReadOnlyList<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var query = IndexQueries.Count(Sql, name, values);
        return Sql.ScalarInt64(query.Sql, query.Arguments) ?? 0;
    }

    private static string[] ReadKey(Row row, int columns)
    {
        var key = new string[columns];
        for (var i = 0; i < columns; i++)
        {
            key[i] = row.GetText(i);
        }

        return key;
    }

    private List<Document> Find(IndexQuery query)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var ids = Sql.Query(query.Sql, static row => row.GetText(0), query.Arguments);
        return [.. ids.Where(seen.Add).Select(id => Get(id)!)];
    }
}
