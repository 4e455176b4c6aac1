using System.Text.Json;
using Bitmask.Soledad;
using static Bitmask.Fuzz.Promise;

namespace Bitmask.Fuzz.Targets;

/// <summary>What programs and documents give to the store: index expressions, and documents under them.</summary>
internal static class StoreTargets
{
    private static readonly IndexExpression[] Expressions =
        [.. new[] { "a", "a.b", "lower(a)", "number(a, 5)", "bool(a.b)", "split_words(a)", "is_null(a.b.c)", "combine(a, lower(a.b), c)" }.Select(IndexExpressionParser.Parse)];

    public static IEnumerable<FuzzTarget> All { get; } =
    [
        new("index-expression", "Bitmask.Soledad", () => new[] { "a.b", "lower(a)", "number( a.b , 5)", "combine(lower(split_words(a)), is_null(b), c..d)" }.Select(Octets), Expression),
        new("index-document", "Bitmask.Soledad", () => new[] { """{"a":{"b":[1,null,"x y",{"c":true}]},"c":-7}""", """{"a":["\ud800",1.5e300,"\u0000"]}""" }.Select(Octets), Document),
    ];

    private static void Expression(byte[] octets)
    {
        try
        {
            var expression = IndexExpressionParser.Parse(Utf8(octets));
            using var document = JsonDocument.Parse("""{"a":{"b":["X","y z",3]}}""");
            That(expression.Evaluate(document.RootElement).Count <= octets.Length * 4, "an expression yields no more values than its fields have");
        }
        catch (IndexDefinitionException)
        {
        }
    }

    private static void Document(byte[] octets)
    {
        if (!DocumentJson.TryRead(Utf8(octets), out _))
        {
            return;
        }

        using var document = JsonDocument.Parse(Octets(Utf8(octets)));
        foreach (var expression in Expressions)
        {
            That(expression.Evaluate(document.RootElement).TrueForAll(value => value.Text is not null || value.Kind == IndexValueKind.Null), "only null has no text");
        }
    }
}
