namespace Bitmask.EndToEnd;

public sealed class DeviceTests(World world) : IClassFixture<World>
{
    [Fact]
    public async Task MailAndFlag_AppearOnTheOtherDevice()
    {
        Tool.Need("swaks");
        Tool.Need("curl");
        var letter = Post.Write(world.Alice.Address, world.Bob.Address, "For both devices", "the same on both\r\n");
        (await Post.SubmitAsync(world, world.FirstDevice, world.Alice, [world.Bob.Address], letter)).Succeeded();
        var first = await Post.ReadAsync(world.FirstDevice, world.Bob, letter.MessageId);
        var second = await Post.ReadAsync(world.SecondDevice, world.Bob, letter.MessageId);
        Assert.Equal(first, second);

        var uid = (await Post.SearchAsync(world.FirstDevice, world.Bob, $"HEADER Message-ID {letter.MessageId}"))[0];
        (await Post.CurlAsync(world.FirstDevice, world.Bob, "/INBOX", $"UID STORE {uid} +FLAGS (\\Flagged)")).Succeeded();

        await EventuallyAsync(async () => (await Post.SearchAsync(world.SecondDevice, world.Bob, $"FLAGGED HEADER Message-ID {letter.MessageId}")).Count == 1);
    }

    [Fact]
    public async Task FlagsSetOnBothAtOnce_BothSurvive()
    {
        Tool.Need("swaks");
        Tool.Need("curl");
        var letter = Post.Write(world.Alice.Address, world.Bob.Address, "Two at once", "flag me twice\r\n");
        (await Post.SubmitAsync(world, world.FirstDevice, world.Alice, [world.Bob.Address], letter)).Succeeded();
        await Post.ReadAsync(world.FirstDevice, world.Bob, letter.MessageId);
        await Post.ReadAsync(world.SecondDevice, world.Bob, letter.MessageId);
        var uids = ((await Post.SearchAsync(world.FirstDevice, world.Bob, $"HEADER Message-ID {letter.MessageId}"))[0], (await Post.SearchAsync(world.SecondDevice, world.Bob, $"HEADER Message-ID {letter.MessageId}"))[0]);

        await Task.WhenAll(
            Post.CurlAsync(world.FirstDevice, world.Bob, "/INBOX", $"UID STORE {uids.Item1} +FLAGS (\\Answered)"),
            Post.CurlAsync(world.SecondDevice, world.Bob, "/INBOX", $"UID STORE {uids.Item2} +FLAGS ($Work)"));

        foreach (var device in world.File.Daemons)
        {
            await EventuallyAsync(async () => (await Post.SearchAsync(device, world.Bob, $"ANSWERED KEYWORD $Work HEADER Message-ID {letter.MessageId}")).Count == 1);
        }
    }

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "It did not happen within a minute.");
            await Task.Delay(200);
        }
    }
}
