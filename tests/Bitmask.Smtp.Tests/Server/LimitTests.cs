using System.Text;
using Bitmask.Smtp.Client;
using Bitmask.Smtp.Protocol;
using Bitmask.Smtp.Server;

namespace Bitmask.Smtp.Tests.Server;

/// <summary>Clients that want too much of the server's memory or patience.</summary>
public class LimitTests
{
    [Fact]
    public async Task Message_WhenOthersHoldTheMemory_IsPutOffAndTakenLater()
    {
        var budget = new MessageBudget(1024 * 1024);
        var loop = new Loop(budget: budget);
        await using var client = await loop.ConnectAsync();
        var message = Encoding.ASCII.GetBytes("Subject: x\r\n\r\n" + new string('x', 600 * 1024) + "\r\n");

        using (var other = new DataReader(int.MaxValue, budget))
        {
            other.Read(message);
            Assert.False(other.IsOutOfRoom);
            Assert.Equal((452, "4.3.1"), Code(await client.SendAsync(new SmtpEnvelope("a@x.test", ["b@x.test"]), message)));
        }

        Assert.Equal(250, Code(await client.SendAsync(new SmtpEnvelope("a@x.test", ["b@x.test"]), message)).Code);
        Assert.Equal(250, Code(await client.SendAsync(new SmtpEnvelope("a@x.test", ["b@x.test"]), message)).Code);
        Assert.Equal(2, loop.Sink.Accepted.Count);
    }

    [Fact]
    public async Task CommandLine_OctetByOctet_MustBeWholeInTime()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var loop = new Loop();
        using var reader = new StreamReader(loop.ClientStream, leaveOpen: true);
        Assert.StartsWith("220", await reader.ReadLineAsync(patience.Token), StringComparison.Ordinal);

        loop.Clock.Advance(TimeSpan.FromMinutes(3));
        await loop.ClientStream.WriteAsync("N"u8.ToArray(), patience.Token);
        await loop.ClientStream.FlushAsync(patience.Token);
        await loop.Clock.PassAsync(TimeSpan.FromMinutes(2), patience.Token);

        Assert.StartsWith("421", await reader.ReadLineAsync(patience.Token), StringComparison.Ordinal);
    }

    private static (int Code, string Enhanced) Code(IReadOnlyList<SmtpReply> replies) => (replies[0].Code, replies[0].EnhancedCode);
}
