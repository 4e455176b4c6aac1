using System.Diagnostics;
using Bitmask.Provider.Blobs;
using Bitmask.Provider.Setup;
using Bitmask.Provider.Tests.World;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Tests.Blobs;

/// <summary>A crash or a failure at each step of an upload: the blob is there whole or not at all, and the next attempt succeeds.</summary>
public sealed class BlobCrashTests
{
    private static readonly byte[] Content = BlobRequests.Octets(700_000);

    /// <summary>The files as a kill -9 at that moment would leave them are put in the place of the provider's own.</summary>
    [Theory]
    [InlineData(nameof(BlobStep.Written), false, 0)]
    [InlineData(nameof(BlobStep.Synced), false, 0)]
    [InlineData(nameof(BlobStep.Published), false, 1)]
    [InlineData(nameof(BlobStep.Entered), true, 0)]
    public async Task Killed_AtAStep_TheBlobIsWholeOrNotThere(string at, bool isThere, int leftovers)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        Assert.Equal(200, await alice.PutAsync("before", Content));
        var copy = Path.Combine(provider.FolderPath, "copy");
        provider.Host.Blobs.Reached = step =>
        {
            if (step == Enum.Parse<BlobStep>(at))
            {
                Copy(provider.DataPath, copy);
            }
        };
        Assert.Equal(200, await alice.PutAsync("a", Content));
        await provider.StopAsync();
        Directory.Delete(provider.DataPath, recursive: true);
        Directory.Move(copy, provider.DataPath);

        using (var output = new StringWriter())
        {
            Assert.Equal(0, CheckCommand.Run(new DataFolder(provider.DataPath), provider.Clock, output, default));
            Assert.Equal(leftovers, output.ToString().Split("leftover ").Length - 1);
        }

