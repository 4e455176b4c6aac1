using System.Text;

namespace Bitmask.Mail.Tests;

/// <summary>Many messages opened at once are the same as each opened alone.</summary>
public class ContentsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Contents_OfMessagesOfAllSizes_AreThoseOfEach(bool hasBlobs)
    {
        using var home = await MailHome.StartAsync(hasBlobs);
        var mails = new[] { 0, 10, 5_000, 40_000, 100_000, 300_000, 1_200_000, 20 }.Select(size => MailHome.Mail("m" + size, new string('x', size))).ToList();
        foreach (var mail in mails)
        {
            await home.AppendAsync(mail);
        }

        var (entries, read) = (home.View().Entries, new List<byte[]>());
        while (read.Count < entries.Count)
        {
            var contents = home.Account.OpenContents([.. entries.Skip(read.Count)]);
            Assert.NotEmpty(contents);
            foreach (var content in contents)
            {
                read.Add((await content!.ReadAllAsync(0, content.Length)).ToArray());
            }
        }

        Assert.Equal(mails, read);
    }

    [Fact]
    public async Task Contents_OfMuch_EndBeforeTheListDoes()
    {
        using var home = await MailHome.StartAsync();
        for (var i = 0; i < 6; i++)
        {
            await home.AppendAsync(MailHome.Mail("m" + i, new string('x', 200_000)));
        }

        Assert.InRange(home.Account.OpenContents(home.View().Entries).Count, 1, 5);
    }

    [Fact]
    public async Task Contents_OfAMessageThatIsGoneOrDamaged_AreNull()
    {
        using var home = await MailHome.StartAsync();
        await home.AppendAsync(flags: "\\Deleted");
        var damaged = (await home.AppendAsync(Encoding.ASCII.GetBytes("Subject: large\r\n\r\n" + new string('x', 50_000) + "\r\n"))).Entry;
        await home.AppendAsync();
        var entries = home.View().Entries;
        await home.Account.ExpungeAsync(home.Inbox.Id);
        var part = home.Documents("cnt").Single();
        await home.Store.WriteAsync(tx => tx.Put(part.Id, part.Rev, part.Json!.Replace("eHh4", "eXl5", StringComparison.Ordinal)));

        var contents = home.Account.OpenContents(entries);

        Assert.Equal([true, true, false], contents.Select(static content => content is null));
        Assert.Throws<MailException>(() => home.Account.OpenContent(entries[0].Id));
        Assert.Throws<MessageDamagedException>(() => home.Account.OpenContent(damaged));
    }
}
