using System.Globalization;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Bitmask.Sandbox;

/// <summary>
/// How long a mail takes, from the sender's 250 until the recipient's idling mail program is told of it: encryption, relay, the other provider,
/// its feed, decryption and filing. One mail after the other, over connections that stay open.
/// </summary>
internal static class Measurement
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public static async Task RunAsync(string? folder, IReadOnlyList<string> people, int count, TimeProvider clock, CancellationToken stop)
    {
        if (folder is not null)
        {
            await MeasureAsync(SandboxFile.Read(folder), count, clock, stop);
            return;
        }

        folder = Directory.CreateTempSubdirectory("bitmask-measure-").FullName;
        try
        {
            var plan = new SandboxPlan { Folder = folder, Accounts = people, PortBase = SandboxPlan.FindPortBase(people.Count) };
            await MeasureAsync(await new SandboxUp(plan, clock).RunAsync(), count, clock, stop);
        }
        finally
        {
            if (File.Exists(Path.Combine(folder, SandboxFile.Name)))
            {
                await SandboxDown.RunAsync(folder);
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(SandboxFile file, int count, TimeProvider clock, CancellationToken stop)
    {
        var daemon = file.Daemons[0];
        var (sender, recipient) = (daemon.Accounts[0], daemon.Accounts[1]);
        using var smtp = new SmtpClient();
        await smtp.ConnectAsync(daemon.Smtp.Host, daemon.Smtp.Port, SecureSocketOptions.None, stop);
        await smtp.AuthenticateAsync(sender.Address, sender.Token, stop);
        using var imap = new ImapClient();
        await imap.ConnectAsync(daemon.Imap.Host, daemon.Imap.Port, SecureSocketOptions.None, stop);
        await imap.AuthenticateAsync(recipient.Address, recipient.Token, stop);
        await imap.Inbox!.OpenAsync(FolderAccess.ReadOnly, stop);

        // The first mail looks up the recipient's key and opens connections; it is told apart.
        var first = await OneAsync(smtp, imap, sender, recipient, clock, stop);
        var times = new List<double>();
        for (var i = 0; i < count; i++)
        {
            times.Add(await OneAsync(smtp, imap, sender, recipient, clock, stop));
        }

        times.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"250 to visible, {count} mails one after the other: p50 {At(times, 0.5):0} ms, p95 {At(times, 0.95):0} ms, least {times[0]:0} ms, most {times[^1]:0} ms; the first one {first:0} ms; load {LoadAverage()}"));
    }

    private static async Task<double> OneAsync(SmtpClient smtp, ImapClient imap, SandboxAccount sender, SandboxAccount recipient, TimeProvider clock, CancellationToken stop)
    {
        var mail = new MimeMessage { Subject = "How long?", Body = new TextPart("plain") { Text = "A mail to be measured.\r\n" } };
        mail.From.Add(MailboxAddress.Parse(sender.Address));
        mail.To.Add(MailboxAddress.Parse(recipient.Address));

        using var done = CancellationTokenSource.CreateLinkedTokenSource(stop);
        long? seen = null;
        void Arrived(object? of, EventArgs e)
        {
            seen ??= clock.GetTimestamp();
            done.Cancel();
        }

        imap.Inbox!.CountChanged += Arrived;
        using var patience = new Timer(_ => done.Cancel(), null, Patience, Timeout.InfiniteTimeSpan);
        var idle = imap.IdleAsync(done.Token, stop);
        await smtp.SendAsync(mail, stop);
        var accepted = clock.GetTimestamp();
        await idle;
        imap.Inbox.CountChanged -= Arrived;
        return seen is { } at ? clock.GetElapsedTime(accepted, at).TotalMilliseconds : throw new InvalidOperationException($"The mail did not arrive within {Patience.TotalSeconds:0} s.");
    }

    private static double At(List<double> sorted, double share) => sorted[Math.Min(sorted.Count - 1, (int)Math.Ceiling(sorted.Count * share) - 1)];

    private static string LoadAverage() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "?";
}
