using System.Text;

namespace Bitmask.Mail.Tests;

public class FindTextTests
{
    private const string Html = "<html><head><style>.secret{}</style><script>var hidden=1</script></head><body><p>Hello <b>dear</b>&nbsp;reader,<br>caf&eacute; &amp; more</p></body></html>";

    private static readonly string[] Texts =
    [
        "From: Anna =?utf-8?B?TcO8bGxlcg==?= <anna@red.test>\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=\r\nTo: bob@blue.test\r\n\r\nplain words, Grüße\r\nsecond line",
        "From: li@red.test\r\nSubject: 会议纪要\r\nContent-Type: text/plain; charset=gb18030\r\nContent-Transfer-Encoding: base64\r\n\r\n" + Convert.ToBase64String(Encoding.UTF8.GetBytes("?")) + "\r\n",
        "From: tanaka@red.test\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n漢字とかな、東京都 and ÉCOLE\r\n",
        "From: web@red.test\r\nSubject: html\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + Html,
        "Subject: attached\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nsee it\r\n--x\r\nContent-Type: application/pdf; name=\"Rechnung.pdf\"\r\nContent-Disposition: attachment; filename*=utf-8''%C3%9Cbersicht.pdf\r\n\r\n%PDF binary\r\n"
            + "--x\r\nContent-Type: application/json\r\n\r\n{\"key\": \"jsonvalue\"}\r\n--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner subject\r\n\r\ninner text\r\n--x--\r\n",
        "Subject: folded\r\n header line\r\nX-Index: 77\r\nReferences: <a@b>\r\n\r\nnothing",
        "no header at all",
        "",
        "To: <hid (one)@ (two) den.example>, \"a\\\\b\"@red.test\r\n\r\n",
    ];

