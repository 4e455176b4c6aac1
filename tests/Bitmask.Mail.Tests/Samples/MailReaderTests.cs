using MailReader;

namespace Bitmask.Mail.Tests;

/// <summary>The sample does what its README says.</summary>
public sealed class MailReaderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Reader_ReadsSearchesAndTags()
    {
        await RunAsync("init");
        var list = await RunAsync("list");
        Assert.Equal(["Jürgen: Grüße", "Bob: Re: Grüße", "li@blue.test: 会议"], list.Select(line => line[35..]));
        Assert.All(list, line => Assert.Equal('*', line[33]));
        var ids = list.Select(line => line[..32]).ToList();

        Assert.Contains("INBOX: 3 messages, 3 unread", await RunAsync("boxes"));
        Assert.Contains("Trash (\\Trash): 0 messages, 0 unread", await RunAsync("boxes"));
        Assert.Equal(["From:    Bob <bob@blue.test>", "Subject: Re: Grüße", "Part:    text/html, 39 octets", "Part:    application/pdf, 4 octets, map.pdf", "", "See you there & then."], await RunAsync("show", ids[1]));
        Assert.Equal([ids[0], ids[1]], (await RunAsync("thread", ids[0])).Select(line => line[..32]));
        Assert.StartsWith(ids[2], Assert.Single(await RunAsync("search", "三点")), StringComparison.Ordinal);
        Assert.StartsWith(ids[1], Assert.Single(await RunAsync("search", "MAP.pdf")), StringComparison.Ordinal);
        Assert.StartsWith(ids[0], Assert.Single(await RunAsync("search", "bis MORGEN")), StringComparison.Ordinal);

        var before = (await RunAsync("since", "0"))[^1].Split(' ')[0];
        await RunAsync("tag", ids[2], "Arbeit");
        Assert.StartsWith(ids[2], Assert.Single(await RunAsync("tagged", "arbeit")), StringComparison.Ordinal);
        Assert.EndsWith($" MessageChanged {ids[2]}", Assert.Single(await RunAsync("since", before)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(2, "fly")]
    [InlineData(1, "show", "0")]
    [InlineData(1, "show", "00000000000000000000000000000000")]
    [InlineData(1, "list", "Nowhere")]
    public async Task Reader_WithoutSense_SaysSo(int code, params string[] args)
    {
        await RunAsync("init");
        using var output = new StringWriter();
        Assert.Equal(code, await ReaderApp.RunAsync([.. args.Length > 0 ? [_folder.FullName] : Array.Empty<string>(), .. args], output));
        Assert.NotEmpty(output.ToString());
    }

    private async Task<string[]> RunAsync(params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        Assert.Equal(0, await ReaderApp.RunAsync([_folder.FullName, .. args], output));
        return output.ToString().Split('\n')[..^1];
    }
}
