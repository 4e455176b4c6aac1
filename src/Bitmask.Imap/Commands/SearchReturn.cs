using System.Globalization;
using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>search-return-opts: MIN, MAX, ALL, COUNT (RFC 4731 §3.1), SAVE (RFC 5182), PARTIAL (RFC 9394 §3.1).</summary>
internal sealed record SearchReturn(bool Min, bool Max, bool All, bool Count, bool Save, PartialRange? Partial)
{
    /// <summary>What an answer without options would hold.</summary>
    public static SearchReturn Everything { get; } = new(false, false, true, false, false, null);

    private static SearchReturn Nothing { get; } = Everything with { All = false };

    /// <summary>Only <c>$</c> is wanted, no answer.</summary>
    public bool IsSilent => this is { Save: true, Min: false, Max: false, All: false, Count: false, Partial: null };

    /// <summary>Reads the options, if the next word is RETURN, and the space behind them.</summary>
    public static SearchReturn? TryParse(CommandScanner scanner)
    {
        if (!scanner.TryWord("RETURN"))
        {
            return null;
        }

        scanner.Space();
        var options = Nothing;
        if (scanner.List(s => options = Option(s, options), mayBeEmpty: true).Count == 0)
        {
            options = Everything;   // RFC 4731 §3.1
        }

        scanner.Space();
        return options is { All: true, Partial: not null } ? throw new ImapSyntaxException("ALL and PARTIAL exclude each other") : options;
    }

    /// <summary>What <c>$</c> holds afterwards (RFC 5182 §2.4, RFC 9394 §3.2).</summary>
    public List<int> Saved(List<int> found)
    {
        if (found.Count == 0 || All || Count || !(Min || Max || Partial is not null))
        {
            return found;
        }

        return [.. (Partial?.Of(found) ?? []).Concat(Min ? [found[0]] : []).Concat(Max ? [found[^1]] : []).Distinct().Order()];
    }

    /// <summary>Writes the ESEARCH response (RFC 4731 §3.1).</summary>
    public void Write(ImapSession session, bool uid, List<int> found, bool byModSeq)
    {
        var messages = session.Mailbox.Messages;
        var writer = session.Output.Writer;
        writer.Raw("* ESEARCH (TAG "u8);
        writer.String(session.Tag);
        writer.Raw(uid ? ") UID"u8 : ")"u8);
        if (found.Count > 0)
        {
            writer.Raw(Min ? $" MIN {Number(found[0])}" : "");
            writer.Raw(Max ? $" MAX {Number(found[^1])}" : "");
            writer.Raw(All ? " ALL " + SequenceSet.Write(found.Select(Number)) : "");
        }

        writer.Raw(Count ? string.Create(CultureInfo.InvariantCulture, $" COUNT {found.Count}") : "");
        if (Partial is { } range)
        {
            var part = SequenceSet.Write(range.Of(found).Select(Number));
            writer.Raw($" PARTIAL ({range} {(part.Length > 0 ? part : "NIL")})");
        }

        // The highest of those that are told of (RFC 4731 §3.2).
        var told = byModSeq ? All || Count || Partial is not null ? found : Saved(found) : [];
        writer.Raw(told.Count > 0 ? $" MODSEQ {told.Max(i => messages[i].ModSeq)}" : "");
        writer.EndLine();

        uint Number(int position) => uid ? messages[position].Uid.Value : (uint)position + 1;
    }

    private static SearchReturn Option(CommandScanner scanner, SearchReturn options) => scanner.Keyword() switch
    {
        "MIN" => options with { Min = true },
        "MAX" => options with { Max = true },
        "ALL" => options with { All = true },
        "COUNT" => options with { Count = true },
        "SAVE" => options with { Save = true },
        "PARTIAL" when options.Partial is null => options with { Partial = PartialRange.Parse(scanner) },
        _ => throw new ImapSyntaxException("Unknown return option"),
    };
}
