using System.Globalization;
using System.Text;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Cli;

/// <summary>The key of an address in words.</summary>
internal static class KeyText
{
    public static string Of(KeyExplained key)
    {
        var text = new StringBuilder(key.Address).Append('\n');
        if (key.Trouble is { } trouble)
        {
            text.Append(CultureInfo.InvariantCulture, $"  not found out: {trouble}\n");
        }

        if (key.Released is { } released)
        {
            text.Append(CultureInfo.InvariantCulture, $"  released from encryption since {Day(released)}: mail leaves in clear\n");
        }

        text.Append(key.Fingerprint is null
            ? "  no key in use\n"
            : string.Create(CultureInfo.InvariantCulture, $"  {Groups(key.Fingerprint)}\n  {key.State}, {key.Validation}{(key.Expires is { } expires ? $", until {Day(expires)}" : "")}{Used(key)}\n"));
        text.Append(key.Binds ? "  mail is never sent in clear because of it\n" : "");
        foreach (var told in key.History)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {Day(told.At)}  {told.Act}{Part(" ", told.Fingerprint)}{Part(" in place of ", told.Replaced)}{Part(" from ", told.Source)}{Part(", ", told.Validation)}{Part(" (", told.Rule, ")")}\n");
        }

        foreach (var candidate in key.Candidates)
        {
            text.Append(CultureInfo.InvariantCulture, $"  shown, not in use: {candidate.Fingerprint} from {candidate.Source} since {Day(candidate.At)}. {candidate.Reason}\n");
        }

        foreach (var distrusted in key.Distrusted)
        {
            text.Append(CultureInfo.InvariantCulture, $"  distrusted: {distrusted}\n");
        }

        return text.ToString().TrimEnd('\n');
    }

    private static string Used(KeyExplained key) => (key.EncryptUsed, key.SignUsed) switch
    {
        (true, true) => ", used both ways",
        (true, false) => ", encrypted to",
        (false, true) => ", signed with",
        _ => "",
    };

    private static string Groups(string fingerprint) => string.Join(' ', fingerprint.Chunk(4).Select(group => new string(group)));

    private static string Part(string before, string? text, string after = "") => text is null ? "" : before + text + after;

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
