using System.Buffers;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Blobs;
using Bitmask.Provider.Tests.World;

namespace Bitmask.Provider.Tests.Blobs;

/// <summary>LEAP's blob resources, with their faults mended.</summary>
public sealed class BlobSurfaceTests
{
    [Fact]
    public async Task Blob_PutGetDelete_AnswersAsLeapDoes()
    {
        await using var provider = await TestProvider.StartAsync();
        using var leo = await Person.LeapAsync(provider);
        var content = BlobRequests.Octets(100_000);

        Assert.Equal((404, "Blob doesn't exist: a1"), await leo.TextAsync(HttpMethod.Get, "a1"));
        Assert.Equal(200, await leo.PutAsync("a1", content));
        Assert.Equal((409, "Blob already exists: a1"), await leo.TextAsync(HttpMethod.Put, "a1", "other"));
        var (status, body, response) = await leo.BlobAsync(HttpMethod.Get, "a1");
        Assert.Equal((200, 100_000L), (status, response.Content.Headers.ContentLength!.Value));
        Assert.Equal(content, body);
        Assert.Equal(Convert.ToBase64String(content[^16..]).Replace('+', '-').Replace('/', '_'), response.Headers.GetValues("Tag").Single());
        Assert.Equal((200, ""), await leo.TextAsync(HttpMethod.Delete, "a1"));
        Assert.Equal((404, "Blob doesn't exist: a1"), await leo.TextAsync(HttpMethod.Get, "a1"));
        Assert.Equal((404, "Blob doesn't exist: a1"), await leo.TextAsync(HttpMethod.Delete, "a1"));
        Assert.Equal((200, "[\"a1\"]"), await leo.TextAsync(HttpMethod.Get, "?deleted=True"));
        Assert.Equal((200, "[]"), await leo.TextAsync(HttpMethod.Get, ""));
    }

    [Fact]
    public async Task Flags_SetAndFiltered_AnswerAsLeapDoes()
    {
        await using var provider = await TestProvider.StartAsync();
        using var leo = await Person.LeapAsync(provider);
        await leo.PutAsync("a?namespace=MX", [1]);
        await leo.PutAsync("b?namespace=MX", [2]);

        Assert.Equal((200, "[]"), await leo.TextAsync(HttpMethod.Get, "a?namespace=MX&only_flags=True"));
        Assert.Equal((200, ""), await leo.TextAsync(HttpMethod.Post, "a?namespace=MX", "[\"PENDING\", \"FAILED\"]"));
        Assert.Equal((200, "[\"PENDING\",\"FAILED\"]"), await leo.TextAsync(HttpMethod.Get, "a?namespace=MX&only_flags=False"));
        Assert.Equal((200, ""), await leo.TextAsync(HttpMethod.Post, "a?namespace=MX", "[\"PENDING\"]"));
        Assert.Equal((200, "[\"a\"]"), await leo.TextAsync(HttpMethod.Get, "?namespace=MX&filter_flag=PENDING&order_by=%2Bdate"));
        Assert.Equal((406, "Invalid flag: DONE"), await leo.TextAsync(HttpMethod.Post, "a?namespace=MX", "[\"DONE\"]"));
        Assert.Equal((406, "Invalid flag: DONE"), await leo.TextAsync(HttpMethod.Get, "?namespace=MX&filter_flag=DONE"));
        Assert.Equal((404, "Blob doesn't exist: c"), await leo.TextAsync(HttpMethod.Post, "c?namespace=MX", "[\"PENDING\"]"));
        Assert.Equal(400, (await leo.TextAsync(HttpMethod.Post, "a?namespace=MX", "{")).Status);
    }

