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

    /// <summary>
    /// The map with some names set or cleared; null when that changes nothing. A name is one whatever its case: the register that is there
    /// keeps its spelling.
    /// </summary>
    public static SortedDictionary<string, Register<bool>>? Change(
        IReadOnlyDictionary<string, Register<bool>>? map, FlagChange change, IReadOnlyCollection<string> names, RegisterClock clock)
    {
        var registers = new SortedDictionary<string, Register<bool>>(StringComparer.Ordinal);
        foreach (var (name, register) in map ?? Empty)
        {
            registers[name] = register;
        }

        var isChanged = false;
        void Set(string name, bool value)
        {
            var key = registers.Keys.FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? name;
            if ((registers.TryGetValue(key, out var register) && register.Value) != value)
            {
                registers[key] = clock.Stamp(value);
                isChanged = true;
            }
        }

        if (change == FlagChange.Replace)
        {
            foreach (var name in registers.Keys.Where(name => !names.Contains(name, StringComparer.OrdinalIgnoreCase)).ToList())
            {
                Set(name, false);
            }
        }

        foreach (var name in names)
        {
            Set(name, change != FlagChange.Remove);
        }

        return isChanged ? registers : null;
    }

    private static IReadOnlyDictionary<string, Register<bool>> Empty { get; } = new Dictionary<string, Register<bool>>();
}

/// <summary>The clock that the changes of one transaction are stamped with.</summary>
internal readonly record struct RegisterClock(long Counter, string Device)
{
    public Register<T> Stamp<T>(T value) => new(value, Counter, Device);
}
