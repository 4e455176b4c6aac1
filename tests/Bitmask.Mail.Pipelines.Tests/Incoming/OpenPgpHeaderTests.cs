using Bitmask.Testing;

namespace Bitmask.Mail.Pipelines.Tests.Incoming;

/// <summary>The header that old clients write to say where their key lies: nothing is ever fetched from there, whatever LEAP's client did (security.md C8).</summary>
public class OpenPgpHeaderTests
{
    [Fact]
    public async Task UrlsOfTheVectors_AskNobody()
    {
        using var file = Vectors.Read("provider/keymanager.json");
        var rows = file.RootElement.GetProperty("openpgp_header").GetProperty("cases").EnumerateArray().ToList();
        await using var world = await World.StartAsync();
        var before = world.Directory.Questions;
        foreach (var row in rows)
        {
            var (from, url) = (row.GetProperty("from_").GetString(), row.GetProperty("url").GetString());
            await world.ReceiveAsync(World.Octets($"From: {from}\r\nTo: bob@blue.test\r\nSubject: x\r\nOpenPGP: id=585390A329322AAD011F86F792D79A1AF7D0AD89;\r\n url=\"{url}\"; preference=\"signencrypt\"\r\n\r\nhello {url}\r\n"));
        }

        Assert.Equal(before, world.Directory.Questions);
        Assert.DoesNotContain(world.Bob.Keys.List(), key => key.Address?.Domain == "example.org");
        Vectors.Report("provider/keymanager.json", rows.Count);
    }
}
