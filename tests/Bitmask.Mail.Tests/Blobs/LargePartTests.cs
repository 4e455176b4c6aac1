using System.Text;
using Bitmask.Soledad;
using Bitmask.Testing;

namespace Bitmask.Mail.Tests.Blobs;

/// <summary>Large parts are blobs: kept once, read by ranges, fetched when they are read.</summary>
public sealed class LargePartTests
{
    [Fact]
    public async Task Append_LargeAttachment_IsABlobAndComesBackOctetForOctet()
    {
        using var home = await MailHome.StartAsync(hasBlobs: true);
        var mail = Mail(200_000, 20_000);
        var entry = (await home.AppendAsync(mail)).Entry;

        home.Reopen();

        Assert.Equal(mail, home.Account.Content(entry).ToArray());
        var content = home.Account.OpenContent(entry);
        await content.CheckAsync(0, content.Length);
        Assert.Equal(mail, (await content.ReadAllAsync(0, content.Length)).ToArray());
        Assert.Null(content.Whole);
        Assert.Equal(1, home.Blobs.Counts().Local);
        Assert.Single(home.Documents("cnt"));
        var head = Assert.Single(home.Documents("head"));
        Assert.True(head.Json!.Length < 64 * 1024);
        Assert.Single(BlobReferences.NamesIn(head.Json));
    }

    [Fact]
    public async Task Read_AnyRange_IsThatSliceOfTheMessage()
    {
        using var home = await MailHome.StartAsync(hasBlobs: true);
        var mail = Mail(300_000, 20_000, 70_000);
        var content = home.Account.OpenContent((await home.AppendAsync(mail)).Entry);
        var random = new Random(4);
        for (var round = 0; round < 200; round++)
        {
            var from = random.Next(mail.Length);
            var to = random.Next(from, mail.Length + 10);
            Assert.Equal(mail[from..Math.Min(to, mail.Length)], (await content.ReadAllAsync(from, to)).ToArray());
            Assert.Equal(mail[from..Math.Min(to, mail.Length)], content.ReadHere(from, to).ToArray());
        }
    }

    [Fact]
    public async Task Filed_BeforeThereWereBlobs_StaysReadable()
    {
        using var home = await MailHome.StartAsync();
        var mail = Mail(5_000_000);
        var entry = (await home.AppendAsync(mail)).Entry;
        Assert.Equal(2, home.Documents("cnt").Count);

        home.HasBlobs = true;
        home.Reopen();

        Assert.Equal(mail, home.Account.Content(entry).ToArray());
    }

    [Fact]
    public async Task OtherDevice_BlobAway_ShowsTheMessageAndReadsAllButTheBlob()
    {
        var shelf = new BlobShelf();
        using var one = await MailHome.StartAsync(hasBlobs: true);
        using var other = await MailHome.StartAsync(hasBlobs: true);
        var mail = Mail(200_000, 20_000);
        await one.AppendAsync(mail);
        await Wire.ConvergeAsync(one, other);

        var entry = Assert.Single(other.View().Entries).Id;
        var text = other.Account.Structure(entry).Parts[1];
        var content = other.Account.OpenContent(entry);
        Assert.Equal(mail[(int)text.BodyOffset..(int)text.End], (await content.ReadAllAsync(text.BodyOffset, text.End)).ToArray());
        await Assert.ThrowsAsync<MessageUnavailableException>(() => content.CheckAsync(0, content.Length));
        Assert.Throws<MessageUnavailableException>(() => other.Account.Content(entry));

        using var up = new BlobLine(one, shelf);
        using var down = new BlobLine(other, shelf);
        await Assert.ThrowsAsync<MessageUnavailableException>(() => content.CheckAsync(0, content.Length)); // not uploaded yet
        await up.Transfer.DrainAsync();

        await content.CheckAsync(0, content.Length);
        Assert.Equal(mail, other.Account.Content(entry).ToArray());
    }

    [Fact]
    public async Task Read_ProviderSendsWrongOctets_ReleasesNothingOfThatChunkAndSaysSo()
    {
        var shelf = new BlobShelf();
        using var one = await MailHome.StartAsync(hasBlobs: true);
        using var other = await MailHome.StartAsync(hasBlobs: true);
        var mail = Mail(400_000);
        await one.AppendAsync(mail);
        await Wire.ConvergeAsync(one, other);
        using var up = new BlobLine(one, shelf);
        using var down = new BlobLine(other, shelf);
        await up.Transfer.DrainAsync();
        var events = new List<SoledadEvent>();
        other.Blobs.Happened += events.Add;
        shelf.Stored.Values.Single()[SealedBlob.ChunkStart(3) + 17] ^= 1;

        var entry = Assert.Single(other.View().Entries).Id;
        var content = other.Account.OpenContent(entry);
        await Assert.ThrowsAsync<MessageUnavailableException>(() => content.CheckAsync(0, content.Length));

        Assert.Contains(events, happened => happened.Name == SoledadCodes.BlobDamaged);
        var good = (await content.ReadAllAsync(0, 190_000)).ToArray();
        Assert.Equal(mail[..190_000], good);
        shelf.Stored.Values.Single()[SealedBlob.ChunkStart(3) + 17] ^= 1;
        await content.CheckAsync(0, content.Length);
    }

