using System.Text;
using Bitmask.Daemon.Tests.World;

namespace Bitmask.Daemon.Tests.Accounts;

/// <summary>The client certificate for submission is renewed without the user.</summary>
public sealed class CertificateTests(Town town) : AccountTest(town)
{
    private readonly ShiftedClock _clock = new();

    private int Requested => Town.Proxy.Requests.Count(request => request.Path.EndsWith("/smtp_cert", StringComparison.Ordinal));

    /// <summary>The provider's certificates begin a month before their day and end two months after it.</summary>
    [Fact]
    public async Task HalfOfItsLifePast_IsRenewed_NotBefore()
    {
        await using var device = await Device.StartAsync(Town.Settings, clock: _clock);
        await device.GoOnlineAsync(Address);
        var before = Requested;

        _clock.Shift(TimeSpan.FromDays(12));
        await device.RestartAsync();
        await device.GoOnlineAsync(Address);
        Assert.Equal(before, Requested);

        _clock.Shift(TimeSpan.FromDays(8));
        await device.RestartAsync();
        await device.GoOnlineAsync(Address);
        Assert.Equal(before + 1, Requested);
    }

    [Fact]
    public async Task RunOut_IsRenewedBeforeMailLeaves()
    {
        await using var device = await Device.StartAsync(Town.Settings, clock: _clock);
        await device.GoOnlineAsync(Address);
        var before = Requested;
        _clock.Shift(TimeSpan.FromDays(70));

        using var smtp = await Lines.ConnectAsync(device.Settings.SmtpPort);
        var token = (await device.Client.MailTokenAsync(Address, null)).Token;
        await smtp.SendAsync("EHLO me");
        await smtp.ReadUntilAsync("250 ");
        await smtp.SendAsync("AUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{Address}\0{token}")));
        await smtp.ReadUntilAsync("235");
        await smtp.SendAsync($"MAIL FROM:<{Address}>\r\nRCPT TO:<{Address}>\r\nBDAT {Address.Length + 11} LAST\r\nFrom: {Address}\r\n\r\nx");
        await smtp.ReadUntilAsync("250 2.0.0 Accepted");

        await device.InboxAsync(Address, 1);
        Assert.True(Requested > before);
    }
}
