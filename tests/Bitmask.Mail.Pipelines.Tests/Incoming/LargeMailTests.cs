using System.Text;

namespace Bitmask.Mail.Pipelines.Tests.Incoming;

/// <summary>
/// A mail with an attachment arrives, device A's disk is destroyed after each state of the item: device B must show the mail with its attachment
/// (security.md A7).
/// </summary>
public sealed class LargeMailTests
{
    private static readonly byte[] Mail = Encoding.ASCII.GetBytes(
        "From: alice@red.test\r\nSubject: Plans\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhere\r\n--b\r\n"
        + "Content-Type: application/pdf\r\n\r\n" + string.Concat(Enumerable.Range(0, 30_000).Select(static i => $"{i:x8}\r\n")) + "\r\n--b--\r\n");

    public enum Loss
    {
        Fetched,
        Filed,
        FiledDocumentsSent,
        FiledBlobsSent,
        Uploaded,
        Removed,
    }

    public static TheoryData<Loss> Losses => [.. Enum.GetValues<Loss>()];

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task DiskOfAIsLost_AfterAnyState_BHasTheWholeMail(Loss loss)
    {
        await using var world = await World.StartAsync();
        var a = world.Bob;
        await using var b = await Person.OtherDeviceAsync(a, world.Directory);
        world.Deliver(Mail);

        // A works until it is lost: its disk is not looked at again, and what it had not sent is gone.
        if (loss >= Loss.Filed)
        {
            await a.Incoming.WorkAsync();
        }

        if (loss >= Loss.FiledDocumentsSent && loss != Loss.FiledBlobsSent)
        {
            await a.AcknowledgeAsync();
            await a.SendAsync(b);
        }

        if (loss >= Loss.FiledBlobsSent)
        {
            await a.Transfer.DrainAsync();
        }

        if (loss >= Loss.Uploaded)
        {
            await a.Incoming.WorkAsync();
        }

        Assert.Equal(loss < Loss.Uploaded, a.Box.Ids.Any()); // removal comes only behind both
        for (var pass = 0; pass < 3; pass++)
        {
            await b.Incoming.WorkAsync();
            await b.AcknowledgeAsync();
            await b.Transfer.DrainAsync();
            b.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        await using var third = await Person.OtherDeviceAsync(b, world.Directory);
        Assert.Empty(b.Box.Ids);
        foreach (var device in new[] { b, third })
        {
            var content = device.Account.OpenContent(Assert.Single(device.Inbox()));
            await content.CheckAsync(0, content.Length);
            Assert.Equal(Mail, (await content.ReadAllAsync(0, content.Length)).ToArray());
        }
    }

    [Fact]
    public async Task Filed_DocumentsAcknowledgedButNotTheBlob_StaysAtTheProvider()
    {
        await using var world = await World.StartAsync();
        var id = world.Deliver(Mail);
        await world.Bob.Incoming.WorkAsync();
        await world.Bob.AcknowledgeAsync();

        await world.Bob.Incoming.WorkAsync();
        Assert.Equal([id], world.Bob.Box.Ids);
        Assert.Equal(IncomingState.Filed, Assert.Single(await world.Bob.Incoming.ItemsAsync()).State);

        await world.Bob.Transfer.DrainAsync();
        await world.Bob.Incoming.WorkAsync();
        Assert.Empty(world.Bob.Box.Ids);
    }

    [Fact]
    public async Task FiledByBoth_BlobsOfTheOtherWere_NeverSent_ItemIsTakenAgain()
    {
        await using var world = await World.StartAsync();
        var b = world.Bob;
        await using var a = await Person.OtherDeviceAsync(b, world.Directory);
        world.Deliver(Mail);
        await a.Incoming.WorkAsync();
        await b.Incoming.WorkAsync();
        await a.SendAsync(b); // now B's head names either A's blob or its own; A is lost
        await b.AcknowledgeAsync();
        await b.Transfer.DrainAsync();

        for (var pass = 0; pass < 4 && b.Box.Ids.Any(); pass++)
        {
            await b.Incoming.WorkAsync();
            await b.AcknowledgeAsync();
            await b.Transfer.DrainAsync();
            b.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Empty(b.Box.Ids);
        await using var third = await Person.OtherDeviceAsync(b, world.Directory);
        var content = third.Account.OpenContent(Assert.Single(third.Inbox()));
        Assert.Equal(Mail, (await content.ReadAllAsync(0, content.Length)).ToArray());
    }
}
