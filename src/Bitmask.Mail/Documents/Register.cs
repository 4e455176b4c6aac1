using System.Text.Json.Serialization;

namespace Bitmask.Mail;

/// <summary>
/// A field that devices change without asking each other (security.md B3): the value with the higher counter wins, the device's id
/// breaks a tie. No wall clock takes part.
/// </summary>
/// <param name="Value">The value.</param>
/// <param name="Counter">Lamport counter: the highest that the writing device had seen, plus one.</param>
/// <param name="Device">The writing device, 16 hex digits.</param>
internal readonly record struct Register<T>(
    [property: JsonPropertyName("v")] T Value,
    [property: JsonPropertyName("c")] long Counter,
    [property: JsonPropertyName("d")] string Device)
{
    /// <summary>The register that wins; the same whichever is asked. Equal clocks with unequal values are no device's doing, yet must converge.</summary>
    public Register<T> Merge(Register<T> other)
    {
        var order = Counter.CompareTo(other.Counter);
        order = order != 0 ? order : string.CompareOrdinal(Device, other.Device);
        order = order != 0 ? order : Comparer<T>.Default.Compare(Value, other.Value);
        return order >= 0 ? this : other;
    }
}

/// <summary>Merges maps of registers name by name.</summary>
internal static class RegisterMap
{
    public static SortedDictionary<string, Register<bool>> Merge(
        IReadOnlyDictionary<string, Register<bool>>? one, IReadOnlyDictionary<string, Register<bool>>? other)
    {
        var merged = new SortedDictionary<string, Register<bool>>(StringComparer.Ordinal);
        foreach (var (name, register) in (one ?? Empty).Concat(other ?? Empty))
        {
            merged[name] = merged.TryGetValue(name, out var there) ? there.Merge(register) : register;
        }

        return merged;
    }

    private static IReadOnlyDictionary<string, Register<bool>> Empty { get; } = new Dictionary<string, Register<bool>>();
}

/// <summary>The clock that the changes of one transaction are stamped with.</summary>
internal readonly record struct RegisterClock(long Counter, string Device)
{
    public Register<T> Stamp<T>(T value) => new(value, Counter, Device);
}
