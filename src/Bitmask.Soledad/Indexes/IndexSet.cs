using System.Text;
using System.Text.Json;

namespace Bitmask.Soledad;

/// <summary>One indexed expression of a store; indexes of the same text and type share it.</summary>
/// <param name="Id">Its row in <c>index_expression</c>.</param>
/// <param name="DocumentType">Only documents of this type; null for all.</param>
/// <param name="Expression">What is indexed.</param>
internal sealed record IndexedExpression(long Id, string? DocumentType, IndexExpression Expression);

/// <summary>All indexed expressions of a store, ready to use.</summary>
/// <param name="Stamp">The state of the definitions that this was read from.</param>
/// <param name="Expressions">Parsed once, not once a document.</param>
internal sealed record IndexSet(long Stamp, IReadOnlyList<IndexedExpression> Expressions)
{
    /// <summary>Whether any expression wants documents of this type; null for a document without one.</summary>
    public bool Wants(string? type)
    {
        foreach (var expression in Expressions)
        {
            if (expression.DocumentType is null || expression.DocumentType == type)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The rows of one document: expression and value, each once.</summary>
    public HashSet<(long Expression, string Value)> Evaluate(string json, string? type)
    {
        var rows = new HashSet<(long, string)>();
        using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(json));
        foreach (var expression in Expressions.Where(expression => expression.DocumentType is null || expression.DocumentType == type))
        {
            foreach (var value in expression.Expression.Evaluate(document.RootElement))
            {
                if (value.Text is { } text)
                {
                    rows.Add((expression.Id, text));
                }
            }
        }

        return rows;
    }
}
