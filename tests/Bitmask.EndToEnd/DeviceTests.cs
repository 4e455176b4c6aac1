namespace Bitmask.EndToEnd;

public sealed class DeviceTests(World world) : WorldTest(world), IClassFixture<World>
{
    [Fact]
    public async Task MailAndFlag_AppearOnTheOtherDevice()
    {
        Tool.Need("swaks");
        Tool.Need("curl");
        var letter = Post.Write(World.Alice.Address, World.Bob.Address, "For both devices", "the same on both\r\n");
        (await Post.SubmitAsync(World, World.FirstDevice, World.Alice, [World.Bob.Address], letter)).Succeeded();
        var first = await Post.ReadAsync(World.FirstDevice, World.Bob, letter.MessageId);
        var second = await Post.ReadAsync(World.SecondDevice, World.Bob, letter.MessageId);
        Assert.Equal(first, second);

        var uid = (await Post.SearchAsync(World.FirstDevice, World.Bob, $"HEADER Message-ID {letter.MessageId}"))[0];
        (await Post.CurlAsync(World.FirstDevice, World.Bob, "/INBOX", $"UID STORE {uid} +FLAGS (\\Flagged)")).Succeeded();

        await EventuallyAsync(async () => (await Post.SearchAsync(World.SecondDevice, World.Bob, $"FLAGGED HEADER Message-ID {letter.MessageId}")).Count == 1);
    }

    [Fact]
    public async Task FlagsSetOnBothAtOnce_BothSurvive()
    {
        Tool.Need("swaks");
        Tool.Need("curl");
        var letter = Post.Write(World.Alice.Address, World.Bob.Address, "Two at once", "flag me twice\r\n");
        (await Post.SubmitAsync(World, World.FirstDevice, World.Alice, [World.Bob.Address], letter)).Succeeded();
        await Post.ReadAsync(World.FirstDevice, World.Bob, letter.MessageId);
        await Post.ReadAsync(World.SecondDevice, World.Bob, letter.MessageId);
        var uids = ((await Post.SearchAsync(World.FirstDevice, World.Bob, $"HEADER Message-ID {letter.MessageId}"))[0], (await Post.SearchAsync(World.SecondDevice, World.Bob, $"HEADER Message-ID {letter.MessageId}"))[0]);

        await Task.WhenAll(
            Post.CurlAsync(World.FirstDevice, World.Bob, "/INBOX", $"UID STORE {uids.Item1} +FLAGS (\\Answered)"),
            Post.CurlAsync(World.SecondDevice, World.Bob, "/INBOX", $"UID STORE {uids.Item2} +FLAGS ($Work)"));

        foreach (var device in World.File.Daemons)
        {
            await EventuallyAsync(async () => (await Post.SearchAsync(device, World.Bob, $"ANSWERED KEYWORD $Work HEADER Message-ID {letter.MessageId}")).Count == 1);
        }
    }

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromMinutes(3), "It did not happen within three minutes.");
            await Task.Delay(200);
        }
    }
}
