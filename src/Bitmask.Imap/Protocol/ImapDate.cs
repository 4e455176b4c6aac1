using System.Globalization;

namespace Bitmask.Imap.Protocol;

/// <summary>Dates of RFC 3501 §9.</summary>
internal static class ImapDate
{
    private static readonly string[] Months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

    /// <summary>date, quoted or not, such as <c>1-Feb-1994</c>.</summary>
    public static DateOnly ParseDate(CommandScanner scanner)
    {
        var text = scanner.AStringText();
        var parts = text.Split('-');
        return parts is [{ Length: 1 or 2 } d, { Length: 3 } m, { Length: 4 } y] && Digits(d) is { } day && Digits(y) is { } year && Day(year, m, day) is { } date
            ? date
            : throw new ImapSyntaxException("Expected a date such as 1-Feb-1994");
    }

    /// <summary>date-time, always quoted, such as <c>" 1-Feb-1994 22:43:00 -0800"</c>.</summary>
    public static DateTimeOffset ParseDateTime(CommandScanner scanner)
    {
        var text = CommandScanner.Text(scanner.String());
        return TryParseDateTime(text, out var value) ? value : throw new ImapSyntaxException("Expected a date and time such as \" 1-Feb-1994 22:43:00 -0800\"");
    }

    /// <summary>Reads a date-time without its quotes.</summary>
    public static bool TryParseDateTime(string text, out DateTimeOffset value)
    {
        value = default;
        text = text.Length == 25 ? " " + text : text;   // one-digit day without the fixed-format space: seen in the wild
        if (text.Length != 26 || text[2] != '-' || text[6] != '-' || text[11] != ' ' || text[14] != ':' || text[17] != ':' || text[20] != ' ' || text[21] is not ('+' or '-'))
        {
            return false;
        }

        if (Digits(text[..2].TrimStart(' ')) is not { } day || Digits(text[7..11]) is not { } year || Day(year, text[3..6], day) is not { } date
            || Digits(text[12..14]) is not (>= 0 and < 24 and { } hour) || Digits(text[15..17]) is not (>= 0 and < 60 and { } minute)
            || Digits(text[18..20]) is not (>= 0 and <= 60 and { } second)
            || Digits(text[22..24]) is not (>= 0 and <= 14 and { } zoneHour) || Digits(text[24..]) is not (>= 0 and < 60 and { } zoneMinute))
        {
            return false;
        }

        var zone = new TimeSpan(zoneHour, zoneMinute, 0);
        if (zone > TimeSpan.FromHours(14))
        {
            return false;
        }

        var local = date.ToDateTime(new TimeOnly(hour, minute, Math.Min(second, 59)));
        zone = text[21] == '-' ? -zone : zone;
        if (local.Ticks - zone.Ticks is < 0 || local.Ticks - zone.Ticks > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        value = new DateTimeOffset(local, zone);
        return true;
    }

    /// <summary>Writes a date-time in its zone, without quotes.</summary>
    public static string Write(DateTimeOffset value)
    {
        var zone = value.Offset < TimeSpan.Zero ? -value.Offset : value.Offset;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{value.Day,2}-{Months[value.Month - 1]}-{value.Year:0000} {value.Hour:00}:{value.Minute:00}:{value.Second:00} {(value.Offset < TimeSpan.Zero ? '-' : '+')}{zone.Hours:00}{zone.Minutes:00}");
    }

    /// <summary>Writes a date.</summary>
    public static string Write(DateOnly value)
        => string.Create(CultureInfo.InvariantCulture, $"{value.Day}-{Months[value.Month - 1]}-{value.Year:0000}");

    private static DateOnly? Day(int year, string month, int day)
    {
        var index = Array.FindIndex(Months, m => m.Equals(month, StringComparison.OrdinalIgnoreCase));
        return index >= 0 && year is >= 1 and <= 9999 && day >= 1 && day <= DateTime.DaysInMonth(year, index + 1)
            ? new DateOnly(year, index + 1, day)
            : null;
    }

    private static int? Digits(string text)
        => text.Length > 0 && text.All(char.IsAsciiDigit) ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
