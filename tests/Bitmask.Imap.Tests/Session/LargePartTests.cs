using System.Net;
using System.Text;
using Bitmask.Mail;
using Bitmask.Primitives;
using Bitmask.Soledad;
using Bitmask.Testing;

namespace Bitmask.Imap.Tests.Session;

/// <summary>Messages whose large parts are at the provider: shown at once, read when they come, left out when they do not.</summary>
public sealed class LargePartTests
{
    private static readonly string Attachment = string.Concat(Enumerable.Range(0, 20_000).Select(static i => $"{i:x8}\r\n"));

    private static readonly byte[] Mail = Encoding.ASCII.GetBytes(
        "Subject: plans\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the plans.\r\n--b\r\nContent-Type: text/x-log\r\n\r\n"
        + Attachment + "\r\n--b--\r\n");

    [Fact]
    public async Task Fetch_PartIsHere_GivesTheOctets()
    {
        using var alice = await Alice.WithMailAsync(0);
        await AppendAsync(alice);
        var client = await ImapClient.LoggedInAsync(alice);

        var lines = await client.SendAsync("FETCH 1 (RFC822.SIZE BODY.PEEK[])");

        Assert.Equal($"* 1 FETCH (RFC822.SIZE {Mail.Length} BODY[] {{{Mail.Length}}}", lines[0]);
        Assert.Equal(Encoding.ASCII.GetString(Mail), string.Join("\r\n", lines[1..^2]) + "\r\n");
        Assert.StartsWith("OK", lines[^1], StringComparison.Ordinal);
        Assert.Equal("* 1 FETCH (BODY[2]<100> {10}", (await client.SendAsync("FETCH 1 BODY.PEEK[2]<100.10>"))[0]);
        await client.CloseAsync();
    }

    [Fact]
    public async Task Fetch_PartIsAway_LeavesOutThatMessageAndNoOther()
    {
        using var alice = await Alice.WithMailAsync(0);
        var shelf = new BlobShelf();
        using var http = new HttpClient(shelf);
        using var transfer = new BlobTransfer(alice.Blobs, new BlobClient(http, new Uri("https://red.test/"), UserId.Parse(new string('a', 32)), _ => Task.FromResult("t")));
        await AppendAsync(alice);
        await transfer.DrainAsync();
        await alice.Account.AppendAsync(alice.Account.Find("INBOX")!.Id, "Subject: small\r\n\r\nsmall\r\n"u8.ToArray(), []);
        await alice.Blobs.PutAsync(new MemoryStream(new byte[70_000])); // the newer one pushes the older one out of the cache
        shelf.Instead = _ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        var client = await ImapClient.LoggedInAsync(alice);

        var lines = await client.SendAsync("FETCH 1:2 BODY.PEEK[]");
        Assert.Equal("* 2 FETCH (BODY[] {25}", lines[0]);
        Assert.StartsWith("NO [UNAVAILABLE]", lines[^1], StringComparison.Ordinal);
        Assert.Contains(await client.SendAsync("FETCH 1 BODY.PEEK[1]"), static line => line == "See the plans.)");
        Assert.Equal("* 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {18}", (await client.SendAsync("FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]"))[0]);
        Assert.Equal(["* SEARCH 1"], (await client.SendAsync("SEARCH BODY \"the plans\""))[..^1]);

        shelf.Instead = null;
        Assert.Equal($"* 1 FETCH (BODY[2] {{{Attachment.Length}}}", (await client.SendAsync("FETCH 1 BODY.PEEK[2]"))[0]);
        await client.CloseAsync();
    }

    [Fact]
    public async Task Fetch_ProviderNeverAnswers_EndsInTime()
    {
        using var alice = await Alice.WithMailAsync(0);
        var shelf = new BlobShelf();
        using var http = new HttpClient(new Waiting());
        using var transfer = new BlobTransfer(alice.Blobs, new BlobClient(new HttpClient(shelf), new Uri("https://red.test/"), UserId.Parse(new string('a', 32)), _ => Task.FromResult("t")));
        await AppendAsync(alice);
        await transfer.DrainAsync();
        await alice.Blobs.PutAsync(new MemoryStream(new byte[70_000]));
        transfer.Dispose();
        using var silent = new BlobTransfer(alice.Blobs, new BlobClient(http, new Uri("https://red.test/"), UserId.Parse(new string('a', 32)), _ => Task.FromResult("t")));
        var client = await ImapClient.LoggedInAsync(alice);

        var fetching = client.SendAsync("FETCH 1 BODY.PEEK[]");
        await alice.Clock.PassAsync(new ImapOptions().FetchTimeout);

        Assert.StartsWith("NO [UNAVAILABLE]", (await fetching)[^1], StringComparison.Ordinal);
        Assert.StartsWith("OK", (await client.SendAsync("NOOP"))[^1], StringComparison.Ordinal);
        await client.CloseAsync();
    }

    private static Task<AppendAnswer> AppendAsync(Alice alice) => alice.Account.AppendAsync(alice.Account.Find("INBOX")!.Id, Mail, []);

    private sealed class Waiting : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            throw new InvalidOperationException();
        }
    }
}
