using System.Text;
using Bitmask.Soledad;
using Bitmask.Testing;

namespace Bitmask.Mail.Tests.Blobs;

/// <summary>What becomes of blobs that no message refers to, and of those that only seemed so (security.md A7).</summary>
public sealed class CollectionTests : IDisposable
{
    private static readonly byte[] Large = Encoding.ASCII.GetBytes("Subject: large\r\n\r\n" + string.Concat(Enumerable.Range(0, 20_000).Select(static i => $"line {i}\r\n")));

    private readonly BlobShelf _shelf = new();

    public void Dispose() => _shelf.Dispose();

    [Fact]
    public async Task LastMessageDeleted_BlobGoesIntoTheTrashWhenItsTimeHasCome()
    {
        using var home = await MailHome.StartAsync(hasBlobs: true);
        using var line = new BlobLine(home, _shelf);
        await home.AppendAsync(Large);
        await home.Account.CopyAsync(home.Inbox.Id, [home.View().Entries[0].Uid], home.Account.Find("Archive")!.Id);
        await line.Transfer.DrainAsync();
        await ExpungeAsync(home);
        home.Clock.Advance(BlobCollector.Grace * 2);
        Assert.Equal(new BlobCollection(0, 0, 0, 0), await line.Collector.RunAsync()); // the copy refers to it

        await ExpungeAsync(home, "Archive");
        Assert.Equal(new BlobCollection(0, 0, 0, 0), await line.Collector.RunAsync());
        home.Clock.Advance(BlobCollector.Grace + TimeSpan.FromMinutes(1));
        Assert.Equal(new BlobCollection(1, 0, 0, 0), await line.Collector.RunAsync());

        Assert.Single(_shelf.Trash);
        Assert.Empty(_shelf.Stored);
        Assert.Equal((0, 0, 0), (home.Blobs.Counts().Stored, home.Blobs.Counts().Remote, home.Blobs.Counts().CachedOctets));
    }

    [Fact]
    public async Task CopyOnOne_LastDeletionOnTheOther_NothingIsLost()
    {
        using var one = await MailHome.StartAsync(hasBlobs: true);
        using var other = await MailHome.StartAsync(hasBlobs: true);
        using var a = new BlobLine(one, _shelf);
        using var b = new BlobLine(other, _shelf);
        await one.AppendAsync(Large);
        await a.Transfer.DrainAsync();
        await Wire.ConvergeAsync(one, other);

        // Without knowing of each other, and for so long that the blob was thrown away.
        await one.Account.CopyAsync(one.Inbox.Id, [one.View().Entries[0].Uid], one.Account.Find("Archive")!.Id);
        await ExpungeAsync(other);
        other.Clock.Advance(BlobCollector.Grace + TimeSpan.FromMinutes(1));
        Assert.Equal(1, (await b.Collector.RunAsync()).Trashed);
        Assert.Empty(_shelf.Stored);
        await Wire.ConvergeAsync(one, other);

        Assert.Single(other.View("Archive").Entries);
        Assert.Equal(1, (await b.Collector.RunAsync()).Healed);
        Assert.Single(_shelf.Stored);
        var content = other.Account.OpenContent(other.View("Archive").Entries[0].Id);
        Assert.Equal(Large, (await content.ReadAllAsync(0, content.Length)).ToArray());
        Assert.Equal(new BlobCollection(0, 0, 0, 0), await a.Collector.RunAsync());
    }

    [Fact]
    public async Task InTheTrash_ReadBeforeAnybodyHealedIt_IsTakenOut()
    {
        using var one = await MailHome.StartAsync(hasBlobs: true);
        using var other = await MailHome.StartAsync(hasBlobs: true);
        using var a = new BlobLine(one, _shelf);
        using var b = new BlobLine(other, _shelf);
        await one.AppendAsync(Large);
        await a.Transfer.DrainAsync();
        await Wire.ConvergeAsync(one, other);
        await a.Client.DeleteAsync(_shelf.Stored.Keys.Single());

        var content = other.Account.OpenContent(other.View().Entries[0].Id);
        Assert.Equal(Large, (await content.ReadAllAsync(0, content.Length)).ToArray());
        Assert.Empty(_shelf.Trash);
    }

    [Fact]
    public async Task ProviderListsNothing_NothingHereIsDeleted_AndItIsUploadedAgain()
    {
        using var home = await MailHome.StartAsync(hasBlobs: true);
        using var line = new BlobLine(home, _shelf);
        await home.AppendAsync(Large);
        await line.Transfer.DrainAsync();
        _shelf.Stored.Clear(); // set back, or a lie
        home.Clock.Advance(BlobCollector.Grace * 3);

        Assert.Equal(new BlobCollection(0, 0, 1, 0), await line.Collector.RunAsync());
        await line.Transfer.DrainAsync();

        Assert.Single(_shelf.Stored);
        Assert.Equal(Large, home.Account.Content(home.View().Entries[0].Id).ToArray());
    }

    [Fact]
    public async Task FilingThatNeverCame_BlobGoesWhenItsTimeHasCome()
    {
        using var home = await MailHome.StartAsync(hasBlobs: true);
        using var line = new BlobLine(home, _shelf);
        await home.Account.PrepareAsync(new IncomingMail(MailHome.IncomingId(1), Large, MailHome.Start, null)); // and then a crash
        await line.Transfer.DrainAsync();

        Assert.Equal(0, (await line.Collector.RunAsync()).Trashed);
        home.Clock.Advance(BlobCollector.Grace + TimeSpan.FromMinutes(1));
        Assert.Equal(1, (await line.Collector.RunAsync()).Trashed);
    }

    private static async Task ExpungeAsync(MailHome home, string mailbox = "INBOX")
    {
        var id = home.Account.Find(mailbox)!.Id;
        await home.Account.ChangeFlagsAsync(id, [.. home.View(mailbox).Entries.Select(static entry => entry.Uid)], FlagChange.Add, ["\\Deleted"]);
        await home.Account.ExpungeAsync(id);
    }
}
