using System.Text;
using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;
using Bitmask.Mail;
using Bitmask.Sqlite;

namespace Bitmask.Imap.Tests.Session;

public class FailureTests
{
    [Fact]
    public async Task DamagedMessage_IsLeftOut_AndOthersAreServed()
    {
        using var alice = await Alice.WithMailAsync(0);
        var inbox = alice.Account.Find("INBOX")!.Id;
        var damaged = await alice.Account.AppendAsync(inbox, Large('x'), []);
        await alice.Account.AppendAsync(inbox, Large('y'), []);
        await alice.Store.WriteAsync(tx =>
        {
            var part = tx.Get($"C-{damaged.Entry}.0")!;
            tx.Put(part.Id, part.Rev, part.Json!.Replace("eHh4", "eXl5", StringComparison.Ordinal));
        });
        var client = await ImapClient.LoggedInAsync(alice);

        var lines = await client.SendAsync("FETCH 1:2 BODY.PEEK[]");

        Assert.StartsWith("* 2 FETCH", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("NO [CORRUPTION]", lines[^1], StringComparison.Ordinal);
        Assert.Equal("* 1 FETCH (UID 1)", (await client.SendAsync("FETCH 1 UID"))[0]);
        Assert.Equal("* SEARCH 2", (await client.SendAsync("SEARCH BODY yyyyy"))[0]);
    }

    [Fact]
    public async Task ManyMessages_ComeInOrder_ThoseThatAreGoneOrDamagedLeftOut()
    {
        using var alice = await Alice.WithMailAsync(0);
        var inbox = alice.Account.Find("INBOX")!.Id;
        var mails = Enumerable.Range(0, 300).Select(i => new MessageToAppend(Encoding.ASCII.GetBytes($"Subject: {i}\r\n\r\n{new string((char)('a' + (i % 26)), i % 50 == 3 ? 60_000 : 30 * i)}\r\n"), [], null)).ToList();
        var answers = await alice.Account.AppendManyAsync(inbox, mails);
        var client = await ImapClient.LoggedInAsync(alice);
        await alice.Store.WriteAsync(tx =>
        {
            var part = tx.Get($"C-{answers[153].Entry}.0")!;
            tx.Put(part.Id, part.Rev, part.Json!.Replace("eHh4", "eXl5", StringComparison.Ordinal));
        });
        await alice.Account.ChangeFlagsAsync(inbox, [answers[200].Uid], FlagChange.Add, ["\\Deleted"]);
        await alice.Account.ExpungeAsync(inbox);

        var lines = await client.SendAsync("FETCH 1:* (UID BODY.PEEK[] BODY.PEEK[HEADER.FIELDS (Subject)])");

        var left = Enumerable.Range(0, 300).Where(static i => i is not (153 or 200)).ToList();
        Assert.Equal(
            left.Select(i => $"* {i + 1} FETCH (UID {i + 1} BODY[] {{{mails[i].Raw.Length}}}"), lines.Where(static line => line.StartsWith("* ", StringComparison.Ordinal) && line.Contains("FETCH", StringComparison.Ordinal)).Take(left.Count));
        Assert.Equal(left.Select(i => Encoding.ASCII.GetString(mails[i].Raw.Span).Split("\r\n")[2]), Bodies(lines));
        Assert.StartsWith("NO [CORRUPTION]", lines[^1], StringComparison.Ordinal);

        static IEnumerable<string> Bodies(string[] lines)
        {
            for (var i = 0; i + 3 < lines.Length; i++)
            {
                if (lines[i].Contains("BODY[] {", StringComparison.Ordinal))
                {
                    yield return lines[i + 3];
                }
            }
        }
    }

    public static TheoryData<Exception, string> Cases => new()
    {
        { new ImapSyntaxException("what"), "BAD what" },
        { new DatabaseFullException("secret path"), "NO [OVERQUOTA] The disk is full: make room and try again" },
        { new DatabaseInUseException("secret path"), "NO [INUSE] The store is busy: try again" },
        { new DatabaseDamagedException("secret path"), "NO [SERVERBUG] The store can not be read or written: see bitmaskctl status" },
        { new MailException(MailError.MailboxNotFound, "No such mailbox."), "NO [NONEXISTENT] No such mailbox." },
        { new MailException(MailError.MailboxExists, "It exists."), "NO [ALREADYEXISTS] It exists." },
        { new InvalidCastException("secret"), "NO [SERVERBUG] Internal error: see the log of bitmaskd" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Failure_IsToldWithItsCode_AndNoInsides(Exception failure, string answer) => Assert.Equal(answer, Failures.Reply(failure).ToString());

    private static byte[] Large(char c) => Encoding.ASCII.GetBytes("Subject: large\r\n\r\n" + new string(c, 50_000) + "\r\n");
}
