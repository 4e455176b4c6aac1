using System.Net.Http.Headers;
using Bitmask.Provider.Blobs;
using Bitmask.Provider.Setup;
using Bitmask.Provider.Tests.World;
using Bitmask.Testing;

namespace Bitmask.Provider.Tests.Blobs;

public sealed class BlobUploadTests
{
    private static readonly byte[] Content = BlobRequests.Octets(700_000);

    [Fact]
    public async Task Upload_InParts_GoesOnWhereTheServerIs()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);

        Assert.Equal((404, null, null), await HeadAsync(alice, "a"));
        Assert.Equal(202, await alice.PutAsync("a", Content[..100_000], "bytes 0-99999/700000"));
        Assert.Equal((204, "100000", "?0"), await HeadAsync(alice, "a"));
        Assert.Equal(404, (await alice.BlobAsync(HttpMethod.Get, "a")).Status); // a part is no blob
        var (status, _, wrong) = await alice.BlobAsync(HttpMethod.Put, "a", Content[200_000..], "bytes 200000-699999/700000");
        Assert.Equal((409, "100000"), (status, wrong.Headers.GetValues("Upload-Offset").Single()));
        Assert.Equal(200, await alice.PutAsync("a", Content[100_000..], "bytes 100000-699999/700000"));
        Assert.Equal((200, "700000", "?1"), await HeadAsync(alice, "a"));
        Assert.Equal(Content, (await alice.BlobAsync(HttpMethod.Get, "a")).Body);
        Assert.Equal(0, Check(provider));
    }

    [Theory]
    [InlineData("bytes 5-4/10")]
    [InlineData("bytes 0-10/10")]
    [InlineData("bytes 0-2/*")]
    [InlineData("bytes 0-9/10")]
    [InlineData("octets 0-2/3")]
    public async Task Upload_RangeThatIsNotTheBodys_IsRefused(string range)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);

        Assert.Equal(400, await alice.PutAsync("a", [1, 2, 3], range));
        Assert.Equal((404, null, null), await HeadAsync(alice, "a"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(262_143)]
    [InlineData(262_144)]
    [InlineData(699_999)]
    public async Task Upload_ConnectionCut_LeavesNoBlobAndCanGoOn(int cut)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var body = new StreamContent(new CuttingStream(new MemoryStream(Content), cut));
        body.Headers.ContentLength = Content.Length;

        await Assert.ThrowsAsync<HttpRequestException>(() => alice.SoledadAsync(HttpMethod.Put, $"/blobs/{alice.Id.Value}/a", body));
        Assert.Equal(404, (await alice.BlobAsync(HttpMethod.Get, "a")).Status);

        // The server may still hold what came; a second request ends the first.
        var (_, offsetText, _) = await HeadAsync(alice, "a");
        var offset = int.Parse(offsetText ?? "0", System.Globalization.CultureInfo.InvariantCulture);
        var (status, _, answer) = await alice.BlobAsync(HttpMethod.Put, "a", Content[offset..], offset == 0 ? null : $"bytes {offset}-699999/700000");
        if (status == 409)
        {
            offset = int.Parse(answer.Headers.GetValues("Upload-Offset").Single(), System.Globalization.CultureInfo.InvariantCulture); // more had arrived meanwhile
            status = await alice.PutAsync("a", Content[offset..], offset == 0 ? null : $"bytes {offset}-699999/700000");
        }

        Assert.Equal(200, status);
        Assert.Equal(Content, (await alice.BlobAsync(HttpMethod.Get, "a")).Body);
        Assert.Equal(0, Check(provider));
    }

    [Fact]
    public async Task Upload_WithoutLength_IsTakenWhole()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var body = new StreamContent(new MemoryStream(Content));
        body.Headers.ContentLength = null;
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/blobs/{alice.Id.Value}/a") { Content = body };
        request.Headers.TransferEncodingChunked = true;
        request.Headers.TryAddWithoutValidation("Authorization", Bitmask.Protocol.Soledad.SoledadAuthorization.Format(alice.Id, alice.Token));

        using var answer = await provider.Soledad.SendAsync(request);

        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(Content, (await alice.BlobAsync(HttpMethod.Get, "a")).Body);
    }

    [Fact]
    public async Task Upload_DiskFull_Answers507AndKeepsWhatWasThere()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        await alice.PutAsync("before", Content);
        provider.Host.Blobs.Writing = static _ => throw new IOException("No space left on device", 28);

        Assert.Equal((507, "Quota Exceeded!"), await alice.TextAsync(HttpMethod.Put, "a", "text"));

        provider.Host.Blobs.Writing = null;
        Assert.Equal(Content, (await alice.BlobAsync(HttpMethod.Get, "before")).Body);
        Assert.Equal(200, await alice.PutAsync("a", Content));
    }

    /// <summary>The room is the account's, for documents, mail and blobs together, and whichever way the octets come.</summary>
    [Fact]
    public async Task Upload_QuotaExceeded_Answers507AndLeavesNothing()
    {
        await using var provider = await TestProvider.StartAsync(change: settings => settings with { MaxMessageBytes = 65_536, QuotaOctets = 1_000_000 });
        using var alice = await Person.SealedAsync(provider);
        using var bob = await Person.SealedAsync(provider, "bob");
        Assert.Equal(200, await alice.PutAsync("fits", Content));
        var used = provider.Store.UsedOctets(alice.Id);
        Assert.InRange(used, Content.Length, 1_000_000);

        Assert.Equal(507, await alice.PutAsync("whole", Content));
        Assert.Equal(507, await alice.PutAsync("part", Content[..10], "bytes 0-9/700000"));
        using var endless = new StreamContent(new MemoryStream(Content));
        endless.Headers.ContentLength = null;
        Assert.Equal(507, (int)(await alice.SoledadAsync(HttpMethod.Put, $"/blobs/{alice.Id.Value}/endless", endless)).StatusCode);

        Assert.Equal(used, provider.Store.UsedOctets(alice.Id));
        Assert.Equal((404, null, null), await HeadAsync(alice, "endless"));
        Assert.Equal(200, await bob.PutAsync("fits", Content)); // another account has its own room
        Assert.Equal(200, await alice.PutAsync("small", Content[..1000]));
    }

    [Fact]
    public async Task Trash_KeepsABlobForThirtyDays()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var keeping = new BlobKeeping(provider.Store, provider.Host.Blobs, provider.Clock);
        await alice.PutAsync("a", Content);
        await alice.PutAsync("b", Content);
        var used = provider.Store.BlobOctets(alice.Id);
        await alice.TextAsync(HttpMethod.Delete, "a");
        await alice.TextAsync(HttpMethod.Delete, "b");

        provider.Clock.Advance(TimeSpan.FromDays(29));
        await keeping.CleanAsync(default);
        Assert.Equal(used, provider.Store.BlobOctets(alice.Id));
        Assert.True(await provider.Store.UndeleteBlobAsync(new BlobKey(alice.Id, "default", "a"), default));
        Assert.NotNull(provider.Store.FindBlob(new BlobKey(alice.Id, "default", "a")));

        provider.Clock.Advance(TimeSpan.FromDays(2));
        await keeping.CleanAsync(default);
        Assert.Equal(used / 2, provider.Store.BlobOctets(alice.Id));
        Assert.False(await provider.Store.UndeleteBlobAsync(new BlobKey(alice.Id, "default", "b"), default));
        Assert.False(File.Exists(provider.Host.Blobs.FileOf(new BlobKey(alice.Id, "default", "b"))));
        Assert.True(File.Exists(provider.Host.Blobs.FileOf(new BlobKey(alice.Id, "default", "a"))));
    }

    [Fact]
    public async Task Undelete_OverTheWire_BringsTheBlobBack()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        await alice.PutAsync("a", Content);
        await alice.TextAsync(HttpMethod.Delete, "a");

        Assert.Equal((200, ""), await alice.TextAsync(HttpMethod.Post, "a?undelete=true"));
        Assert.Equal(Content, (await alice.BlobAsync(HttpMethod.Get, "a")).Body);
        Assert.Equal((200, "[]"), await alice.TextAsync(HttpMethod.Get, "?deleted=1"));
        Assert.Equal(404, (await alice.TextAsync(HttpMethod.Post, "never?undelete=true")).Status);
    }

    [Fact]
    public async Task Upload_OfANameInTheTrash_ReplacesWhatLiesThere()
    {
        await using var provider = await TestProvider.StartAsync();
        using var leo = await Person.LeapAsync(provider);
        await leo.PutAsync("a", Content);
        await leo.TextAsync(HttpMethod.Delete, "a");

        Assert.Equal(200, await leo.PutAsync("a", [1, 2]));

        Assert.Equal([1, 2], (await leo.BlobAsync(HttpMethod.Get, "a")).Body);
        Assert.Equal((200, "[]"), await leo.TextAsync(HttpMethod.Get, "?deleted=1")); // the marker stayed in the original, and its clients deleted the new blob
        Assert.Equal(2, provider.Store.BlobOctets(leo.Id));
        Assert.Equal(0, Check(provider));
    }

    [Fact]
    public async Task AbandonedUploadsAndDeletedAccounts_LeaveNoFile()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        await alice.PutAsync("whole", Content);
        await alice.PutAsync("part", Content[..10], "bytes 0-9/20");
        var keeping = new BlobKeeping(provider.Store, provider.Host.Blobs, provider.Clock);

        provider.Clock.Advance(BlobKeeping.PartialTime + TimeSpan.FromHours(1));
        await keeping.CleanAsync(default);
        Assert.Equal(0, provider.Host.Blobs.PartialOctets(new BlobKey(alice.Id, "default", "part")));
        Assert.True(File.Exists(provider.Host.Blobs.FileOf(new BlobKey(alice.Id, "default", "whole"))));

        await provider.Store.DeleteUserAsync(alice.Id, [1], TimeSpan.Zero, default);
        await provider.Store.PurgeDeletedAsync(default);
        await keeping.CleanAsync(default);
        Assert.Empty(Directory.EnumerateFileSystemEntries(provider.Host.Blobs.Root));
        Assert.Equal(0, provider.Store.BlobOctets(alice.Id));
    }

    [Fact]
    public async Task Check_DamagedAndMissingFiles_AreNamed()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        foreach (var name in (string[])["good", "flipped", "short", "missing"])
        {
            await alice.PutAsync(name, Content);
        }

        string FileOf(string name) => provider.Host.Blobs.FileOf(new BlobKey(alice.Id, "default", name));
        var octets = File.ReadAllBytes(FileOf("flipped"));
        octets[350_000] ^= 1;
        File.WriteAllBytes(FileOf("flipped"), octets);
        File.WriteAllBytes(FileOf("short"), Content[..^1]);
        File.Delete(FileOf("missing"));
        await provider.StopAsync();
        using var output = new StringWriter();

        Assert.Equal(1, CheckCommand.Run(new DataFolder(provider.DataPath), provider.Clock, output, default));

        var lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.EndsWith("flipped: the content is not what was stored", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("short: 699999 octets instead of 700000", lines[1], StringComparison.Ordinal);
        Assert.EndsWith("missing: the file is missing", lines[2], StringComparison.Ordinal);
        await provider.StartHostAsync();
    }

    private static int Check(TestProvider provider)
        => new BlobKeeping(provider.Store, provider.Host.Blobs, provider.Clock).Check(default).Count();

    private static async Task<(int Status, string? Offset, string? Complete)> HeadAsync(Person person, string name)
    {
        var (status, _, response) = await person.BlobAsync(HttpMethod.Head, name);
        return (status, Header(response.Headers, "Upload-Offset"), Header(response.Headers, "Upload-Complete"));
    }

    private static string? Header(HttpResponseHeaders headers, string name) => headers.TryGetValues(name, out var values) ? values.Single() : null;
}
