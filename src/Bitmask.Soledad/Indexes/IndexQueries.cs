using System.Globalization;
using System.Text;
using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>Writes the SQL of index queries: the first column is a range of the index's rows, each further one a seek for the document at hand.</summary>
internal static class IndexQueries
{
    public static IReadOnlyList<IndexDefinition> List(ReadTransaction sql)
        => [.. sql.Query(
            "SELECT d.name, e.expression, e.document_type FROM index_definition d JOIN index_expression e ON e.id = d.expression ORDER BY d.name, d.position",
            static row => (Name: row.GetText(0), Expression: row.GetText(1), Type: row.GetTextOrNull(2)))
            .GroupBy(static row => row.Name, StringComparer.Ordinal)
            .Select(static rows => new IndexDefinition(rows.Key, [.. rows.Select(static row => row.Expression)], rows.First().Type))];

    public static IndexDefinition? Find(ReadTransaction sql, string name) => List(sql).FirstOrDefault(definition => definition.Name == name);

    /// <summary>The ids of the documents whose columns are as wanted, each once, ordered by the columns' values.</summary>
    public static IndexQuery Documents(ReadTransaction sql, string name, IReadOnlyList<IndexColumn>? columns)
    {
        var expressions = Expressions(sql, name);
        var query = new Builder(expressions, columns ?? Any(expressions.Count));
        return new IndexQuery(expressions.Count, $"SELECT v0.doc_id FROM {query.From} WHERE {query.Where} ORDER BY {query.Columns}", query.Arguments);
    }

    /// <summary>The different values of the columns.</summary>
    public static IndexQuery Keys(ReadTransaction sql, string name)
    {
        var expressions = Expressions(sql, name);
        var query = new Builder(expressions, Any(expressions.Count));
        return new IndexQuery(expressions.Count, $"SELECT DISTINCT {query.Columns} FROM {query.From} WHERE {query.Where} ORDER BY {query.Columns}", query.Arguments);
    }

    /// <summary>The number of documents whose columns have exactly these values.</summary>
    public static IndexQuery Count(ReadTransaction sql, string name, IReadOnlyList<string> values)
    {
        var expressions = Expressions(sql, name);
        var query = new Builder(expressions, [.. values.Select(static value => new IndexColumn(value, IndexBound.Equal, null, IndexBound.None))]);
        return new IndexQuery(expressions.Count, $"SELECT count(*) FROM {query.From} WHERE {query.Where}", query.Arguments);
    }

    private static List<long> Expressions(ReadTransaction sql, string name)
    {
        var found = sql.Query("SELECT expression FROM index_definition WHERE name = ?1 ORDER BY position", static row => row.GetInt64(0), name);
        return found.Count > 0 ? found : throw new IndexNotFoundException(name);
    }

    private static IndexColumn[] Any(int count) => [.. Enumerable.Repeat(IndexColumn.Any, count)];

    private sealed class Builder
    {
        private readonly List<SqlValue> _arguments = [];

        public Builder(List<long> expressions, IReadOnlyList<IndexColumn> columns)
        {
            if (columns.Count != expressions.Count)
            {
                throw new IndexQueryException($"The index has {expressions.Count} columns, not {columns.Count}.");
            }

            var (from, where) = (new StringBuilder(), new StringBuilder());
            for (var i = 0; i < columns.Count; i++)
            {
                // CROSS JOIN keeps this order: SQLite knows nothing of how the values are spread and might begin elsewhere.
                from.Append(i == 0 ? "" : " CROSS JOIN ").Append(CultureInfo.InvariantCulture, $"index_value v{i}");
                where.Append(i == 0 ? "" : $" AND v{i}.doc_id = v0.doc_id AND ").Append(CultureInfo.InvariantCulture, $"v{i}.expression = {Add(expressions[i])}");
                Append(where, i, columns[i].Low, columns[i].LowBound);
                Append(where, i, columns[i].High, columns[i].HighBound);
            }

            (From, Where, Columns) = (from.ToString(), where.ToString(), string.Join(", ", columns.Select(static (_, i) => $"v{i}.value")));
        }

        public string From { get; }

        public string Where { get; }

        public string Columns { get; }

        public SqlValue[] Arguments => [.. _arguments];

        private void Append(StringBuilder where, int column, string? value, IndexBound bound)
        {
            var comparison = bound switch
            {
                IndexBound.Equal => "=",
                IndexBound.AtLeast => ">=",
                IndexBound.AtMost => "<=",
                IndexBound.Below => "<",
                _ => null,
            };
            if (comparison is not null)
            {
                where.Append(CultureInfo.InvariantCulture, $" AND v{column}.value {comparison} {Add(value)}");
            }
        }

        private string Add(SqlValue value)
        {
            _arguments.Add(value);
            return "?" + _arguments.Count.ToString(CultureInfo.InvariantCulture);
        }
    }
}

/// <summary>One query and its arguments.</summary>
internal sealed record IndexQuery(int Columns, string Sql, SqlValue[] Arguments);