    [Fact]
    public async Task Append_OctetsThatAreHere_StoresNothingAgain()
    {
        using var home = await MailHome.StartAsync(hasBlobs: true);
        var (mail, attachment) = MailWith(200_000);
        var first = await home.AppendAsync(mail);
        var forwarded = Encoding.ASCII.GetBytes("Subject: forwarded\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nlook\r\n--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n")
            .Concat(attachment).Concat("\r\n--b--\r\n"u8.ToArray()).ToArray();

        var copy = await home.AppendAsync(mail, "Sent");
        var other = await home.AppendAsync(forwarded, "Sent");

        Assert.Equal(1, home.Blobs.Counts().Local);
        Assert.Equal(2, home.Documents("head").Count);
        Assert.Equal(home.Account.Find(first.Entry)!.Value.Entry.Head, home.Account.Find(copy.Entry)!.Value.Entry.Head);
        Assert.Equal(forwarded, home.Account.Content(other.Entry).ToArray());
        Assert.Equal(mail, home.Account.Content(copy.Entry).ToArray());
    }

    [Fact]
    public async Task Incoming_OctetsThatAreHere_AreStoredAgain()
    {
        using var home = await MailHome.StartAsync(hasBlobs: true);
        var mail = Mail(200_000);
        await home.AppendAsync(mail);

        await home.FileAsync(mail, 1);

        Assert.Equal(2, home.Blobs.Counts().Local);
        Assert.Equal(2, home.Documents("head").Count);
    }

    [Fact]
    public async Task Incoming_FiledByADeviceThatIsLost_BringsItsBlobsToTheProvider()
    {
        var shelf = new BlobShelf();
        var mail = Mail(200_000, 20_000);
        using var other = await MailHome.StartAsync(hasBlobs: true);
        using (var lost = await MailHome.StartAsync(hasBlobs: true))
        {
            await lost.FileAsync(mail, 1);
            Assert.Equal((false, true), lost.Account.BlobsOf(MailHome.IncomingId(1)));
            await Wire.SendAsync(lost, other);
        }

        var id = MailHome.IncomingId(1);
        Assert.Equal((false, false), other.Account.BlobsOf(id));
        await other.FileAsync(mail, 1);
        Assert.Equal((false, true), other.Account.BlobsOf(id));
        using var line = new BlobLine(other, shelf);
        await line.Transfer.DrainAsync();

        Assert.Equal((true, false), other.Account.BlobsOf(id));
        using var third = await MailHome.StartAsync(hasBlobs: true);
        await Wire.SendAsync(other, third);
        using var down = new BlobLine(third, shelf);
        var content = third.Account.OpenContent(id);
        Assert.Equal(mail, (await content.ReadAllAsync(0, content.Length)).ToArray());
    }

    [Fact]
    public async Task Incoming_FiledByBothWithOwnBlobs_ConvergesAndIsWhole()
    {
        var shelf = new BlobShelf();
        var mail = Mail(200_000, 20_000);
        using var one = await MailHome.StartAsync(hasBlobs: true);
        using var other = await MailHome.StartAsync(hasBlobs: true);
        await one.FileAsync(mail, 1);
        await other.FileAsync(mail, 1);
        await Wire.ConvergeAsync(one, other);

        using var a = new BlobLine(one, shelf);
        using var b = new BlobLine(other, shelf);
        foreach (var (home, line) in new[] { (one, a), (other, b) })
        {
            await home.FileAsync(mail, 1); // the item is taken again when its mail has blobs that nobody has confirmed
            await line.Transfer.DrainAsync();
            Assert.Equal((true, false), home.Account.BlobsOf(MailHome.IncomingId(1)));
        }

        Assert.Equal(one.Documents("head"), other.Documents("head"));
        Assert.Equal(mail, other.Account.Content(MailHome.IncomingId(1)).ToArray());
    }

    /// <summary>A multipart with attachments of about these sizes.</summary>
    private static byte[] Mail(params int[] sizes) => MailWith(sizes).Mail;

    private static (byte[] Mail, byte[] LastAttachment) MailWith(params int[] sizes)
    {
        var text = new StringBuilder("From: alice@red.test\r\nTo: bob@blue.test\r\nSubject: files\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=cut\r\n\r\n");
        var last = "";
        foreach (var size in sizes)
        {
            var octets = new byte[size * 3 / 4];
            new Random(size).NextBytes(octets);
            last = Convert.ToBase64String(octets, Base64FormattingOptions.InsertLineBreaks);
            text.Append("--cut\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n").Append(last).Append("\r\n");
        }

        return (Encoding.ASCII.GetBytes(text.Append("--cut--\r\n").ToString()), Encoding.ASCII.GetBytes(last));
    }
}
