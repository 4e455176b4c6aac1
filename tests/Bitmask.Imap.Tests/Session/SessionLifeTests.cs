using System.Buffers;
using System.Text;

namespace Bitmask.Imap.Tests.Session;

/// <summary>How sessions end, and how they bear slow or hostile clients.</summary>
public class SessionLifeTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lock_OfTheAccount_SaysBye(bool idling)
    {
        using var alice = await Alice.WithMailAsync(1);
        var client = await ImapClient.LoggedInAsync(alice);
        if (idling)
        {
            await client.WriteAsync("i IDLE\r\n");
            await client.ReadAsync();
        }

        alice.Lock();

        Assert.Equal("* BYE [UNAVAILABLE] Account locked", await client.ReadAsync());
        Assert.Null(await client.ReadAsync());
        await client.Session;
    }

    [Fact]
    public async Task Stop_OfTheHost_SaysBye()
    {
        using var alice = await Alice.WithMailAsync(0);
        using var stopping = new CancellationTokenSource();
        var (pipe, session) = alice.Connect(stopping: stopping.Token);
        var client = new ImapClient(pipe, session);
        await client.ReadAsync();

        await stopping.CancelAsync();

        Assert.Equal("* BYE [UNAVAILABLE] Shutting down", await client.ReadAsync());
        await session;
    }

    [Fact]
    public async Task Silence_BeforeLogin_EndsAfterAMinute()
    {
        using var alice = await Alice.WithMailAsync(0);
        var (pipe, session) = alice.Connect();
        var client = new ImapClient(pipe, session);
        await client.ReadAsync();

        await alice.Clock.PassAsync(TimeSpan.FromSeconds(60));

        Assert.Equal("* BYE Too long without login", await client.ReadAsync());
        await session;
    }

    [Fact]
    public async Task Silence_AfterLogin_IsBorneForHalfAnHour()
    {
        using var alice = await Alice.WithMailAsync(1);
        var client = await ImapClient.LoggedInAsync(alice);

        alice.Clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(["OK NOOP completed"], await client.SendAsync("NOOP"));
        await alice.Clock.PassAsync(new ImapOptions().IdleTimeout);

        Assert.Equal("* BYE Idle for too long", await client.ReadAsync());
        await client.Session;
    }

    [Fact]
    public async Task Message_LargerThanAnyBuffer_ComesBackOctetForOctet()
    {
        using var alice = await Alice.WithMailAsync(0);
        var client = await ImapClient.LoggedInAsync(alice, null);
        var random = new Random(1);
        var message = new byte[3 * 1024 * 1024];
        random.NextBytes(message);
        message.AsSpan().Replace((byte)0, (byte)1); // no literal can hold one
        "Subject: big\r\n\r\n"u8.CopyTo(message);

        await client.WriteAsync($"a APPEND INBOX {{{message.Length}+}}\r\n");
        await client.Pipe.Output.WriteAsync(message);
        await client.WriteAsync("\r\n");
        Assert.StartsWith("a OK [APPENDUID", await client.ReadAsync(), StringComparison.Ordinal);
        await client.SendAsync("SELECT INBOX");
        await client.WriteAsync("b FETCH 1 BODY.PEEK[]\r\n");

        Assert.Equal($"* 1 FETCH (BODY[] {{{message.Length}}}", await client.ReadAsync());
        Assert.Equal(message, await ReadOctetsAsync(client, message.Length));
        Assert.Equal(")", await client.ReadAsync());
        Assert.Equal("b OK FETCH completed", await client.ReadAsync());
    }

    [Fact]
    public async Task Client_ThatDoesNotRead_IsDroppedInTheEnd()
    {
        using var alice = await Alice.WithMailAsync(0);
        await alice.Account.AppendAsync(alice.Account.Find("INBOX")!.Id, Encoding.ASCII.GetBytes("a: b\r\n\r\n" + new string('x', 1 << 20)), []);
        var client = await ImapClient.LoggedInAsync(alice);

        await client.WriteAsync("b FETCH 1 BODY.PEEK[]\r\n");
        await alice.Clock.PassAsync(new ImapOptions().WriteTimeout);

        await client.Session.WaitAsync(TimeSpan.FromSeconds(90));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task MutatedCommands_AgainstASession_AreAnsweredAndChangeNothingElse(int seed)
    {
        using var alice = await Alice.WithMailAsync(3);
        var random = new Random(seed);
        for (var connection = 0; connection < 10; connection++)
        {
            var client = await ImapClient.LoggedInAsync(alice);
            var drain = DrainAsync(client);
            for (var i = 0; i < 100; i++)
            {
                await client.WriteAsync(Encoding.Latin1.GetString(Protocol.GrammarFuzzTests.Mutate(random)) + "\r\n");
            }

            // A half literal swallows what follows, so the end is the connection's, not a command's.
            await client.CloseAsync();
            await drain;
        }

        var last = await ImapClient.LoggedInAsync(alice);
        Assert.Equal(["OK NOOP completed"], await last.SendAsync("NOOP"));
    }

    private static async Task DrainAsync(ImapClient client)
    {
        while (await client.ReadAsync() is { } line)
        {
            Assert.DoesNotContain("SERVERBUG", line, StringComparison.Ordinal);
        }
    }

    private static async Task<byte[]> ReadOctetsAsync(ImapClient client, int count)
    {
        var result = await client.Pipe.Input.ReadAtLeastAsync(1);
        var octets = new List<byte>(count);
        while (true)
        {
            var take = Math.Min(count - octets.Count, result.Buffer.Length);
            octets.AddRange(result.Buffer.Slice(0, take).ToArray());
            client.Pipe.Input.AdvanceTo(result.Buffer.GetPosition(take));
            if (octets.Count == count)
            {
                return [.. octets];
            }

            result = await client.Pipe.Input.ReadAsync();
        }
    }
}
