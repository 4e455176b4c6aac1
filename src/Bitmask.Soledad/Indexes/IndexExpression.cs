using System.Text.Json;

namespace Bitmask.Soledad;

/// <summary>
/// One expression of an index, such as <c>lower(name)</c> or <c>number(date, 12)</c>: which values of a document it can be found by.
/// Operations: <c>lower</c>, <c>number(expression, width)</c>, <c>bool</c>, <c>split_words</c>, <c>is_null</c>, <c>combine</c>; everything
/// else is a dotted path of member names.
/// </summary>
internal abstract record IndexExpression
{
    private IndexExpression()
    {
    }

    /// <summary>The values of a document, in the document's order.</summary>
    public abstract List<IndexValue> Evaluate(JsonElement document);

    /// <summary>A path through objects; lists on the way are walked, and a list at its end yields its scalars.</summary>
    public sealed record Field(IReadOnlyList<string> Path) : IndexExpression
    {
        public override List<IndexValue> Evaluate(JsonElement document)
        {
            var values = new List<IndexValue>();
            Walk(document, 0, values);
            return values;
        }

        private void Walk(JsonElement element, int depth, List<IndexValue> values)
        {
            if (element.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in element.EnumerateArray())
                {
                    if (depth < Path.Count)
                    {
                        // Only objects continue a path: a list in a list does not.
                        if (item.ValueKind == JsonValueKind.Object)
                        {
                            Walk(item, depth, values);
                        }
                    }
                    else if (IndexValue.TryRead(item, out var value))
                    {
                        values.Add(value);
                    }
                }
            }
            else if (depth < Path.Count)
            {
                if (element.ValueKind == JsonValueKind.Object && TryGetMember(element, Path[depth], out var member))
                {
                    Walk(member, depth + 1, values);
                }
            }
            else if (IndexValue.TryRead(element, out var value) && value.Kind != IndexValueKind.Null)
            {
                values.Add(value);
            }
        }

        private static bool TryGetMember(JsonElement element, string name, out JsonElement member)
        {
            try
            {
                return element.TryGetProperty(name, out member);
            }
            catch (InvalidOperationException)
            {
                // Among the members is one whose escaped name is half of a surrogate pair: no name at all, so it is not ours.
                member = element.EnumerateObject().Where(candidate => HasName(candidate, name)).Select(static candidate => candidate.Value).LastOrDefault();
                return member.ValueKind != JsonValueKind.Undefined;
            }
        }

        private static bool HasName(JsonProperty candidate, string name)
        {
            try
            {
                return candidate.NameEquals(name);
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }
    }

    /// <summary>Strings in lower case; other values are dropped.</summary>
    public sealed record Lower(IndexExpression Inner) : IndexExpression
    {
        public override List<IndexValue> Evaluate(JsonElement document)
            => [.. Texts(Inner, document).Select(static text => IndexValue.Of(text.ToLowerInvariant()))];
    }

    /// <summary>Integers as decimal digits, filled with zeros to a width that counts the sign, so that they sort; other values are dropped.</summary>
    public sealed record Number(IndexExpression Inner, int Width) : IndexExpression
    {
        public override List<IndexValue> Evaluate(JsonElement document)
            => [.. Inner.Evaluate(document).Where(static value => value.Kind == IndexValueKind.Integer).Select(value => IndexValue.Of(Pad(value.Text!)))];

        private string Pad(string digits) => digits[0] == '-' ? "-" + digits[1..].PadLeft(Math.Max(Width - 1, 0), '0') : digits.PadLeft(Width, '0');
    }

    /// <summary><c>1</c> or <c>0</c> of JSON booleans; other values are dropped.</summary>
    public sealed record Bool(IndexExpression Inner) : IndexExpression
    {
        public override List<IndexValue> Evaluate(JsonElement document)
            => [.. Inner.Evaluate(document).Where(static value => value.Kind == IndexValueKind.Boolean).Select(static value => IndexValue.Of(value.Text!))];
    }

    /// <summary>The different words of strings, parted by white space.</summary>
    public sealed record SplitWords(IndexExpression Inner) : IndexExpression
    {
        public override List<IndexValue> Evaluate(JsonElement document)
            => [.. Texts(Inner, document).SelectMany(Split).Distinct(StringComparer.Ordinal).Select(IndexValue.Of)];

        private static IEnumerable<string> Split(string text)
        {
            for (var start = 0; start < text.Length;)
            {
                var end = start;
                while (end < text.Length && !IndexExpressionParser.IsSpace(text[end]))
                {
                    end++;
                }

                if (end > start)
                {
                    yield return text[start..end];
                }

                start = end + 1;
            }
        }
    }

    /// <summary>One boolean: whether the inner expression yields nothing.</summary>
    public sealed record IsNull(IndexExpression Inner) : IndexExpression
    {
        public override List<IndexValue> Evaluate(JsonElement document) => [IndexValue.Of(Inner.Evaluate(document).Count == 0)];
    }

    /// <summary>The values of several expressions, one after the other.</summary>
    public sealed record Combine(IReadOnlyList<IndexExpression> Inner) : IndexExpression
    {
        public override List<IndexValue> Evaluate(JsonElement document) => [.. Inner.SelectMany(inner => inner.Evaluate(document))];
    }

    private static IEnumerable<string> Texts(IndexExpression inner, JsonElement document)
        => inner.Evaluate(document).Where(static value => value.Kind == IndexValueKind.Text).Select(static value => value.Text!);
}
