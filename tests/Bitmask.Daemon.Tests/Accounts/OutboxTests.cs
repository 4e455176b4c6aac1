using System.Text;
using Bitmask.Daemon.Settings;
using Bitmask.Daemon.Tests.World;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon.Tests.Accounts;

/// <summary>A mail on its way out, from the SMTP door to Drafts, as bitmaskctl sees and changes it.</summary>
public sealed class OutboxTests(Town town) : AccountTest(town)
{
    private protected override DaemonSettings Settings => Town.Settings with { UndoSeconds = 3600, EncryptedOnly = true };

    [Fact]
    public async Task WaitingMail_IsListedScheduledAndTakenBackIntoDrafts()
    {
        using var smtp = await Lines.ConnectAsync(First.Settings.SmtpPort);
        var token = (await First.Client.MailTokenAsync(Address, null)).Token;
        await smtp.SendAsync("EHLO me");
        await smtp.ReadUntilAsync("250 ");
        await smtp.SendAsync("AUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{Address}\0{token}")));
        await smtp.ReadUntilAsync("235");
        await smtp.SendAsync($"MAIL FROM:<{Address}>\r\nRCPT TO:<bob@nowhere.test>\r\nBDAT 14");
        await smtp.ReadUntilAsync("250 2.1.5");
        await smtp.SendAsync($"Subject: Hi!\r\nBDAT {Address.Length + 13} LAST\r\nFrom: {Address}\r\n\r\nx");
        await smtp.ReadUntilAsync("250 2.0.0 14");
        await smtp.ReadUntilAsync("250 2.0.0 Accepted");

        var mail = Assert.Single(await First.Client.OutboxAsync(Address));
        Assert.Equal(("bob@nowhere.test", "waiting", null), (mail.Recipients[0].Address, mail.Recipients[0].State, mail.Recipients[0].Decision));
        Assert.True(mail.EncryptedOnly);
        Assert.NotNull(mail.NotBefore);
        Assert.Equal(["out.policy", "out.confirmed", "out.invalid"], (await First.Client.PreflightAsync(Address, ["bob@nowhere.test", Address, "x"])).Select(line => line.Code));
        Assert.Equal("no-usable-key", (await Assert.ThrowsAsync<DaemonClientException>(() => First.Client.ReleaseOutgoingAsync(Address, mail.Id, new OutboxRelease("bob@nowhere.test", false)))).Error.Code);
        var later = new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await First.Client.ScheduleOutgoingAsync(Address, mail.Id, new OutboxSchedule(later));
        await First.Client.RetryOutgoingAsync(Address, mail.Id);
        Assert.Equal(later, Assert.Single(await First.Client.OutboxAsync(Address)).NotBefore);

        Assert.Empty((await First.Client.WithdrawOutgoingAsync(Address, mail.Id, toDrafts: true)).Relayed);

        Assert.Empty(await First.Client.OutboxAsync(Address));
        Assert.Equal("unknown-mail", (await Assert.ThrowsAsync<DaemonClientException>(() => First.Client.RetryOutgoingAsync(Address, mail.Id))).Error.Code);
        Assert.Equal((1, 0), await CountsAsync(token));
    }

    private async Task<(int Drafts, int Sent)> CountsAsync(string token)
    {
        using var imap = await Lines.ConnectAsync(First.Settings.ImapPort);
        await imap.SendAsync($"a LOGIN {Address} {token}");
        await imap.ReadUntilAsync("a OK");
        await imap.SendAsync("b STATUS Drafts (MESSAGES)\r\nc STATUS Sent (MESSAGES)");
        return (Count(await imap.ReadUntilAsync("* STATUS \"Drafts\"")), Count(await imap.ReadUntilAsync("* STATUS \"Sent\"")));

        static int Count(string line) => int.Parse(line[(line.IndexOf("MESSAGES ", StringComparison.Ordinal) + 9)..^1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