    [Theory]
    [InlineData("", "[\"a\",\"b\",\"c\"]")]
    [InlineData("order_by=date", "[\"a\",\"b\",\"c\"]")]
    [InlineData("order_by=%2Bdate", "[\"a\",\"b\",\"c\"]")]
    [InlineData("order_by=+date", "[\"a\",\"b\",\"c\"]")]
    [InlineData("order_by=-date", "[\"c\",\"b\",\"a\"]")]
    [InlineData("only_count=1", "{\"count\":3}")]
    [InlineData("only_count=1&deleted=1", "{\"count\":1}")]
    [InlineData("namespace=other", "[]")]
    public async Task List_InEachOrder_NamesTheBlobs(string query, string answer)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        foreach (var name in (string[])["a", "b", "gone", "c"])
        {
            await alice.PutAsync(name, [1, 2, 3]);
        }

        await alice.TextAsync(HttpMethod.Delete, "gone");

        Assert.Equal((200, answer), await alice.TextAsync(HttpMethod.Get, "?" + query));
    }

    [Fact]
    public async Task List_MoreThanAPage_IsComplete()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var names = Enumerable.Range(0, 2345).Select(i => "n" + i).ToList();
        await provider.Store.AddBlobsAsync([.. names.Select(name => (new BlobKey(alice.Id, "default", name), 1L, new byte[32]))], default);

        Assert.Equal($"[{string.Join(',', names.Select(name => $"\"{name}\""))}]", (await alice.TextAsync(HttpMethod.Get, "")).Text);
        names.Reverse();
        Assert.Equal($"[{string.Join(',', names.Select(name => $"\"{name}\""))}]", (await alice.TextAsync(HttpMethod.Get, "?order_by=-date")).Text);
    }

    [Theory]
    [InlineData("bytes=0-0", 206, 0, 1)]
    [InlineData("bytes=10-19", 206, 10, 10)]
    [InlineData("bytes=990-", 206, 990, 10)]
    [InlineData("bytes=-5", 206, 995, 5)]
    [InlineData("bytes=-5000", 206, 0, 1000)]
    [InlineData("bytes=999-5000", 206, 999, 1)]
    [InlineData("bytes=1000-", 416, 0, 0)]
    [InlineData("bytes=5-4", 416, 0, 0)]
    [InlineData("bytes=-0", 416, 0, 0)]
    [InlineData("bytes=a-b", 416, 0, 0)]
    [InlineData("bytes=0-1,3-4", 416, 0, 0)]
    [InlineData("lines=0-1", 200, 0, 1000)]
    public async Task Range_OfABlob_IsAnsweredByRfc9110(string range, int status, int from, int count)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var content = BlobRequests.Octets(1000);
        await alice.PutAsync("a", content);

        var answer = await alice.BlobAsync(HttpMethod.Get, "a", range: range);

        Assert.Equal(status, answer.Status);
        if (status != 416)
        {
            Assert.Equal(content[from..(from + count)], answer.Body);
        }

        Assert.Equal(
            status switch { 206 => $"bytes {from}-{from + count - 1}/1000", 416 => "bytes */1000", _ => null },
            answer.Response.Content.Headers.ContentRange?.ToString());
    }

    [Theory]
    [InlineData("..%2f..%2fetc")]
    [InlineData("a.b")]
    [InlineData("a%20b")]
    [InlineData("a%0a")]
    [InlineData("a%00")]
    [InlineData("ok?namespace=..")]
    [InlineData("ok?namespace=a%2Fb")]
    public async Task Name_ThatCouldBeAPath_IsRefusedAndWritesNothing(string path)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);

        Assert.Contains(await alice.PutAsync(path, [1]), (int[])[400, 401, 404]);

        Assert.Empty(Directory.EnumerateFileSystemEntries(provider.Host.Blobs.Root));
    }

    [Fact]
    public async Task ForeignAccount_AndNoToken_AreTold_NothingOfABlob()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var mallory = await Person.SealedAsync(provider, "mallory");
        await alice.PutAsync("a", [1, 2, 3]);

        async Task<(int, string)> AskAsync(HttpMethod method, string path, HttpContent? content = null)
        {
            using var response = await mallory.SoledadAsync(method, path, content);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        }

        var nobody = Guid.NewGuid().ToString("n");
        foreach (var path in (string[])["a", "", "b", "batch"])
        {
            foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Put, HttpMethod.Post, HttpMethod.Delete])
            {
                Assert.Equal(await AskAsync(method, $"/blobs/{nobody}/{path}"), await AskAsync(method, $"/blobs/{alice.Id.Value}/{path}"));
            }
        }

        Assert.Equal(await AskAsync(HttpMethod.Post, $"/stream/{nobody}?direction=download"), await AskAsync(HttpMethod.Post, $"/stream/{alice.Id.Value}?direction=download"));
        using var anonymous = await provider.Soledad.GetAsync($"/blobs/{alice.Id.Value}/a");
        Assert.Equal(404, (int)anonymous.StatusCode);
        Assert.Equal([1, 2, 3], (await alice.BlobAsync(HttpMethod.Get, "a")).Body);
    }

    [Fact]
    public async Task Namespaces_HoldTheSameNameApart()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);

        Assert.Equal(200, await alice.PutAsync("a", [1]));
        Assert.Equal(200, await alice.PutAsync("a?namespace=MX", [2]));
        await alice.TextAsync(HttpMethod.Delete, "a");

        Assert.Equal([2], (await alice.BlobAsync(HttpMethod.Get, "a?namespace=MX")).Body);
        Assert.Equal(404, (await alice.BlobAsync(HttpMethod.Get, "a")).Status);
    }

    [Fact]
    public async Task Batch_UpAndDown_AnswersForEachBlobAlone()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        await alice.PutAsync("there", [9]);
        await alice.PutAsync("large", new byte[BlobWire.MaxBatchBlobOctets + 1]);
        var body = new ArrayBufferWriter<byte>();
        foreach (var (name, octets) in (ReadOnlySpan<(string, byte[])>)[("one", [1, 2]), ("there", [3]), ("none", []), ("one", [5])])
        {
            new BlobFrame(name, 0, octets.Length).Write(body);
            body.Write<byte>(octets);
        }

        body.Write<byte>(BlobFrame.End);
        var up = await alice.BlobAsync(HttpMethod.Post, "batch", body.WrittenSpan.ToArray(), type: BlobWire.BatchType);
        Assert.Equal([("one", 200, ""), ("there", 409, ""), ("none", 200, ""), ("one", 503, "")], Frames(up.Body));

        var down = await alice.BlobAsync(HttpMethod.Post, "batch", "[\"one\",\"missing\",\"large\",\"none\",\"there\"]"u8.ToArray(), type: "application/json");
        Assert.Equal([("one", 200, "0102"), ("missing", 404, ""), ("large", 413, ""), ("none", 200, ""), ("there", 200, "09")], Frames(down.Body));
    }

    [Fact]
    public async Task Batch_WithoutItsEnd_IsRefused()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var body = new ArrayBufferWriter<byte>();
        new BlobFrame("a", 0, 3).Write(body);
        body.Write<byte>([1, 2, 3]);

        Assert.Equal(400, (await alice.BlobAsync(HttpMethod.Post, "batch", body.WrittenSpan.ToArray(), type: BlobWire.BatchType)).Status);
        Assert.Equal((200, "[]"), await alice.TextAsync(HttpMethod.Get, ""));
    }

    private static List<(string, int, string)> Frames(byte[] body)
    {
        var input = new ReadOnlySequence<byte>(body);
        var frames = new List<(string, int, string)>();
        while (BlobFrame.TryRead(ref input, out var frame) && frame is { } known)
        {
            frames.Add((known.Name, known.Status, Convert.ToHexStringLower(input.Slice(0, known.Octets).ToArray())));
            input = input.Slice(known.Octets);
        }

        Assert.True(input.IsEmpty);
        return frames;
    }
}
