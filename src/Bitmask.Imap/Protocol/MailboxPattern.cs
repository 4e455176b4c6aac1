namespace Bitmask.Imap.Protocol;

/// <summary>
/// A LIST pattern: <c>*</c> stands for anything, <c>%</c> for anything within a level (RFC 3501 §6.3.8). Matching costs at most name
/// length times pattern length, whatever the pattern.
/// </summary>
internal sealed class MailboxPattern
{
    private readonly string _pattern;

    /// <summary>Takes the pattern after decoding; runs of wildcards are joined.</summary>
    public MailboxPattern(string pattern)
    {
        var joined = new System.Text.StringBuilder(pattern.Length);
        foreach (var c in pattern)
        {
            if (joined.Length > 0 && IsWild(c) && IsWild(joined[^1]))
            {
                joined[^1] = c == '*' || joined[^1] == '*' ? '*' : '%';
            }
            else
            {
                joined.Append(c);
            }
        }

        _pattern = joined.ToString();
    }

    /// <summary>Whether the whole name matches; the level INBOX in any case.</summary>
    public bool Matches(string name)
    {
        var inbox = name.StartsWith(MailboxName.Inbox, StringComparison.Ordinal) && (name.Length == MailboxName.Inbox.Length || name[MailboxName.Inbox.Length] == MailboxName.Separator)
            ? MailboxName.Inbox.Length
            : 0;

        // at[p]: the name so far can have brought us to position p of the pattern.
        var at = new bool[_pattern.Length + 1];
        at[0] = true;
        SkipWild(at);
        for (var i = 0; i < name.Length; i++)
        {
            var next = new bool[_pattern.Length + 1];
            for (var p = 0; p < _pattern.Length; p++)
            {
                if (!at[p])
                {
                    continue;
                }

                var c = _pattern[p];
                if (c == '*' || (c == '%' && name[i] != MailboxName.Separator))
                {
                    next[p] = true;
                }
                else if (c == name[i] || (i < inbox && char.ToUpperInvariant(c) == name[i]))
                {
                    next[p + 1] = true;
                }
            }

            SkipWild(next);
            at = next;
        }

        return at[_pattern.Length];
    }

    private void SkipWild(bool[] at)
    {
        for (var p = 0; p < _pattern.Length; p++)
        {
            at[p + 1] |= at[p] && IsWild(_pattern[p]);
        }
    }

    private static bool IsWild(char c) => c is '*' or '%';
}