        await provider.StartHostAsync();
        Assert.Equal(isThere ? 200 : 404, (await alice.BlobAsync(HttpMethod.Get, "a")).Status);
        Assert.Equal(isThere ? 409 : 200, await alice.PutAsync("a", Content));
        Assert.Equal(Content, (await alice.BlobAsync(HttpMethod.Get, "a")).Body);
        Assert.Equal(Content, (await alice.BlobAsync(HttpMethod.Get, "before")).Body);
        var keeping = new BlobKeeping(provider.Store, provider.Host.Blobs, provider.Clock);
        Assert.Empty(keeping.Check(default));
        Assert.Empty(keeping.Leftovers(default));
        Assert.Equal(2 * Content.Length, provider.Store.BlobOctets(alice.Id));
    }

    [Theory]
    [InlineData(nameof(BlobStep.Written))]
    [InlineData(nameof(BlobStep.Synced))]
    [InlineData(nameof(BlobStep.Published))]
    public async Task DiskFull_AtAStep_IsToldAndLeavesNoBlob(string at)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        provider.Host.Blobs.Reached = step =>
        {
            if (step == Enum.Parse<BlobStep>(at))
            {
                throw new IOException("No space left on device", 28);
            }
        };

        Assert.Equal((507, "Quota Exceeded!"), await alice.TextAsync(HttpMethod.Put, "a", "text"));
        Assert.Equal(404, (await alice.BlobAsync(HttpMethod.Get, "a")).Status);
        Assert.Equal(0, provider.Store.UsedOctets(alice.Id));
        provider.Host.Blobs.Reached = null;
        Assert.Equal(200, await alice.PutAsync("a", Content));
        Assert.Equal(Content, (await alice.BlobAsync(HttpMethod.Get, "a")).Body);
        Assert.Empty(new BlobKeeping(provider.Store, provider.Host.Blobs, provider.Clock).Check(default));
    }

    [Fact]
    public async Task Row_ThatCanNotBeWritten_IsToldAndLeavesNoBlob()
    {
        var fails = false;
        void Commit(long commit)
        {
            if (fails)
            {
                throw new IOException("The test pulled the plug at commit " + commit);
            }
        }

        await using var provider = await TestProvider.StartAsync(database: new DatabaseOptions { OnCommitting = Commit });
        using var alice = await Person.SealedAsync(provider);
        fails = true;
        Assert.InRange(await alice.PutAsync("a", Content), 500, 503);
        Assert.Equal(404, (await alice.BlobAsync(HttpMethod.Get, "a")).Status);
        fails = false;

        Assert.Equal(200, await alice.PutAsync("a", Content));
        Assert.Equal(Content, (await alice.BlobAsync(HttpMethod.Get, "a")).Body);
        var keeping = new BlobKeeping(provider.Store, provider.Host.Blobs, provider.Clock);
        Assert.Empty(keeping.Check(default));
        Assert.Empty(keeping.Leftovers(default));
    }

    [Fact]
    public async Task Leftovers_AreNamed_AndRemovedOnlyWhenAskedFor()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        await alice.PutAsync("a", Content);
        await alice.PutAsync("forgotten", Content);
        await alice.PutAsync("trash", Content);
        await alice.TextAsync(HttpMethod.Delete, "trash");
        await alice.PutAsync("part", Content[..10], "bytes 0-9/20");
        await provider.Store.ForgetBlobAsync(new BlobKey(alice.Id, "default", "forgotten"), default);
        var strange = Path.Combine(provider.Host.Blobs.Root, alice.Id.Value, "default", "stray.txt");
        File.WriteAllText(strange, "x");
        await provider.StopAsync();

        string Check(bool remove)
        {
            using var output = new StringWriter();
            Assert.Equal(0, CheckCommand.Run(new DataFolder(provider.DataPath), provider.Clock, output, default, remove));
            return output.ToString();
        }

        var told = Check(remove: false);
        Assert.Equal(told, Check(remove: false));
        Assert.Equal(2, told.Split("leftover ").Length - 1);
        Assert.Contains("forgotten: 700000 octets", told, StringComparison.Ordinal);
        Assert.Contains("stray.txt: 1 octets", told, StringComparison.Ordinal);
        Assert.Contains("2 files with 700001 octets", told, StringComparison.Ordinal);
        Check(remove: true);
        Assert.Equal("All is as it was stored." + Environment.NewLine, Check(remove: false));
        Assert.False(File.Exists(strange));
        await provider.StartHostAsync();
        Assert.Equal(Content, (await alice.BlobAsync(HttpMethod.Get, "a")).Body);
        Assert.Equal((200, ""), await alice.TextAsync(HttpMethod.Post, "trash?undelete=true"));
        Assert.Equal(Content, (await alice.BlobAsync(HttpMethod.Get, "trash")).Body);
    }

    [Fact]
    public async Task ManyUploadsOfOneName_AtOnce_StoreOneOfThemWhole()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var contents = Enumerable.Range(1, 12).Select(seed => BlobRequests.Octets(300_000 + seed, seed)).ToList();
        async Task<int> PutAsync(byte[] content)
        {
            try
            {
                return await alice.PutAsync("a", content);
            }
            catch (HttpRequestException)
            {
                return 0; // ended by a later one
            }
        }

        var statuses = await Task.WhenAll(contents.Select(PutAsync));

        var stored = (await alice.BlobAsync(HttpMethod.Get, "a")).Body;
        Assert.Equal(1, statuses.Count(static status => status == 200));
        Assert.Equal(contents[Array.IndexOf(statuses, 200)], stored);
        Assert.Equal(stored.Length, provider.Store.BlobOctets(alice.Id));
        var keeping = new BlobKeeping(provider.Store, provider.Host.Blobs, provider.Clock);
        Assert.Empty(keeping.Check(default));
        Assert.Empty(keeping.Leftovers(default));
    }

    /// <summary>By another process: to open and close the database here would end the locks that SQLite holds on it.</summary>
    private static void Copy(string from, string to)
    {
        using var copying = Process.Start("cp", ["-a", from, to]);
        copying.WaitForExit();
        Assert.Equal(0, copying.ExitCode);
    }
}
