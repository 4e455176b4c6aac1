using Bitmask.Sandbox;

namespace Bitmask.EndToEnd;

/// <summary>Programs are killed (SIGKILL) at seeded moments while mail flows; every accepted mail arrives, once.</summary>
public sealed class CrashTests(SmallWorld world) : WorldTest(world), IClassFixture<SmallWorld>
{
    private const int Kills = 20;
    private const int Seed = 20261123;

    [Fact]
    public async Task TwentyKills_EveryAcceptedMailArrivesOnce()
    {
        Tool.Need("swaks");
        Tool.Need("curl");
        var random = new Random(Seed);
        var accepted = new List<string>();
        for (var round = 0; round < Kills; round++)
        {
            SandboxProcess victim = (round % 4) switch { 0 or 2 => World.FirstDevice, 1 => World.Red, _ => World.Blue };
            var killing = Killing.KillAfterAsync(victim, TimeSpan.FromMilliseconds(random.Next(0, 900)));
            for (var mail = 0; mail < 3; mail++)
            {
                var letter = Post.Write(World.Alice.Address, World.Bob.Address, $"Round {round}", $"round {round} mail {mail}\r\n");
                var answer = await Post.SubmitAsync(World, World.FirstDevice, World.Alice, [World.Bob.Address], letter);
                if (answer.Code == 0)
                {
                    accepted.Add(letter.MessageId);
                }
            }

            await killing;
            await Killing.StartAgainAsync(World, victim);
        }

        Assert.True(accepted.Count >= Kills, $"Only {accepted.Count} mails were accepted; seed {Seed}.");
        foreach (var messageId in accepted)
        {
            await Post.ReadAsync(World.FirstDevice, World.Bob, messageId);
        }

        foreach (var messageId in accepted)
        {
            Assert.Single(await Post.SearchAsync(World.FirstDevice, World.Bob, $"HEADER Message-ID {messageId}"));
        }
    }
}
