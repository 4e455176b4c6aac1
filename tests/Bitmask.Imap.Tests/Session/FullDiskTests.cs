using Bitmask.Sqlite;

namespace Bitmask.Imap.Tests.Session;

/// <summary>A store that can not grow, by SQLite's own SQLITE_FULL: what does not fit is refused whole, the rest goes on.</summary>
public class FullDiskTests
{
    private const int Pages = 600;

    [Fact]
    public async Task Append_WithoutRoom_IsOverQuota_AndGoesOnWhenThereIsRoom()
    {
        using var alice = await Alice.WithMailAsync(0, new DatabaseOptions { MaxPages = Pages });
        var client = await ImapClient.LoggedInAsync(alice);
        var body = new string('x', 30_000);
        var kept = 0;
        string answer;
        while ((answer = await AppendAsync()).StartsWith("OK", StringComparison.Ordinal))
        {
            Assert.InRange(++kept, 1, Pages);
        }

        Assert.StartsWith("NO [OVERQUOTA]", answer, StringComparison.Ordinal);
        Assert.StartsWith("NO [OVERQUOTA]", (await client.SendAsync($"APPEND INBOX {{4+}}\r\na: b {{{body.Length + 4}+}}\r\na: b{body}"))[^1], StringComparison.Ordinal);
        Assert.Equal($"* STATUS INBOX (MESSAGES {kept} UIDNEXT {kept + 1})", (await client.SendAsync("STATUS INBOX (MESSAGES UIDNEXT)"))[0]);
        Assert.Empty(alice.Account.Check());
        foreach (var entry in alice.Account.Open(alice.Account.Find("INBOX")!.Id).Entries)
        {
            Assert.Equal(entry.Size, alice.Account.Content(entry.Id).Length);
        }

        // Room comes back, in the same session.
        await alice.Store.Database.WriteAsync(static tx => tx.Execute("PRAGMA max_page_count = 100000"));
        Assert.StartsWith("OK", await AppendAsync(), StringComparison.Ordinal);
        Assert.StartsWith("OK", (await client.SendAsync("STORE 1:* +FLAGS.SILENT (\\Deleted)"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("OK", (await client.SendAsync("EXPUNGE"))[^1], StringComparison.Ordinal);
        Assert.Empty(alice.Account.Check());

        async Task<string> AppendAsync() => (await client.SendAsync($"APPEND INBOX {{{body.Length + 4}+}}\r\na: b{body}"))[^1];
    }

    [Fact]
    public async Task Changes_OfAStoreThatCanOnlyBeRead_AreRefused_AndReadingGoesOn()
    {
        using var alice = await Alice.WithMailAsync(2);
        var client = await ImapClient.LoggedInAsync(alice);
        await alice.Store.Database.WriteAsync(static tx => tx.Execute("PRAGMA query_only = 1"));

        foreach (var command in new[] { "STORE 1 +FLAGS (\\Flagged)", "APPEND INBOX {4+}\r\na: b", "COPY 1 Archive", "CREATE Work" })
        {
            Assert.StartsWith("NO [SERVERBUG]", (await client.SendAsync(command))[^1], StringComparison.Ordinal);
        }

        Assert.Equal("* 1 FETCH (UID 1)", (await client.SendAsync("FETCH 1 UID"))[0]);
        Assert.StartsWith("OK", (await client.SendAsync("FETCH 1:2 BODY.PEEK[]"))[^1], StringComparison.Ordinal);
    }
}
