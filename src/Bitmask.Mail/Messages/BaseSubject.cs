namespace Bitmask.Mail;

/// <summary>The base subject (RFC 5256 §2.1): what is left of a subject without the marks of replies and forwards.</summary>
internal static class BaseSubject
{
    /// <summary>The base of a decoded subject, in upper case for comparing, and whether marks were taken off.</summary>
    public static (string Base, bool IsReply) Of(string subject)
    {
        var text = string.Join(' ', subject.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
        var isReply = false;
        while (true)
        {
            while (text.EndsWith("(fwd)", StringComparison.OrdinalIgnoreCase))
            {
                (text, isReply) = (text[..^5].TrimEnd(' '), true);
            }

            text = WithoutLeaders(text, ref isReply);
            if (!text.StartsWith("[fwd:", StringComparison.OrdinalIgnoreCase) || !text.EndsWith(']'))
            {
                return (text.ToUpperInvariant(), isReply);
            }

            (text, isReply) = (text[5..^1].Trim(' '), true);
        }
    }

    private static string WithoutLeaders(string text, ref bool isReply)
    {
        while (true)
        {
            text = text.TrimStart(' ');
            if (Leader(text) is > 0 and var leader)
            {
                (text, isReply) = (text[leader..], true);
            }
            else if (Blob(text, 0) is > 0 and var blob && blob < text.Length)
            {
                text = text[blob..];
            }
            else
            {
                return text;
            }
        }
    }

    /// <summary>Length of *subj-blob subj-refwd at the beginning, or 0.</summary>
    private static int Leader(string text)
    {
        var at = 0;
        while (Blob(text, at) is var next && next > at)
        {
            at = next;
        }

        var word = Begins("re") ? 2 : Begins("fwd") ? 3 : Begins("fw") ? 2 : 0;
        if (word == 0)
        {
            return 0;
        }

        at = SkipBlanks(text, at + word);
        at = Blob(text, at);
        return at < text.Length && text[at] == ':' ? at + 1 : 0;

        bool Begins(string mark) => string.Compare(text, at, mark, 0, mark.Length, StringComparison.OrdinalIgnoreCase) == 0;
    }

    /// <summary>Where the subj-blob at a place ends, blanks included, or the place itself.</summary>
    private static int Blob(string text, int at)
    {
        if (at >= text.Length || text[at] != '[')
        {
            return at;
        }

        var end = text.IndexOfAny(['[', ']'], at + 1);
        return end > 0 && text[end] == ']' ? SkipBlanks(text, end + 1) : at;
    }

    private static int SkipBlanks(string text, int at)
    {
        while (at < text.Length && text[at] == ' ')
        {
            at++;
        }

        return at;
    }
}
