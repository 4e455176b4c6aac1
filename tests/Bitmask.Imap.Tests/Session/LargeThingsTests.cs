using System.Globalization;
using System.Text;

namespace Bitmask.Imap.Tests.Session;

/// <summary>Mails, commands and accounts as large as an attacker, or a diligent person, makes them: served octet for octet, and the session lives on.</summary>
public class LargeThingsTests
{
    public static TheoryData<string> Names => ["parts", "nested", "fields", "field", "line", "recipients"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Mail_LargeInOneWay_ComesBackOctetForOctet(string name)
    {
        var mail = Mail(name);
        using var alice = await Alice.WithMailAsync(0);
        var client = await ImapClient.LoggedInAsync(alice);
        Assert.StartsWith("OK", (await client.SendAsync($"APPEND INBOX {{{mail.Length}+}}\r\n{Encoding.Latin1.GetString(mail)}"))[^1], StringComparison.Ordinal);

        await client.WriteAsync("f FETCH 1 (RFC822.SIZE BODY.PEEK[])\r\n");
        Assert.Equal($"* 1 FETCH (RFC822.SIZE {mail.Length} BODY[] {{{mail.Length}}}", await client.ReadAsync());
        Assert.True((await client.ReadAsync(mail.Length)).AsSpan().SequenceEqual(mail));
        Assert.Equal(")", await client.ReadAsync());
        Assert.StartsWith("f OK", await client.ReadAsync(), StringComparison.Ordinal);
        foreach (var command in new[] { "FETCH 1 (ENVELOPE BODYSTRUCTURE PREVIEW)", "FETCH 1 BODY.PEEK[HEADER.FIELDS (Subject X-77)]", "SEARCH TEXT nothing", "FETCH 1 BODY.PEEK[1.1.1.1.1.MIME]" })
        {
            Assert.StartsWith("OK", (await client.SendAsync(command))[^1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task SequenceSet_OfAMegabyte_IsRead()
    {
        using var alice = await Alice.WithMailAsync(3);
        var client = await ImapClient.LoggedInAsync(alice);
        var set = new StringBuilder("1");
        for (var uid = 2; set.Length < 1_000_000; uid += 2)
        {
            set.Append(',').Append(uid.ToString(CultureInfo.InvariantCulture));
        }

        Assert.Equal(["* 1 FETCH (UID 1)", "* 2 FETCH (UID 2)", "OK FETCH completed"], await client.SendAsync($"UID FETCH {set} UID"));

        // A little more is more than a line may have: the session ends, and only it.
        await client.WriteAsync($"x UID FETCH {set}{new string('1', 60_000)} UID\r\n");
        Assert.Equal("* BYE Command line too long", await client.ReadAsync());
        Assert.StartsWith("OK", (await (await ImapClient.LoggedInAsync(alice)).SendAsync("NOOP"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task TenThousandMailboxes_AreListed()
    {
        using var alice = await Alice.WithMailAsync(0);
        await alice.Store.WriteAsync(static tx =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                var id = i.ToString("x32", CultureInfo.InvariantCulture);
                tx.Create("B-" + id, $$"""{"type":"mbox","v":1,"mbox":{"v":"Lists/{{i % 100}}/{{i}}","c":1,"d":"0000000000000001"},"uuid":"{{id}}","created":"2030-01-01T00:00:00+00:00"}""");
            }

            return true;
        });
        var client = await ImapClient.LoggedInAsync(alice, null);
        Assert.Equal(10_000 + 101 + 6, (await client.SendAsync("LIST \"\" *")).Count(static line => line.StartsWith("* LIST", StringComparison.Ordinal)));
        Assert.Equal(7, (await client.SendAsync("LIST \"\" %")).Count(static line => line.StartsWith("* LIST", StringComparison.Ordinal)));
        Assert.Equal(10_000 + 6, (await client.SendAsync("LIST \"\" * RETURN (STATUS (MESSAGES))")).Count(static line => line.StartsWith("* STATUS", StringComparison.Ordinal)));
    }

    private static byte[] Mail(string name)
    {
        var text = new StringBuilder();
        switch (name)
        {
            case "parts":
                text.Append("Subject: s\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n");
                for (var i = 0; i < 1000; i++)
                {
                    text.Append(CultureInfo.InvariantCulture, $"--x\r\nContent-Type: text/plain; name=p{i}\r\n\r\npart {i}\r\n");
                }

                text.Append("--x--\r\n");
                break;
            case "nested":
                for (var i = 0; i < 100; i++)
                {
                    text.Append(CultureInfo.InvariantCulture, $"Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n--b{i}\r\n");
                }

                text.Append("\r\ndeep\r\n");
                break;
            case "fields":
                for (var i = 0; i < 100_000; i++)
                {
                    text.Append(CultureInfo.InvariantCulture, $"X-{i}: {i}\r\n");
                }

                text.Append("\r\nbody\r\n");
                break;
            case "field":
                text.Append("Subject: s\r\nX-Long: ").Append('y', 10 * 1024 * 1024).Append("\r\n\r\nbody\r\n");
                break;
            case "line":
                text.Append("Subject: s\r\n\r\n").Append('z', 5 * 1024 * 1024);
                break;
            default:
                text.Append("To: ").AppendJoin(",\r\n ", Enumerable.Range(0, 20_000).Select(static i => $"\"p {i}\" <p{i}@blue.test>")).Append("\r\n\r\nbody\r\n");
                break;
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
