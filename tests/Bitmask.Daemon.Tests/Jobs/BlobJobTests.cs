using System.Text;
using Bitmask.Daemon.Tests.World;
using Bitmask.Mail;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Tests.Jobs;

/// <summary>Mail with a large attachment between a provider and the devices of an account, with nothing between them replaced but the proxy.</summary>
[Collection(TownTests.Name)]
[Trait(TownTests.Kind, TownTests.WholeSystem)]
public sealed class BlobJobTests(Town town) : IAsyncLifetime
{
    private static readonly string Attachment = string.Concat(Enumerable.Range(0, 60_000).Select(static i => $"{i:x8}\r\n"));

    private static readonly string Rest =
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the plans.\r\n--b\r\nContent-Type: application/pdf\r\n\r\n" + Attachment + "\r\n--b--\r\n";

    private string _address = null!;

    public ValueTask InitializeAsync()
    {
        town.Proxy.Reset();
        town.Proxy.CertificateFor = town.CertificateFor;
        _address = town.NewAddress();
        return default;
    }

    public ValueTask DisposeAsync()
    {
        town.Proxy.Reset();
        return default;
    }

    [Fact]
    public async Task LargeMail_LeavesTheBoxOnlyWithItsBlob_AndIsWholeOnADeviceThatComesLater()
    {
        var first = await Device.StartAsync(town.Settings);
        await first.CreateAsync(_address);
        await town.DeliverAsync(_address, "plans", Rest);
        await first.InboxAsync(_address, 1);
        var name = Assert.Single(Names());
        Assert.Equal((0, 0, null), (await first.StatusAsync(_address)).Attachments is { } parts ? (parts.ToSend, parts.ToFetch, parts.Reason) : (-1, -1, "no status"));
        await first.DisposeAsync(); // with its disk

        await using var second = await Device.StartAsync(town.Settings with { Attachments = "on_demand" });
        await second.GoOnlineAsync(_address);
        await second.InboxAsync(_address, 1);
        Assert.DoesNotContain(town.Proxy.Requests, request => request.Method == "GET" && request.Path.EndsWith(name, StringComparison.Ordinal));
        Assert.EndsWith(Rest, await ReadAsync(second), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Setting_New_FetchesAheadWhatComesAndNothingOlder()
    {
        await using var first = await Device.StartAsync(town.Settings);
        await first.CreateAsync(_address);
        await town.DeliverAsync(_address, "old", Rest);
        await first.InboxAsync(_address, 1);
        await using var second = await Device.StartAsync(town.Settings);
        await second.GoOnlineAsync(_address);
        await second.InboxAsync(_address, 1);
        var old = Assert.Single(Names());
        await Device.UntilAsync(() => Task.FromResult(Session(second).Mail.LatestLargePart() > 0), "the head");

        var mail = Session(first).Mail;
        await mail.AppendAsync(mail.Find("INBOX")!.Id, Encoding.ASCII.GetBytes("Subject: new\r\nMIME-Version: 1.0\r\n" + Rest.Replace("See", "Look at", StringComparison.Ordinal).Replace("0000001", "1000001", StringComparison.Ordinal)), []);

        await second.InboxAsync(_address, 2);
        await Device.UntilAsync(() => Task.FromResult(Names().Count == 2), "the second blob at the provider");
        var fresh = Names().Single(name => name != old);
        await Device.UntilAsync(() => Task.FromResult(IsRequested(fresh)), "the new part fetched ahead");
        Assert.False(IsRequested(old));
    }

    [Fact]
    public async Task Quota_Exceeded_IsToldAndDocumentsGoOn()
    {
        await using var device = await Device.StartAsync(town.Settings);
        await device.CreateAsync(_address);
        town.Proxy.Answer("PUT", "/blobs/", new ProxiedAnswer(507, [], new Dictionary<string, string>()));
        await town.DeliverAsync(_address, "plans", Rest);

        await device.EventAsync(_address, SoledadCodes.QuotaExceeded);
        await town.DeliverAsync(_address, "small");

        await Device.UntilAsync(
            async () => await device.Client.MailStatusAsync(_address) is { Messages: 2, Incoming: [{ State: "filed" }] }, "the small mail removed from the box, the large one not");
        var parts = (await device.StatusAsync(_address)).Attachments!;
        Assert.Equal(("waiting", 1L), (parts.State, parts.ToSend));
        Assert.Contains("no room", parts.Reason, StringComparison.Ordinal);
        await Device.UntilAsync(async () => (await device.StatusAsync(_address)).Quota is { LimitOctets: > 0 } quota && quota.UsedOctets < quota.LimitOctets, "the room that the provider tells of");
        Assert.EndsWith(Rest, await ReadAsync(device), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blob_Withheld_IsToldAndTheRestOfTheMailIsRead()
    {
        await using (var first = await Device.StartAsync(town.Settings))
        {
            await first.CreateAsync(_address);
            await town.DeliverAsync(_address, "plans", Rest);
            await first.InboxAsync(_address, 1);
        }

        await using var second = await Device.StartAsync(town.Settings with { Attachments = "on_demand" });
        await second.GoOnlineAsync(_address);
        await second.InboxAsync(_address, 1);
        foreach (var method in new[] { "GET", "POST", "HEAD" })
        {
            town.Proxy.Answer(method, "/blobs/", new ProxiedAnswer(404, [], new Dictionary<string, string>()));
        }

        await Assert.ThrowsAsync<MessageUnavailableException>(() => ReadAsync(second));
        await second.EventAsync(_address, SoledadCodes.BlobWithheld);
        var mail = Session(second).Mail;
        var entry = Entry(second);
        var text = mail.Structure(entry).Parts[0];
        Assert.Equal("See the plans.", Encoding.UTF8.GetString((await mail.OpenContent(entry).ReadAllAsync(text.BodyOffset, text.End)).Span));

        town.Proxy.Reset();
        Assert.EndsWith(Rest, await ReadAsync(second), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blob_Changed_IsToldAndNothingOfItIsShown()
    {
        await using (var first = await Device.StartAsync(town.Settings))
        {
            await first.CreateAsync(_address);
            await town.DeliverAsync(_address, "plans", Rest);
            await first.InboxAsync(_address, 1);
        }

        await using var second = await Device.StartAsync(town.Settings with { Attachments = "on_demand" });
        await second.GoOnlineAsync(_address);
        await second.InboxAsync(_address, 1);
        town.Proxy.Rewrite("GET", "/blobs/", static (_, answer) =>
        {
            answer.Body[answer.Body.Length / 2] ^= 1;
            return answer;
        });

        await Assert.ThrowsAsync<MessageUnavailableException>(() => ReadAsync(second));
        await second.EventAsync(_address, SoledadCodes.BlobDamaged);

        town.Proxy.Reset();
        Assert.EndsWith(Rest, await ReadAsync(second), StringComparison.Ordinal);
    }

    private static Bitmask.Daemon.Accounts.AccountSession Session(Device device) => Assert.Single(device.Accounts.OpenSessions);

    private static EntryId Entry(Device device)
    {
        var mail = Session(device).Mail;
        return mail.Open(mail.Find("INBOX")!.Id).Entries.Single(entry => entry.Size > 100_000).Id;
    }

    private static async Task<string> ReadAsync(Device device)
    {
        var content = Session(device).Mail.OpenContent(Entry(device));
        await content.CheckAsync(0, content.Length);
        return Encoding.UTF8.GetString((await content.ReadAllAsync(0, content.Length)).Span);
    }

    /// <summary>The blobs that the provider has of the account.</summary>
    private List<string> Names() => [.. town.Store.ListBlobs(town.UserOf(_address).Id, Bitmask.Protocol.Soledad.BlobName.DefaultNamespace, 0, newestFirst: false, 0, deleted: false, 100).Select(static blob => blob.Name)];

    private bool IsRequested(string name)
        => town.Proxy.Requests.Any(request => request.Method == "GET" && request.Path.EndsWith(name, StringComparison.Ordinal));
}
