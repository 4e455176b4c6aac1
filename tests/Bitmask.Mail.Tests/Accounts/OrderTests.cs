using System.Text;

namespace Bitmask.Mail.Tests;

/// <summary>What messages are sorted and threaded by lies apart from the heads, and says what the heads say.</summary>
public class OrderTests
{
    private static readonly string[] Headers =
    [
        "Date: Tue, 03 Mar 2026 10:00:00 +0530\r\nSubject: Re: [list] =?utf-8?Q?gr=C3=BC=C3=9Fe?= (fwd)\r\nFrom: \"A. B.\" <Alice@red.test>\r\nTo: bob@blue.test\r\nCc: carol@green.test\r\nMessage-ID: <1@red.test>\r\nReferences: <0@red.test>\r\n\t<00@red.test>\r\n",
        "Date: Mon, 01 Dec 1969 00:00:00 -0930\r\nIn-Reply-To: <1@red.test>\r\n",
        "Date: Thu, 01 Jan 1970 00:00:00 +0000\r\nSubject: the first second\r\n",
        "Date: no date at all\r\nSubject:\r\nFrom: undisclosed:;\r\n",
        "Subject: nothing else\r\n",
        "no field\r\nSubject: after it\r\n",
    ];

    [Fact]
    public async Task Orders_OfOddHeaders_AreWhatTheHeadersSay()
    {
        using var home = await FilledAsync();
        var entries = home.View().Entries;

        var orders = home.Account.Orders(entries);

        Assert.All(entries.Zip(orders), pair =>
        {
            var expected = MessageOrderReader.Read(home.Account.Envelope(pair.First.Id), home.Account.HeaderBlock(pair.First.Id).Span);
            Assert.Equal(expected.References, pair.Second.References);
            Assert.Equal(expected with { References = pair.Second.References }, pair.Second);
            Assert.Equal(expected.Sent?.Offset, pair.Second.Sent?.Offset);
            Assert.Equal(expected.Sent, home.Account.SentAt(pair.First));
            Assert.Equal(expected.Sent?.Offset, home.Account.SentAt(pair.First)?.Offset);
        });
        Assert.Equal(3, entries.Count(entry => home.Account.SentAt(entry) is not null));
    }

    [Fact]
    public async Task Copies_AndMovedMessages_KeepTheDate()
    {
        using var home = await FilledAsync(togetherFrom: 2);
        var (archive, uids) = (home.Account.Find("Archive")!.Id, home.View().Entries.Select(entry => entry.Uid).ToList());
        var sent = home.View().Entries.Select(home.Account.SentAt).ToList();
        await home.Account.CopyAsync(home.Inbox.Id, uids, archive);
        await home.Account.MoveAsync(home.Inbox.Id, uids, archive);
        await home.Account.CopyAsync(archive, [new Uid(1)], archive);
        await home.Account.WriteOwedAsync();

        Assert.Equal([.. sent, .. sent, sent[0]], home.View("Archive").Entries.Select(home.Account.SentAt));
        Assert.All(home.View("Archive").Entries, entry => Assert.NotNull(entry.PackedSent));
    }

    [Fact]
    public async Task HeadThatComesAfterItsEntry_GivesItTheDate()
    {
        using var one = await MailHome.StartAsync();
        using var other = await MailHome.StartAsync();
        var entry = (await one.AppendAsync(Encoding.UTF8.GetBytes(Headers[0] + "\r\nhello\r\n"))).Entry;
        var documents = one.Documents("flags").Concat(one.Documents("head")).ToList();
        foreach (var document in documents)
        {
            await other.Store.WriteAsync(tx => tx.Create(document.Id, document.Json!));
        }

        Assert.Equal(one.Account.SentAt(one.Account.Find(entry)!.Value.Entry), other.Account.SentAt(other.Account.Find(entry)!.Value.Entry));
        Assert.NotNull(other.Account.Find(entry)!.Value.Entry.PackedSent);
    }

    [Fact]
    public async Task FiledBeforeItWasKept_SaysTheSame_AndHasItAfterAReindex()
    {
        using var home = await FilledAsync();
        var (orders, sent) = (home.Account.Orders(home.View().Entries), home.View().Entries.Select(home.Account.SentAt).ToList());
        await home.Store.WriteAsync(tx => tx.Sql.ExecuteScript("DELETE FROM mail_order; UPDATE mail_entry SET sent = NULL"));
        home.Reopen();
        home.Check();

        Assert.All(home.View().Entries, entry => Assert.Null(entry.PackedSent));
        Assert.Equal(sent, home.View().Entries.Select(home.Account.SentAt));
        Assert.Equal(orders.Select(order => (order.Sent, order.Subject, order.MessageId)), home.Account.Orders(home.View().Entries).Select(order => (order.Sent, order.Subject, order.MessageId)));

        await MailReindex.RunAsync(home.Store, home.Projection);
        home.Reopen();
        Assert.All(home.View().Entries, entry => Assert.NotNull(entry.PackedSent));
        Assert.Equal(sent, home.View().Entries.Select(home.Account.SentAt));
    }

    [Theory]
    [InlineData("1970-01-01T00:00:00+00:00")]
    [InlineData("1969-12-31T23:59:59+14:00")]
    [InlineData("9999-12-31T09:59:59-14:00")]
    [InlineData("0001-01-02T00:00:00+14:00")]
    public void Packed_AnyMomentInAnyZone_ComesBack(string text)
    {
        var sent = DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

        var unpacked = OrderTable.Unpack(OrderTable.Pack(sent));

        Assert.Equal(sent, unpacked);
        Assert.Equal(sent.Offset, unpacked!.Value.Offset);
        Assert.True(OrderTable.Pack(sent) > OrderTable.Pack(sent.AddSeconds(-1)));
        Assert.Null(OrderTable.Unpack(OrderTable.Pack(null)));
    }

    private static async Task<MailHome> FilledAsync(int? togetherFrom = null)
    {
        var home = await MailHome.StartAsync(togetherFrom: togetherFrom);
        foreach (var header in Headers)
        {
            await home.AppendAsync(Encoding.UTF8.GetBytes(header + "\r\nhello\r\n"));
        }

        return home;
    }
}
