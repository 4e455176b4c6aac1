using System.Text;

namespace Bitmask.Mail;

/// <summary>
/// The terms of the index: every run of three and of two characters of a text, and every single one beyond Latin-1, each as one of 2^20
/// numbers. Where a text contains another, it has all of the other's terms; so the index never misses a message, in any language and
/// without knowing about words, and what it names too many is told apart by the text itself.
/// </summary>
internal sealed class SearchGrams
{
    /// <summary>Mark of terms of the header.</summary>
    public const char Header = 'h';

    /// <summary>Mark of terms of the body.</summary>
    public const char Body = 'b';

    private const int Bits = 20;
    private const int TermLength = 5;
    private const int MaxWanted = 12;
    private const string Digits = "abcdefghijklmnopqrstuvwxyz234567";

    // One bit for each possible term, cleared by the list of those that were set.
    private readonly ulong[] _seen = new ulong[1 << (Bits - 6)];
    private readonly List<int> _terms = [];

    /// <summary>Adds the terms of a folded text to the words of a row of the index, each once.</summary>
    public void Write(StringBuilder words, string text, char mark)
    {
        var (before, last) = ('\0', '\0');
        for (var i = 0; i < text.Length; i++)
        {
            var c = Class(text[i]);
            if (c > 0xff)
            {
                Add(Hash(c, 0, 0));
            }

            if (i > 0)
            {
                Add(Hash(last, c, 0));
            }

            if (i > 1)
            {
                Add(Hash(before, last, c));
            }

            (before, last) = (last, c);
        }

        words.EnsureCapacity(words.Length + (_terms.Count * (TermLength + 1)));
        foreach (var term in _terms)
        {
            words.Append(mark);
            Append(words, term);
            words.Append(' ');
            _seen[term >> 6] &= ~(1UL << (term & 63));
        }

        _terms.Clear();
    }

    /// <summary>
    /// The query for a folded text: its terms, as many as tell messages apart. Null when the index can say nothing: no text, or one Latin
    /// character.
    /// </summary>
    public static string? Query(string text, char mark)
    {
        var terms = new List<int>();
        if (text.Length >= 3)
        {
            // All of a short text; of a long one some, from its beginning to its end.
            var count = Math.Min(text.Length - 2, MaxWanted);
            for (var n = 0; n < count; n++)
            {
                var i = count == 1 ? 0 : (int)((long)n * (text.Length - 3) / (count - 1));
                terms.Add(Hash(Class(text[i]), Class(text[i + 1]), Class(text[i + 2])));
            }
        }
        else if (text.Length == 2)
        {
            terms.Add(Hash(Class(text[0]), Class(text[1]), 0));
        }
        else if (text.Length == 1 && text[0] > 0xff)
        {
            terms.Add(Hash(text[0], 0, 0));
        }

        if (terms.Count == 0)
        {
            return null;
        }

        var query = new StringBuilder();
        foreach (var term in terms.Distinct())
        {
            query.Append(query.Length > 0 ? " AND " : "").Append(mark);
            Append(query, term);
        }

        return query.ToString();
    }

    // White space and control characters are one: they tell little, and are many.
    private static char Class(char c) => c <= ' ' ? ' ' : c;

    private static int Hash(int one, int two, int three)
    {
        var mixed = ((uint)one * 0x9E3779B1u) ^ ((uint)two * 0x85EBCA77u) ^ ((uint)three * 0xC2B2AE3Du);
        mixed ^= mixed >> 15;
        mixed *= 0x2C1B3C6Du;
        mixed ^= mixed >> 13;
        return (int)(mixed >> (32 - Bits));
    }

    private void Add(int term)
    {
        ref var word = ref _seen[term >> 6];
        var bit = 1UL << (term & 63);
        if ((word & bit) == 0)
        {
            word |= bit;
            _terms.Add(term);
        }
    }

    private static void Append(StringBuilder words, int term)
    {
        for (var shift = Bits - TermLength; shift >= 0; shift -= TermLength)
        {
            words.Append(Digits[(term >> shift) & 31]);
        }
    }
}
