using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Bitmask.Imap.Protocol;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Bitmask.Imap.Tests.Protocol;

public class GrammarProperties
{
    [Property]
    public bool ModifiedUtf7_EncodedAndDecoded_IsTheSame(NonNull<string> name)
    {
        var text = Clean(name.Get);
        var wire = ModifiedUtf7.Encode(text);
        return wire.All(static c => c is >= ' ' and <= '~') && ModifiedUtf7.TryDecode(wire, out var back) && back == text;
    }

    [Property(MaxTest = 500)]
    public bool ModifiedUtf7_Decoded_HasOneSpellingOnly(NonNull<string> text)
    {
        var wire = new string([.. text.Get.Select(static c => "&-+,AQabcx/"[c % 11])]);
        return !ModifiedUtf7.TryDecode(wire, out var name) || ModifiedUtf7.Encode(name) == wire;
    }

    [Property]
    public bool String_WrittenAndRead_IsTheSame(byte[] octets)
    {
        // NUL can not be in a string of the protocol, but the writer must not fall over it.
        var wire = Wire.Write(w => w.String(octets));
        return Wire.Scan(wire.Replace("}\r\n", "+}\r\n", StringComparison.Ordinal)).String().Span.SequenceEqual(octets);
    }

    [Property]
    public bool AString_WrittenAndRead_IsTheSame(NonNull<string> text)
    {
        var clean = Clean(text.Get);
        var wire = Wire.Write(w => w.AString(clean));
        return Wire.Scan(wire.Replace("}\r\n", "+}\r\n", StringComparison.Ordinal)).AStringText() == clean;
    }

    [Property]
    public bool Mailbox_WrittenAndRead_IsTheSame(NonNull<string> text)
    {
        var name = "x" + Clean(text.Get).TrimEnd('/');
        return Wire.Scan(Wire.Write(w => w.Mailbox(name))).Mailbox() == name;
    }

    [Property]
    public bool SequenceSet_ParsedAndWritten_IsTheSame((uint, uint)[] ranges)
    {
        var text = string.Join(',', ranges.Append((1u, 0u)).Select(static r => r.Item1 == r.Item2 ? Number(r.Item1) : Number(r.Item1) + ":" + Number(r.Item2)));
        return SequenceSet.Parse(Wire.Scan(text)).ToString() == text;

        static string Number(uint n) => n == 0 ? "*" : n.ToString(CultureInfo.InvariantCulture);
    }

    [Property]
    public bool SequenceSet_Resolved_NamesEveryNumberOnce((byte, byte)[] ranges, byte largest)
    {
        largest = Math.Max(largest, (byte)1);
        var set = new SequenceSet([.. ranges.Append(((byte)0, (byte)0)).Select(static r => new SequenceRange(r.Item1, r.Item2))]);
        var expected = new SortedSet<uint>();
        foreach (var range in set.Ranges)
        {
            var (a, b) = (range.First == 0 ? largest : range.First, range.Last == 0 ? largest : range.Last);
            for (var n = Math.Min(a, b); n <= Math.Max(a, b); n++)
            {
                expected.Add(n);
            }
        }

        return set.Resolve(largest).SelectMany(static r => Enumerable.Range((int)r.First, (int)(r.Last - r.First + 1)).Select(static n => (uint)n)).SequenceEqual(expected);
    }

    [Property]
    public bool UidSet_WrittenAndResolved_IsTheSame(ushort[] numbers)
    {
        var uids = new SortedSet<uint>(numbers.Select(static n => n + 1u).Append(1u));
        var set = SequenceSet.Parse(Wire.Scan(SequenceSet.Write(uids)));
        return set.Resolve(0).SelectMany(static r => Enumerable.Range((int)r.First, (int)(r.Last - r.First + 1)).Select(static n => (uint)n)).SequenceEqual(uids);
    }

    [Property]
    public bool DateTime_WrittenAndRead_IsTheSame(DateTime value, sbyte quarters)
    {
        var zone = TimeSpan.FromMinutes(15 * (quarters % 56));
        var local = new DateTime(Math.Clamp(value.Ticks, TimeSpan.TicksPerDay * 2, DateTime.MaxValue.Ticks - (TimeSpan.TicksPerDay * 2)));
        var date = new DateTimeOffset(local.AddTicks(-(local.Ticks % TimeSpan.TicksPerSecond)), zone);
        return ImapDate.TryParseDateTime(ImapDate.Write(date), out var back) && back == date && back.Offset == date.Offset;
    }

    [Property]
    public bool Date_WrittenAndRead_IsTheSame(DateTime value)
    {
        var day = DateOnly.FromDateTime(value);
        return ImapDate.ParseDate(Wire.Scan(ImapDate.Write(day))) == day;
    }

    [Property(MaxTest = 1000)]
    public bool MailboxPattern_AgreesWithRegex(NonNull<string> pattern, NonNull<string> name)
    {
        var p = new string([.. pattern.Get.Select(static c => "ab/*%"[c % 5])]);
        var n = new string([.. name.Get.Select(static c => "ab/"[c % 3])]);
        var regex = "^" + string.Concat(p.Select(static c => c switch { '*' => ".*", '%' => "[^/]*", _ => Regex.Escape(c.ToString()) })) + "$";
        return new MailboxPattern(p).Matches(n) == Regex.IsMatch(n, regex);
    }

    [Property]
    public bool HeaderFields_Split_LosesNothing(NonNull<string> text)
    {
        var header = Encoding.ASCII.GetBytes(new string([.. text.Get.Select(static c => "a:\r\n \tb"[c % 7])]));
        var end = 0;
        foreach (var range in HeaderFields.Fields(header))
        {
            if (range.Start.Value != end)
            {
                return false;
            }

            end = range.End.Value;
        }

        return end == header.Length || header.AsSpan(end).TrimStart("\r\n"u8).Length < header.Length - end;
    }

    /// <summary>What can be in a mailbox name or an astring: no control characters, no half surrogate.</summary>
    private static string Clean(string text)
        => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(new string([.. text.Where(static c => !char.IsControl(c))])));
}
