using System.Collections.Frozen;
using System.Text;

namespace Bitmask.Protocol.Keys;

/// <summary>
/// Normalisation form C (Unicode Standard Annex 15). Of our own, because the runtime normalises nothing in invariant globalization mode, and
/// a passphrase typed on another system must give the same key.
/// </summary>
internal static class UnicodeNormalization
{
    // Hangul syllables are composed by arithmetic (Unicode Standard, section 3.12).
    private const int SBase = 0xAC00, LBase = 0x1100, VBase = 0x1161, TBase = 0x11A7, LCount = 19, VCount = 21, TCount = 28, SCount = 11172;

    private static readonly FrozenDictionary<int, (int First, int Second)> Decomposed = ReadDecompositions();
    private static readonly FrozenDictionary<(int, int), int> Composed = ReadCompositions();
    private static readonly FrozenDictionary<int, byte> Classes = ReadClasses();

    /// <summary>The text in form C.</summary>
    internal static string ToNfc(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var characters = new List<int>(text.Length * 2);
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, characters);
        }

        Reorder(characters);
        Compose(characters);
        var result = new StringBuilder(characters.Count);
        foreach (var character in characters)
        {
            result.Append(new Rune(character).ToString());
        }

        return result.ToString();
    }

    private static void Decompose(int character, List<int> into)
    {
        var syllable = character - SBase;
        if (syllable is >= 0 and < SCount)
        {
            into.Add(LBase + (syllable / (VCount * TCount)));
            into.Add(VBase + (syllable % (VCount * TCount) / TCount));
            if (syllable % TCount != 0)
            {
                into.Add(TBase + (syllable % TCount));
            }
        }
        else if (Decomposed.TryGetValue(character, out var parts))
        {
            Decompose(parts.First, into);
            if (parts.Second != 0)
            {
                // The second part never decomposes further in front of a starter, but the rule is general.
                Decompose(parts.Second, into);
            }
        }
        else
        {
            into.Add(character);
        }
    }

    /// <summary>Sorts each run of combining characters by class; equal classes keep their order.</summary>
    private static void Reorder(List<int> characters)
    {
        for (var i = 1; i < characters.Count; i++)
        {
            var character = characters[i];
            var combining = ClassOf(character);
            var at = i;
            while (combining != 0 && at > 0 && ClassOf(characters[at - 1]) > combining)
            {
                characters[at] = characters[at - 1];
                at--;
            }

            characters[at] = character;
        }
    }

    private static void Compose(List<int> characters)
    {
        var starter = -1;
        var written = 0;
        var last = 0;
        for (var i = 0; i < characters.Count; i++)
        {
            var character = characters[i];
            var combining = ClassOf(character);

            // Blocked when something of the same or a higher class, or a starter, stands between.
            var isAdjacent = starter >= 0 && starter == written - 1;
            if (starter >= 0 && (isAdjacent || last < combining) && (isAdjacent || last != 0)
                && TryComposePair(characters[starter], character, out var pair))
            {
                characters[starter] = pair;
                continue;
            }

            if (combining == 0)
            {
                starter = written;
            }

            last = combining;
            characters[written++] = character;
        }

        characters.RemoveRange(written, characters.Count - written);
    }

    private static bool TryComposePair(int first, int second, out int pair)
    {
        if (first - LBase is >= 0 and < LCount && second - VBase is >= 0 and < VCount)
        {
            pair = SBase + ((((first - LBase) * VCount) + second - VBase) * TCount);
            return true;
        }

        if (first - SBase is >= 0 and < SCount && (first - SBase) % TCount == 0 && second - TBase is > 0 and < TCount)
        {
            pair = first + second - TBase;
            return true;
        }

        return Composed.TryGetValue((first, second), out pair);
    }

    private static int ClassOf(int character) => Classes.GetValueOrDefault(character);

    private static FrozenDictionary<int, (int First, int Second)> ReadDecompositions()
    {
        var table = UnicodeNormalizationData.Decompositions;
        var map = new Dictionary<int, (int, int)>(table.Length / 3);
        for (var i = 0; i < table.Length; i += 3)
        {
            map.Add((int)(table[i] & ~UnicodeNormalizationData.NotComposed), ((int)table[i + 1], (int)table[i + 2]));
        }

        return map.ToFrozenDictionary();
    }

    private static FrozenDictionary<(int, int), int> ReadCompositions()
    {
        var table = UnicodeNormalizationData.Decompositions;
        var map = new Dictionary<(int, int), int>(table.Length / 3);
        for (var i = 0; i < table.Length; i += 3)
        {
            if ((table[i] & UnicodeNormalizationData.NotComposed) == 0)
            {
                map.Add(((int)table[i + 1], (int)table[i + 2]), (int)table[i]);
            }
        }

        return map.ToFrozenDictionary();
    }

    private static FrozenDictionary<int, byte> ReadClasses()
    {
        var table = UnicodeNormalizationData.CombiningClasses;
        var map = new Dictionary<int, byte>();
        for (var i = 0; i < table.Length; i += 3)
        {
            for (var character = table[i]; character <= table[i + 1]; character++)
            {
                map.Add((int)character, (byte)table[i + 2]);
            }
        }

        return map.ToFrozenDictionary();
    }
}
