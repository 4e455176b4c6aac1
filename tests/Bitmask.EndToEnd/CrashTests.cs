using System.Diagnostics;
using System.Globalization;
using Bitmask.Sandbox;

namespace Bitmask.EndToEnd;

/// <summary>Programs are killed (SIGKILL) at seeded moments while mail flows; every accepted mail arrives, once.</summary>
public sealed class CrashTests(SmallWorld world) : IClassFixture<SmallWorld>
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
            SandboxProcess victim = (round % 4) switch { 0 or 2 => world.FirstDevice, 1 => world.Red, _ => world.Blue };
            var killing = KillAfterAsync(victim, TimeSpan.FromMilliseconds(random.Next(0, 900)));
            for (var mail = 0; mail < 3; mail++)
            {
                var letter = Post.Write(world.Alice.Address, world.Bob.Address, $"Round {round}", $"round {round} mail {mail}\r\n");
                var answer = await Post.SubmitAsync(world, world.FirstDevice, world.Alice, [world.Bob.Address], letter);
                if (answer.Code == 0)
                {
                    accepted.Add(letter.MessageId);
                }
            }

            await killing;
            Launcher.Start(victim);
            if (victim is SandboxDaemon)
            {
                await UnlockAsync(world.Alice);
                await UnlockAsync(world.Bob);
            }
        }

        Assert.True(accepted.Count >= Kills, $"Only {accepted.Count} mails were accepted; seed {Seed}.");
        foreach (var messageId in accepted)
        {
            await Post.ReadAsync(world.FirstDevice, world.Bob, messageId);
        }

        foreach (var messageId in accepted)
        {
            Assert.Single(await Post.SearchAsync(world.FirstDevice, world.Bob, $"HEADER Message-ID {messageId}"));
        }
    }

    private static async Task KillAfterAsync(SandboxProcess victim, TimeSpan delay)
    {
        await Task.Delay(delay);
        if (Launcher.IsRunning(victim))
        {
            using var kill = Process.Start("/bin/kill", ["-KILL", victim.Pid.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
            while (Launcher.IsRunning(victim))
            {
                await Task.Delay(10);
            }
        }
    }

    private async Task UnlockAsync(SandboxAccount account)
    {
        // The daemon needs a moment to open its control socket; bitmaskctl must not start a second one meanwhile.
        for (var attempt = 0; ; attempt++)
        {
            var status = await World.CtlAsync(world.FirstDevice, ["status"]);
            if (status.Code == 0 || attempt > 200)
            {
                break;
            }

            await Task.Delay(50);
        }

        (await World.CtlAsync(world.FirstDevice, ["user", "auth", account.Address, "--passphrase-stdin"], account.Password + "\n")).Succeeded();
    }
}
