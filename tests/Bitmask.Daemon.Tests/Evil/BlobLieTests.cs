using System.Text;
using Bitmask.Daemon.Tests.World;
using Bitmask.Mail;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Protocol.Soledad.Leap;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Tests.Evil;

/// <summary>What a provider can say of blobs that is not so. None of it removes anything here, and none of it is shown for a part of a mail.</summary>
[Collection(TownTests.Name)]
[Trait(TownTests.Kind, TownTests.WholeSystem)]
public sealed class BlobLieTests(Town town) : IAsyncLifetime
{
    private static readonly string Attachment = string.Concat(Enumerable.Range(0, 20_000).Select(static i => $"{i:x8}\r\n"));
    private static readonly Dictionary<string, string> NoHeaders = [];

    private readonly ShiftedClock _clock = new();
    private Device _device = null!;
    private string _address = null!;
    private UserId _user;

    public async ValueTask InitializeAsync()
    {
        town.Proxy.Reset();
        town.Proxy.CertificateFor = town.CertificateFor;
        _address = town.NewAddress();
        _device = await Device.StartAsync(town.Settings, clock: _clock);
        await _device.CreateAsync(_address);
        _user = town.UserOf(_address).Id;
        await town.DeliverAsync(_address, "plans", Rest("0"));
        await _device.InboxAsync(_address, 1);
    }

    public async ValueTask DisposeAsync()
    {
        town.Proxy.Reset();
        await _device.DisposeAsync();
    }

    /// <summary>LEAP's client deleted what the provider's list of deleted blobs named (security.md A7).</summary>
    [Fact]
    public async Task DeletedList_NamesWhatIsReferredTo_RemovesNothing()
    {
        var before = await Vault.TruthAsync(_device, _address, hasLargeParts: true);
        var secrets = await SecretsAsync();
        town.Proxy.Forget();
        var names = $"""["{string.Join("\",\"", Names(deleted: false))}"]""";
        town.Proxy.Rewrite("GET", $"/blobs/{_user.Value}/", (request, answer) => answer.With(request.Query.Contains("deleted", StringComparison.Ordinal) ? names : "[]"));
        town.Proxy.Answer("HEAD", $"/blobs/{_user.Value}/", new ProxiedAnswer(404, [], NoHeaders));
        town.Proxy.Rewrite("POST", $"/blobs/{_user.Value}/", (request, answer) => request.Query.Contains("undelete", StringComparison.Ordinal) ? new ProxiedAnswer(404, [], NoHeaders) : answer);
        _clock.Shift(TimeSpan.FromDays(2)); // it is time to compare
        await _device.AuthAsync(_address);
        await _device.EventAsync(_address, SoledadCodes.BlobWithheld);

        Assert.EndsWith(Rest("0"), await ReadAsync(_device, "plans"), StringComparison.Ordinal);
        Assert.DoesNotContain(town.Proxy.Requests, static request => request.Method == "DELETE");
        Assert.Equal(before, await Vault.TruthAsync(_device, _address, hasLargeParts: true), TruthComparer.AnotherDay);
        Leaks.AssertNoSecrets(town.Proxy.Requests, secrets);

        town.Proxy.Reset();
        await _device.GoOnlineAsync(_address);
        await Device.UntilAsync(async () => (await _device.StatusAsync(_address)).Attachments is { ToSend: 0 }, "all attachments at the provider");
        Assert.Empty(Names(deleted: true));
    }

    /// <summary>Another blob of the account, and an item of the incoming box, which is another namespace of the same store.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Blob_OfAnotherNameOrNamespace_IsBlobDamagedAndNothingOfItIsShown(bool fromIncoming)
    {
        await town.DeliverAsync(_address, "other plans", Rest("1"));
        await _device.InboxAsync(_address, 2);
        var secrets = await SecretsAsync();
        await using var second = await Device.StartAsync(town.Settings with { Attachments = "on_demand" });
        await second.GoOnlineAsync(_address);
        await second.InboxAsync(_address, 2);
        var stored = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        town.Proxy.Rewrite("GET", $"/blobs/{_user.Value}/", (request, answer) =>
        {
            stored[request.Path + RangeOf(request)] = answer.Body;
            return answer;
        });
        Assert.EndsWith(Rest("1"), await ReadAsync(second, "other plans"), StringComparison.Ordinal);
        var item = IncomingBlob.Build("item", TimeProvider.System.GetUtcNow(), Encoding.ASCII.GetBytes(Attachment));
        town.Proxy.Reset();
        town.Proxy.Rewrite("GET", $"/blobs/{_user.Value}/", (request, answer) =>
        {
            var other = stored.Where(seen => seen.Key.EndsWith(RangeOf(request), StringComparison.Ordinal)).Select(static seen => seen.Value).FirstOrDefault();
            return answer with { Body = fromIncoming || other?.Length != answer.Body.Length ? [.. item.Concat(item).Take(answer.Body.Length)] : other };
        });

        await Assert.ThrowsAsync<MessageUnavailableException>(() => ReadAsync(second, "plans"));
        await second.EventAsync(_address, SoledadCodes.BlobDamaged);

        Leaks.AssertNoSecrets(town.Proxy.Requests, secrets);
        town.Proxy.Reset();
        Assert.EndsWith(Rest("0"), await ReadAsync(second, "plans"), StringComparison.Ordinal);
    }

    private static string Rest(string digit)
        => "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the plans.\r\n--b\r\nContent-Type: application/pdf\r\n\r\n"
            + digit + Attachment + "\r\n--b--\r\n";

    private static string RangeOf(ProxiedRequest request) => request.Headers.Split('\n').Single(static header => header.StartsWith("Range:", StringComparison.Ordinal));

    private static async Task<string> ReadAsync(Device device, string subject)
    {
        var mail = Assert.Single(device.Accounts.OpenSessions).Mail;
        var content = mail.OpenContent(mail.Open(mail.Find("INBOX")!.Id).Entries.Single(entry => mail.Envelope(entry.Id).Subject == subject).Id);
        await content.CheckAsync(0, content.Length);
        return Encoding.UTF8.GetString((await content.ReadAllAsync(0, content.Length)).Span);
    }

    private async Task<IReadOnlyList<(string Name, byte[] Octets)>> SecretsAsync()
    {
        await _device.LogoutAsync(_address);
        using var vault = Vault.Open(_device, _address);
        return vault.Secrets();
    }

    private List<string> Names(bool deleted) => [.. town.Store.ListBlobs(_user, BlobName.DefaultNamespace, 0, newestFirst: false, 0, deleted, 100).Select(static blob => blob.Name)];
}
