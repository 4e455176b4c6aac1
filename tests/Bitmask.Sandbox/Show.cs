using System.Globalization;

namespace Bitmask.Sandbox;

/// <summary>What make run does: a sandbox for two people, one real mail, and where to look.</summary>
internal static class Show
{
    public static async Task RunAsync(string? folder, IReadOnlyList<string> people, bool once, CancellationToken stop)
    {
        var temporary = folder is null;
        folder ??= Directory.CreateTempSubdirectory("bitmask-run-").FullName;
        var plan = new SandboxPlan
        {
            Folder = folder,
            Accounts = people,
            PortBase = SandboxPlan.FindPortBase(people.Count),
            FirstDaemonPorts = (SandboxPlan.NextFree(1984), SandboxPlan.NextFree(2013), SandboxPlan.NextFree(7070)),
        };
        Console.WriteLine("Starting two providers and a daemon on loopback, making two accounts …");
        try
        {
            var file = await new SandboxUp(plan, TimeProvider.System).RunAsync();
            var daemon = file.Daemons[0];
            var (alice, bob) = (daemon.Accounts[0], daemon.Accounts[1]);
            Console.WriteLine($"Sending a mail from {alice.Address} to {bob.Address} …");
            var took = await RealMail.SendAndWaitAsync(daemon, alice, daemon, bob, TimeProvider.System);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"It arrived after {took.TotalMilliseconds:0} ms: signed and encrypted by {alice.Address}'s daemon, opened by {bob.Address}'s.\n"));
            Print(file, daemon);
            if (!once)
            {
                Console.WriteLine("Ctrl-C ends everything.");
                await Task.Delay(Timeout.InfiniteTimeSpan, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Console.WriteLine();
            }
        }
        finally
        {
            if (File.Exists(Path.Combine(folder, SandboxFile.Name)))
            {
                await SandboxDown.RunAsync(folder);
            }

            if (temporary)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static void Print(SandboxFile file, SandboxDaemon daemon)
    {
        foreach (var account in daemon.Accounts)
        {
            Console.WriteLine($"{account.Address,-18} IMAP {daemon.Imap.Host}:{daemon.Imap.Port}  SMTP {daemon.Smtp.Host}:{daemon.Smtp.Port}  token {account.Token}");
        }

        var bob = daemon.Accounts[1];
        var user = Uri.EscapeDataString(bob.Address);
        Console.WriteLine($"""

            In a mail program: user name = the full address, password = the token, no TLS on loopback.

            Read bob's newest mail:
              curl -sS 'imap://{daemon.Imap.Host}:{daemon.Imap.Port}/INBOX;MAILINDEX=1' -u '{bob.Address}:{bob.Token}'
            Open his mailbox in mutt (or neomutt):
              mutt -n -F /dev/null -e 'set ssl_starttls=no ssl_force_tls=no imap_pass={bob.Token}' -f 'imap://{user}@{daemon.Imap.Host}:{daemon.Imap.Port}/INBOX'
            Ask the daemon:
              BITMASK_HOME={daemon.Home} bin/bitmaskctl status

            Everything at rest, to look at: {Path.GetDirectoryName(daemon.Home)}
              the daemon's store   {daemon.Home}/accounts
              the providers' data  {string.Join(' ', file.Providers.Select(provider => provider.Data))}

            """);
    }
}
