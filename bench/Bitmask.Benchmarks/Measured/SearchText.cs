using System.Diagnostics;
using System.Globalization;
using System.Text;
using Bitmask.Mail;
using Bitmask.Primitives;
using Bitmask.Soledad;

namespace Bitmask.Benchmarks.Measured;

/// <summary>
/// Texts are found in messages of the corpus's kind (words of 5 KiB on average): looking at every message, which is how it goes without an
/// index, is the peer. Beside it stand the rates of filing and of indexing.
/// </summary>
internal static class SearchText
{
    private const int Messages = 20_000;
    private static readonly string[] Words = ("alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa quebec romeo sierra tango "
        + "uniform victor whiskey xray yankee zulu budget meeting invoice report travel project release review schedule draft contract proposal security encrypted key signature").Split(' ');

    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("bitmask-bench-");
        using var key = SecretBytes.Random(32);
        using var digest = SecretBytes.Random(32);
        var projection = new MailProjection();
        using (var store = SoledadStore.Open(Path.Combine(folder.FullName, "store.db"), key, new SoledadOptions { Projections = [projection], Resolvers = MailProjection.Resolvers }))
        using (var account = new MailAccount(store, projection, new MailAccountOptions { Address = EmailAddress.Parse("alice@red.test"), DigestKey = digest }))
        {
            await account.CreateStandardMailboxesAsync();
            await MeasureAsync(account);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"file: {new FileInfo(Path.Combine(folder.FullName, "store.db")).Length / 1e6:f0} MB"));
        }

        folder.Delete(recursive: true);
    }

    private static async Task MeasureAsync(MailAccount account)
    {
        var inbox = account.Find("INBOX")!.Id;
        var appended = await TimeAsync(async () =>
        {
            for (var i = 0; i < Messages; i += 50)
            {
                await account.AppendManyAsync(inbox, [.. Enumerable.Range(i, 50).Select(n => new MessageToAppend(Message(n), [], null))]);
            }
        });
        Tell("append", appended);
        var entries = account.Open(inbox).Entries;
        Find(account, entries, "scan");
        Tell("index", await TimeAsync(() => account.Index.CatchUpAsync()));
        Find(account, entries, "find");
        Find(account, entries, "find");
    }

    private static void Find(MailAccount account, IReadOnlyList<MessageEntry> entries, string how)
    {
        foreach (var (name, condition) in new (string, TextCondition)[]
        {
            ("body", new(TextScope.Body, "needle10x")), ("text", new(TextScope.Message, "needle10x")), ("frequent", new(TextScope.Body, "budget meeting")),
            ("from", new(TextScope.Header, "u3@example.org", "From")), ("subject", new(TextScope.Header, "budget", "Subject")), ("header", new(TextScope.Header, "77", "X-Bench-Index")),
        })
        {
            var watch = Stopwatch.StartNew();
            var found = account.FindText(condition, entries).Count;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{how} {name}: {watch.Elapsed.TotalMilliseconds:f1} ms, {found} found"));
        }
    }

    private static void Tell(string what, TimeSpan time)
        => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {Messages / time.TotalSeconds:f0} messages/s"));

    private static async Task<TimeSpan> TimeAsync(Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        await work();
        return watch.Elapsed;
    }

    private static byte[] Message(int i)
    {
        var random = new Random(i % 2000);
        string Some(int count) => string.Join(' ', Enumerable.Range(0, count).Select(n => (n % 11 == 10 ? "\r\n" : "") + Words[random.Next(Words.Length)]));
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"Return-Path: <u{i % 8}@example.org>\r\nReceived: from mx{i % 4}.example.org (mx{i % 4}.example.org [192.0.2.{i % 250}])\r\n\tby mail.example.net (Postfix) with ESMTPS id {i:X8}\r\nFrom: Anna <u{i % 8}@example.org>\r\nTo: Me <me@example.net>\r\nSubject: Msg {i} {Some(4)}\r\nDate: 01 Jan 2024 10:00:00 +0000\r\nMessage-ID: <m{i}.7@example.org>\r\nX-Bench-Index: {i}\r\n\r\n{Some(200 + random.Next(1000))}\r\n{(i % 50 == 0 ? $"needle{i % 2000 / 50}x" : "haystack")}\r\n"));
    }
}
