using System.Text;

namespace Bitmask.Mail.Tests;

/// <summary>What a program that shows mail needs beyond mailboxes and flags.</summary>
public class ClientTests
{
    [Fact]
    public async Task Search_ByManyConditions_FindsWhatTheyAllSay()
    {
        using var home = await MailHome.StartAsync();
        var ids = new List<EntryId>();
        for (var i = 0; i < 6; i++)
        {
            home.Clock.Advance(TimeSpan.FromHours(1));
            ids.Add((await home.AppendAsync(MailHome.Mail($"subject {i}", $"body {i} {new string('x', i * 100)}\r\n"), i < 4 ? "INBOX" : "Archive", i % 2 == 0 ? ["\\Seen"] : [])).Entry);
        }

        await home.Account.ChangeTagsAsync([ids[1], ids[5]], FlagChange.Add, ["work"]);
        var (seen, work) = (new SearchCondition.Flagged("\\seen"), new SearchCondition.Tagged("WORK"));
        var two = new SearchCondition.Holds(new TextCondition(TextScope.Body, "BODY 2"));
        Assert.Equal([5, 4, 3, 2, 1, 0], Find(new SearchCondition.Everything()));
        Assert.Equal([4, 2, 0], Find(seen));
        Assert.Equal([5, 1], Find(work));
        Assert.Equal([2], Find(two));
        Assert.Equal([5, 3, 2, 1], Find(new SearchCondition.Or(two, new SearchCondition.Not(seen))));
        Assert.Equal([1], Find(new SearchCondition.And(work, new SearchCondition.Sized(null, 400)), mailbox: "INBOX"));
        Assert.Equal([3, 2], Find(new SearchCondition.Arrived(MailHome.Start.AddHours(3), MailHome.Start.AddHours(5))));
        Assert.Equal([5, 4], Find(new SearchCondition.Sized(500, null)));
        Assert.Equal([0], Find(new SearchCondition.InThread(home.Account.ThreadOf(ids[0]))));
        Assert.Equal([5, 4], Find(new SearchCondition.Everything(), limit: 2));
        Assert.Empty(Find(new SearchCondition.Or()));
        Assert.Equal([1, 0], Find(new SearchCondition.And(), mailbox: "INBOX").TakeLast(2));
        Assert.Throws<MailException>(() => home.Account.Search(two, new MailboxId(1)));

        IEnumerable<int> Find(SearchCondition condition, string? mailbox = null, int limit = int.MaxValue)
            => home.Account.Search(condition, mailbox is null ? null : home.Account.Find(mailbox)!.Id, limit).Select(hit => ids.IndexOf(hit.Entry.Id));
    }

    [Fact]
    public async Task ChangesSince_TellsWhatCameChangedAndWent()
    {
        using var home = await MailHome.StartAsync();
        await home.AppendAsync(flags: "\\Deleted");
        await home.AppendAsync();
        await home.AppendAsync();
        var known = home.View();
        await home.AppendAsync();
        await home.Account.ChangeFlagsAsync(home.Inbox.Id, [new Uid(3)], FlagChange.Add, ["\\Flagged"]);
        await home.Account.ExpungeAsync(home.Inbox.Id);

        var changes = home.Account.ChangesSince(home.Inbox.Id, known.Mailbox.UidValidity, known.HighestModSeq)!;
        Assert.Equal([3u, 4u], changes.Changed.Select(entry => entry.Uid.Value));
        Assert.Equal([new Uid(1)], changes.Removed);
        Assert.Equal(home.View().HighestModSeq, changes.HighestModSeq);
        var none = home.Account.ChangesSince(home.Inbox.Id, known.Mailbox.UidValidity, changes.HighestModSeq)!;
        Assert.Empty(none.Changed);
        Assert.Empty(none.Removed);
        Assert.Null(home.Account.ChangesSince(home.Inbox.Id, new UidValidity(1), known.HighestModSeq));
    }

    [Fact]
    public async Task Delete_TakesMessagesFromWhereverTheyAre()
    {
        using var home = await MailHome.StartAsync();
        var one = (await home.AppendAsync()).Entry;
        var other = (await home.AppendAsync(mailbox: "Archive")).Entry;
        await home.AppendAsync();
        await home.Account.DeleteAsync([one, other, new EntryId(1), one]);
        Assert.Single(home.View().Entries);
        Assert.Empty(home.View("Archive").Entries);
        Assert.Single(home.Documents("head"));
    }

    [Fact]
    public async Task Parts_AreReadDecoded()
    {
        using var home = await MailHome.StartAsync();
        var raw = "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>Gr=FC=DFe</p>\r\n"
            + "--x\r\nContent-Type: image/png; name=\"=?utf-8?q?B=C3=A4r.png?=\"\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n"
            + "--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*0*=iso-8859-1'de'%DCber; filename*1=\" uns\"; filename*2*=%2Epdf\r\n\r\n%PDF\r\n--x--\r\n";
        var entry = (await home.AppendAsync(Encoding.Latin1.GetBytes(raw))).Entry;
        var structure = home.Account.Structure(entry);
        Assert.Equal([0, 1, 2], (await home.Account.ReadPartAsync(entry, structure.Parts[1], TestContext.Current.CancellationToken)).ToArray());
        Assert.Equal([null, "Bär.png", "Über uns.pdf"], structure.Parts.Select(part => part.FileName));
        Assert.Equal("Grüße", (await home.Account.ReadTextAsync(entry, TestContext.Current.CancellationToken)).Trim());
        Assert.StartsWith("--x", Encoding.ASCII.GetString((await home.Account.ReadPartAsync(entry, structure, TestContext.Current.CancellationToken)).Span), StringComparison.Ordinal);
        Assert.Equal("", await home.Account.ReadTextAsync((await home.AppendAsync("Content-Type: image/png\r\n\r\nx"u8.ToArray())).Entry, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Envelope_IsDecodedForDisplay()
    {
        using var home = await MailHome.StartAsync();
        var entry = (await home.AppendAsync("From: =?utf-8?q?J=C3=BCrgen?= <j@x.test>\r\nSubject: =?utf-8?q?a=0D=0Ab?=\r\n\r\n"u8.ToArray())).Entry;
        var envelope = home.Account.Envelope(entry);
        Assert.Equal(("Jürgen", "j@x.test"), (envelope.From[0].DecodedName, envelope.From[0].Address));
        Assert.DoesNotContain(envelope.DecodedSubject, char.IsControl);
        Assert.Equal("", MessageEnvelope.Empty.DecodedSubject);
    }
}
