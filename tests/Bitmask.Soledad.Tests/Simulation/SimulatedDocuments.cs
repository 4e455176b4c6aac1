using System.Text.Json.Nodes;

namespace Bitmask.Soledad.Tests.Simulation;

/// <summary>
/// What the simulated people write. Every edit has a token of its own; a document says which tokens are in it and which its writers knowingly
/// replaced, so that at the end nothing can be missing without a reason.
/// </summary>
internal static class SimulatedDocuments
{
    /// <summary>Nobody merges these: one version wins, the other must be in an archive.</summary>
    public const string Plain = "plain";

    /// <summary>Merged by union; a deletion wins.</summary>
    public const string Words = "words";

    /// <summary>Merged by union; an edit wins over a deletion.</summary>
    public const string Lasting = "lasting";

    /// <summary>Registers with Lamport counters, as mail has them (security.md B3); a deletion wins over all but a change of the first.</summary>
    public const string Registers = "registers";

    public static IReadOnlyList<string> Ids { get; } = ["plain-1", "plain-2", "words-1", "words-2", "lasting-1", "registers-1", "registers-2"];

    public static IReadOnlyList<IConflictResolver> Resolvers { get; } =
        [new Resolver(Words, Union, static (_, _) => true), new Resolver(Lasting, Union, static (_, _) => false), new Resolver(Registers, MergeRegisters, IsInItsPlace)];

    /// <summary>The next version by one writer.</summary>
    public static string Edit(string id, string? json, string token, string writer, Random random)
    {
        var type = id.Split('-')[0];
        var before = json is null ? [] : JsonNode.Parse(json)!.AsObject();
        switch (type)
        {
            case Plain:
                return new JsonObject { ["v"] = token, ["seen"] = Array(json is null ? [] : Tokens(json)) }.ToJsonString();
            case Registers:
                var name = "r" + random.Next(3);
                var counter = 1 + (json is null ? 0 : Fields(before).Max(static field => field.Value!["c"]!.GetValue<long>()));
                var replaced = before[name] is { } old ? Strings(old["seen"]!).Append(old["v"]!.GetValue<string>()) : [];
                before["type"] = type;
                before[name] = new JsonObject { ["v"] = token, ["c"] = counter, ["d"] = writer, ["seen"] = Array(replaced) };
                return Sorted(before);
            default:
                return Union(json ?? WordsOf(type), WordsOf(type, token));
        }
    }

    /// <summary>All tokens that a version knows of.</summary>
    public static IEnumerable<string> Tokens(string json)
    {
        var content = JsonNode.Parse(json)!.AsObject();
        return content["type"]?.GetValue<string>() switch
        {
            DeviceHead.DocumentType or Grave.DocumentType => [],
            null => Strings(content["seen"]!).Append(content["v"]!.GetValue<string>()),
            Registers => Fields(content).SelectMany(static field => Strings(field.Value!["seen"]!).Append(field.Value["v"]!.GetValue<string>())),
            _ => Strings(content["words"]!),
        };
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Fields(JsonObject content) => content.Where(static field => field.Key != "type");

    private static string WordsOf(string type, params IEnumerable<string> words)
        => new JsonObject { ["type"] = type, ["words"] = Array(words) }.ToJsonString();

    private static string Union(string one, string other)
        => WordsOf(JsonNode.Parse(one)!["type"]!.GetValue<string>(), Tokens(one).Union(Tokens(other)));

    /// <summary>Field by field the higher counter, then the later writer; what loses counts as seen, since its writer agreed to that rule.</summary>
    private static string MergeRegisters(string one, string other)
    {
        var merged = JsonNode.Parse(one)!.AsObject();
        foreach (var (name, theirs) in Fields(JsonNode.Parse(other)!.AsObject()))
        {
            if (merged[name] is not { } ours)
            {
                merged[name] = theirs!.DeepClone();
                continue;
            }

            var winner = Order(ours).CompareTo(Order(theirs!)) >= 0 ? ours : theirs!;
            var seen = new[] { ours, theirs! }.SelectMany(register => Strings(register["seen"]!).Append(register["v"]!.GetValue<string>()))
                .Where(token => token != winner["v"]!.GetValue<string>());
            merged[name] = new JsonObject { ["v"] = winner["v"]!.DeepClone(), ["c"] = winner["c"]!.DeepClone(), ["d"] = winner["d"]!.DeepClone(), ["seen"] = Array(seen) };
        }

        return Sorted(merged);
    }

    private static bool IsInItsPlace(string edited, string? before)
        => before is null || JsonNode.DeepEquals(JsonNode.Parse(edited)!["r0"], JsonNode.Parse(before)!["r0"]);

    private static (long Counter, string Writer, string Value) Order(JsonNode register)
        => (register["c"]!.GetValue<long>(), register["d"]!.GetValue<string>(), register["v"]!.GetValue<string>());

    private static string Sorted(JsonObject content)
        => new JsonObject(content.OrderBy(static field => field.Key, StringComparer.Ordinal).Select(static field => KeyValuePair.Create(field.Key, field.Value?.DeepClone()))).ToJsonString();

    private static JsonArray Array(IEnumerable<string> tokens)
        => new([.. tokens.Distinct().Order(StringComparer.Ordinal).Select(static token => JsonValue.Create(token))]);

    private static IEnumerable<string> Strings(JsonNode array) => array.AsArray().Select(static token => token!.GetValue<string>());

    private sealed class Resolver(string type, Func<string, string, string> merge, Func<string, string?, bool> deletionWins) : IConflictResolver
    {
        public string DocumentType => type;

        public string? Merge(string localJson, string incomingJson) => merge(localJson, incomingJson);

        public bool NeedsBase => type == Registers;

        public bool DeletionWins(string editedJson, string? baseJson) => deletionWins(editedJson, baseJson);
    }
}
