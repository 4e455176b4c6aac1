using System.Globalization;
using System.Text;
using Bitmask.Mail;

namespace Bitmask.Imap.Tests.Threading;

/// <summary>SORT over many messages with equal dates, sizes and names against the plain definition (RFC 5256 §3).</summary>
public class SortTests
{
    private sealed record Sample(int Number, DateTimeOffset? Sent, DateTimeOffset Arrived, string From, string Subject, int Size);

    [Fact]
    public async Task Sort_ByAnyCriteria_KeepsTheMailboxOrderAmongEqualOnes()
    {
        using var alice = await Alice.WithMailAsync(0);
        var samples = await FillAsync(alice);
        var client = await ImapClient.LoggedInAsync(alice);
        (string Criteria, IEnumerable<Sample> Expected)[] cases =
        [
            ("DATE", samples.OrderBy(Sent)),
            ("REVERSE DATE", samples.OrderByDescending(Sent)),
            ("ARRIVAL", samples.OrderBy(static s => s.Arrived)),
            ("REVERSE SIZE", samples.OrderByDescending(static s => s.Size)),
            ("SIZE REVERSE DATE", samples.OrderBy(static s => s.Size).ThenByDescending(Sent)),
            ("FROM REVERSE ARRIVAL", samples.OrderBy(static s => s.From, StringComparer.Ordinal).ThenByDescending(static s => s.Arrived)),
            ("REVERSE SUBJECT DATE", samples.OrderByDescending(static s => s.Subject, StringComparer.Ordinal).ThenBy(Sent)),
        ];

        foreach (var (criteria, expected) in cases)
        {
            Assert.Equal($"* SORT {string.Join(' ', expected.Select(static s => s.Number))}", (await client.SendAsync($"SORT ({criteria}) UTF-8 ALL"))[0]);
        }

        static DateTimeOffset Sent(Sample s) => s.Sent ?? s.Arrived;
    }

    [Fact]
    public async Task Sort_OfNothing_IsAnEmptyAnswer()
    {
        using var alice = await Alice.WithMailAsync(0);
        var client = await ImapClient.LoggedInAsync(alice);

        Assert.Equal("* SORT", (await client.SendAsync("SORT (REVERSE DATE) UTF-8 ALL"))[0]);
    }

    private static async Task<List<Sample>> FillAsync(Alice alice)
    {
        var (random, samples, mails) = (new Random(3), new List<Sample>(), new List<MessageToAppend>());
        for (var i = 1; i <= 200; i++)
        {
            var sent = new DateTimeOffset(2026, 1, 1 + random.Next(4), 12, 0, 0, TimeSpan.FromHours(random.Next(-11, 12)));
            var arrived = new DateTimeOffset(2026, 1, 1 + random.Next(4), 0, 0, 0, TimeSpan.Zero);
            var (from, subject) = ("USER" + random.Next(5), "TOPIC" + random.Next(5));
            var date = random.Next(5) == 0 ? "" : $"Date: {sent.ToString("dd MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture)} {sent:zzz}\r\n".Replace(":00\r", "00\r", StringComparison.Ordinal);
            var raw = Encoding.ASCII.GetBytes($"From: {from}@red.test\r\nSubject: {(random.Next(2) == 0 ? "Re: " : "")}{subject}\r\n{date}\r\n{new string('x', random.Next(3))}");
            samples.Add(new Sample(i, date.Length == 0 ? null : sent, arrived, from, subject, raw.Length));
            mails.Add(new MessageToAppend(raw, [], arrived));
        }

        await alice.Account.AppendManyAsync(alice.Account.Find("INBOX")!.Id, mails);
        return samples;
    }
}
