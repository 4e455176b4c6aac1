using Bitmask.Imap.Protocol;

namespace Bitmask.Imap.Commands;

/// <summary>fetch-modifiers (RFC 4466 §2.4).</summary>
/// <param name="ChangedSince">Only messages changed after this mod-sequence (RFC 7162 §3.1.4.1).</param>
/// <param name="Vanished">Also tell what is gone since then (RFC 7162 §3.2.6).</param>
/// <param name="Partial">Only these of the messages (RFC 9394 §3.3).</param>
internal readonly record struct FetchModifiers(long? ChangedSince, bool Vanished, PartialRange? Partial)
{
    /// <summary>Reads the list, if there is one behind the items.</summary>
    public static FetchModifiers Parse(CommandScanner scanner, bool uid)
    {
        var modifiers = default(FetchModifiers);
        if (!scanner.TryTake((byte)' ') || scanner.Peek != (byte)'(')
        {
            return modifiers;
        }

        scanner.List(s => modifiers = Modifier(s, modifiers));
        if (modifiers.Vanished && (!uid || modifiers.ChangedSince is null))
        {
            throw new ImapSyntaxException("VANISHED belongs to UID FETCH with CHANGEDSINCE");
        }

        return modifiers.Partial is not null && !uid ? throw new ImapSyntaxException("PARTIAL belongs to UID FETCH") : modifiers;
    }

    private static FetchModifiers Modifier(CommandScanner scanner, FetchModifiers modifiers)
    {
        switch (scanner.Keyword())
        {
            case "CHANGEDSINCE":
                scanner.Space();
                return modifiers with { ChangedSince = scanner.Number63() };
            case "VANISHED":
                return modifiers with { Vanished = true };
            case "PARTIAL":
                return modifiers with { Partial = PartialRange.Parse(scanner) };
            default:
                throw new ImapSyntaxException("Unknown modifier of FETCH");
        }
    }
}