    public static TheoryData<TextScope, string?, string, int[]> Cases => new()
    {
        { TextScope.Header, "Subject", "grüße AUS", [0] },
        { TextScope.Header, "from", "MÜLLER", [0] },
        { TextScope.Header, "Subject", "会议", [1] },
        { TextScope.Header, "Subject", "要", [1] },
        { TextScope.Header, "Subject", "", [0, 1, 2, 3, 4, 5] },
        { TextScope.Header, "X-Index", "77", [5] },
        { TextScope.Header, "X-Index", "7", [5] },
        { TextScope.Header, "X-Index", "", [5] },
        { TextScope.Header, "Subject", "folded header", [5] },
        { TextScope.Header, "Subject", "77", [] },
        { TextScope.Header, "X-Nothing", "", [] },
        { TextScope.Header, null, "index: 7", [5] },
        { TextScope.Header, "To", "hid@den.EXAMPLE", [8] },
        { TextScope.Header, "To", "(two) den", [8] },
        { TextScope.Header, "From", "hid@den.example", [] },
        { TextScope.Body, null, "GRÜSSE", [] },
        { TextScope.Body, null, "grüße", [0] },
        { TextScope.Body, null, "words, Grüße\r\nsecond", [0] },
        { TextScope.Body, null, "とか", [2] },
        { TextScope.Body, null, "京", [2] },
        { TextScope.Body, null, "東京都 AND école", [2] },
        { TextScope.Body, null, "Hello dear", [3] },
        { TextScope.Body, null, "café & more", [3] },
        { TextScope.Body, null, "reader,\ncafé", [3] },
        { TextScope.Body, null, "secret", [] },
        { TextScope.Body, null, "hidden", [] },
        { TextScope.Body, null, "<b>", [] },
        { TextScope.Body, null, "übersicht.PDF", [4] },
        { TextScope.Body, null, "jsonvalue", [4] },
        { TextScope.Body, null, "inner subject", [4] },
        { TextScope.Body, null, "inner text", [4] },
        { TextScope.Body, null, "binary", [] },
        { TextScope.Body, null, "attached", [] },
        { TextScope.Body, null, "it\0", [] },
        { TextScope.Body, null, "", [0, 1, 2, 3, 4, 5, 6, 7, 8] },
        { TextScope.Message, null, "attached", [4] },
        { TextScope.Message, null, "no header at all", [6] },
        { TextScope.Message, null, "e", [0, 1, 2, 3, 4, 5, 6, 8] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task FindText_OddMessages_FindsTheSameBeforeAndAfterIndexing(TextScope scope, string? field, string text, int[] expected)
    {
        using var home = await FilledAsync(Texts);
        var condition = new TextCondition(scope, text, field);
        Assert.Equal(expected, Find(home, condition));

        await home.Account.Index.CatchUpAsync();
        Assert.Equal(0, home.Account.Index.Waiting);
        Assert.Equal(expected, Find(home, condition));
        Assert.Equal(expected, FindOneByOne(home, condition));
    }

    [Fact]
    public async Task FindText_RandomTextsAndQueries_AgreesWithTheTextsThemselves()
    {
        var random = new Random(7);
        const string alphabet = "aAbB éÉ漢字\nxyß";
        string Text(int length) => new([.. Enumerable.Range(0, length).Select(_ => alphabet[random.Next(alphabet.Length)])]);
        var bodies = Enumerable.Range(0, 60).Select(_ => Text(random.Next(60))).ToList();
        using var home = await FilledAsync([.. bodies.Take(40).Select(Message)]);
        await home.Account.Index.CatchUpAsync();
        await AppendAsync(home, [.. bodies.Skip(40).Select(Message)]);   // these are not indexed

        for (var i = 0; i < 300; i++)
        {
            var from = bodies[random.Next(bodies.Count)];
            var wanted = i % 2 == 0 ? Text(random.Next(1, 6)) : from[random.Next(from.Length / 2)..];
            var expected = Enumerable.Range(0, bodies.Count).Where(n => bodies[n].Contains(wanted, StringComparison.OrdinalIgnoreCase)).ToList();
            Assert.Equal(expected, Find(home, new TextCondition(TextScope.Body, wanted)));
        }

        static string Message(string body) => "Subject: s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + body;
    }

    [Fact]
    public async Task FindText_TextLongerThanIsKept_IsFoundAtItsEnd()
    {
        var pad = string.Concat(Enumerable.Repeat("0123456789abcdef", 80_000));
        using var home = await FilledAsync([.. Enumerable.Repeat("Subject: s\r\n\r\nshort", 20), $"Subject: s\r\n\r\n{pad}tail", $"Subject: h\r\nContent-Type: text/html\r\n\r\n<p>{pad}tail</p>"]);
        await home.Account.Index.CatchUpAsync();
        Assert.Equal([20, 21], Find(home, new TextCondition(TextScope.Body, "TAIL")));
        Assert.Equal([20, 21], Find(home, new TextCondition(TextScope.Message, "deftail")));
    }

    [Fact]
    public async Task Index_SurvivesRestartReindexAndDeletion()
    {
        using var home = await FilledAsync(Texts);
        await home.Account.CopyAsync(home.Inbox.Id, [new Uid(1)], home.Account.Find("Archive")!.Id);
        home.Reopen();
        Assert.Equal(Texts.Length, home.Account.Index.Waiting);   // what waited before a crash waits after it
        await home.Account.Index.CatchUpAsync();
        home.Check();

        await home.Account.ReindexAsync();
        Assert.Equal(Texts.Length, home.Account.Index.Waiting);
        Assert.Equal([3], Find(home, new TextCondition(TextScope.Body, "hello dear")));
        await home.Account.Index.CatchUpAsync();
        Assert.Equal([3], Find(home, new TextCondition(TextScope.Body, "hello dear")));

        // The copy keeps what the original leaves behind.
        await home.Account.ChangeFlagsAsync(home.Inbox.Id, [.. home.View().Entries.Select(entry => entry.Uid)], FlagChange.Add, [MessageFlags.Deleted]);
        await home.Account.ExpungeAsync(home.Inbox.Id);
        home.Check();
        Assert.Equal([0], home.Account.FindText(new TextCondition(TextScope.Body, "plain words"), home.View("Archive").Entries));
        home.Reopen();
        await home.Account.Index.CatchUpAsync();
        foreach (var table in new[] { "mail_search", "mail_search_header", "mail_search_body", "mail_search_grams_docsize" })
        {
            Assert.Equal(1, home.Store.Read(reader => reader.Sql.ScalarInt64($"SELECT count(*) FROM {table}")));
        }
    }

    [Fact]
    public async Task Index_Run_TakesInWhatComes()
    {
        using var home = await FilledAsync(Texts);
        using var stop = new CancellationTokenSource();
        var run = home.Account.Index.RunAsync(stop.Token);
        await AppendAsync(home, ["Subject: later\r\n\r\nlate words"]);
        while (home.Account.Index.Waiting > 0)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        Assert.Equal([Texts.Length], Find(home, new TextCondition(TextScope.Message, "late words")));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task Index_WhileSomebodyAlwaysWaits_IsFilledAllTheSame()
    {
        using var home = await FilledAsync(Texts);
        using var waits = home.Account.BeginForeground();
        using var stop = new CancellationTokenSource();
        var run = home.Account.Index.RunAsync(stop.Token);
        while (home.Account.Index.Waiting > 0)
        {
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal(0, home.Account.Index.Waiting);
    }

    [Theory]
    [InlineData("DELETE FROM mail_search_queue")]
    [InlineData("INSERT INTO mail_search_queue(head) SELECT head FROM mail_search")]
    [InlineData("DELETE FROM mail_search")]
    [InlineData("DELETE FROM mail_search_header")]
    [InlineData("DELETE FROM mail_search_body")]
    [InlineData("DELETE FROM mail_search_grams WHERE rowid > 1")]
    [InlineData("UPDATE mail_search_header SET text = x'0041'")]
    [InlineData("UPDATE mail_search SET head = zeroblob(16) WHERE id = 1")]
    [InlineData("UPDATE mail_search_body SET text = x'0041'")]
    [InlineData("INSERT INTO mail_search_gone(id) SELECT id FROM mail_search")]
    public async Task Check_DamagedIndex_IsFoundAndMended(string damage)
    {
        using var home = await FilledAsync(Texts);
        if (damage != "DELETE FROM mail_search_queue")
        {
            await home.Account.Index.CatchUpAsync();
        }

        await home.Store.WriteAsync(tx => tx.Sql.Execute(damage));
        Assert.NotEmpty(home.Account.Check());
        await home.Account.ReindexAsync();
        Assert.Empty(home.Account.Check());
        await home.Account.Index.CatchUpAsync();
        Assert.Empty(home.Account.Check());
    }

    private static async Task<MailHome> FilledAsync(string[] texts)
    {
        var home = await MailHome.StartAsync();
        await AppendAsync(home, texts);
        return home;
    }

    private static Task<IReadOnlyList<AppendAnswer>> AppendAsync(MailHome home, string[] texts)
        => home.Account.AppendManyAsync(home.Inbox.Id, [.. texts.Select(text => new MessageToAppend(Encoding.UTF8.GetBytes(text), [], null))]);

    // More than the index is asked for, so that it is asked.
    private static IEnumerable<int> Find(MailHome home, TextCondition condition)
    {
        var entries = home.View().Entries;
        var many = Enumerable.Repeat(entries, 3).SelectMany(some => some).ToList();
        return home.Account.FindText(condition, many).Where(position => position < entries.Count);
    }

    private static IEnumerable<int> FindOneByOne(MailHome home, TextCondition condition)
        => home.View().Entries.Select((entry, i) => (entry, i)).Where(pair => home.Account.FindText(condition, [pair.entry]).Count == 1).Select(pair => pair.i);
}
