using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Bitmask.Primitives;
using Bitmask.Testing.Tls;
using MailKit;
using MailKit.Security;

namespace Bitmask.Imap.Tests.Session;

/// <summary>TLS (RFC 9051 §6.2.1, RFC 8314) and COMPRESS (RFC 4978), with MailKit and .NET's own TLS on the other side.</summary>
public sealed class LayerTests : IDisposable
{
    private readonly TestAuthority _authority = TestAuthority.Create("doors");
    private readonly X509Certificate2 _certificate;

    public LayerTests() => _certificate = _authority.IssueServer("localhost");

    public void Dispose()
    {
        _certificate.Dispose();
        _authority.Dispose();
    }

    [Theory]
    [InlineData(ImapTls.StartTls, SecureSocketOptions.StartTls, false)]
    [InlineData(ImapTls.StartTls, SecureSocketOptions.StartTls, true)]
    [InlineData(ImapTls.Implicit, SecureSocketOptions.SslOnConnect, false)]
    [InlineData(ImapTls.Implicit, SecureSocketOptions.SslOnConnect, true)]
    [InlineData(ImapTls.None, SecureSocketOptions.None, true)]
    public async Task Mail_GoesBothWays_ThroughTheLayers(ImapTls tls, SecureSocketOptions asked, bool compressed)
    {
        using var alice = await Alice.WithMailAsync(3);
        var (pipe, session) = alice.Connect(With(tls));
        using var client = new MailKit.Net.Imap.ImapClient { ServerCertificateValidationCallback = IsOurs };
        await client.ConnectAsync(new DuplexPipeStream(pipe), "localhost", 143, asked);
        await client.AuthenticateAsync(Alice.Address, Alice.Token);
        if (compressed)
        {
            await client.CompressAsync();
        }

        var large = new MimeKit.MimeMessage { Subject = "large", Body = new MimeKit.TextPart("plain") { Text = string.Join("\r\n", Enumerable.Range(0, 40_000).Select(i => $"line {i * 7919L % 104729}")) + "\r\n" } };
        var uid = await client.Inbox.AppendAsync(new MailKit.AppendRequest(large, MessageFlags.Seen));
        await client.Inbox.OpenAsync(FolderAccess.ReadWrite);
        var read = await client.Inbox.GetMessageAsync(uid!.Value);

        Assert.Equal(large.TextBody!.ReplaceLineEndings("\n"), read.TextBody!.ReplaceLineEndings("\n"));
        Assert.Equal(tls != ImapTls.None, client.IsSecure);
        await client.DisconnectAsync(quit: true);
        await session;
    }

    [Fact]
    public async Task Idle_IsWoken_InsideTheLayers()
    {
        using var alice = await Alice.WithMailAsync(1);
        using var client = await SecureAsync(alice, ImapTls.StartTls);
        await client.AuthenticateAsync(Alice.Address, Alice.Token);
        await client.CompressAsync();
        await client.Inbox.OpenAsync(FolderAccess.ReadOnly);
        var news = new TaskCompletionSource();
        client.Inbox.CountChanged += (_, _) => news.TrySetResult();
        for (var round = 0; round < 3; round++)
        {
            using var done = new CancellationTokenSource();
            var idling = client.IdleAsync(done.Token);
            await alice.Account.AppendAsync(alice.Account.Find("INBOX")!.Id, SampleMails.All[1].Text, []);
            await news.Task.WaitAsync(TimeSpan.FromSeconds(60));
            await done.CancelAsync();
            await idling;
            news = new TaskCompletionSource();
        }

        await client.NoOpAsync();
        Assert.Equal(4, client.Inbox.Count);
    }

    [Fact]
    public async Task Password_IsNotTaken_BeforeTls()
    {
        using var alice = await Alice.WithMailAsync(0);
        var (pipe, session) = alice.Connect(With(ImapTls.StartTls));
        var client = new ImapClient(pipe, session);

        Assert.Contains("STARTTLS LOGINDISABLED]", await client.ReadAsync(), StringComparison.Ordinal);
        Assert.StartsWith("NO [PRIVACYREQUIRED]", (await client.SendAsync($"LOGIN {Alice.Address} {Alice.Token}"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("NO [PRIVACYREQUIRED]", (await client.SendAsync("AUTHENTICATE PLAIN AGEAYg=="))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_PutInBeforeTls_AreDropped()
    {
        using var alice = await Alice.WithMailAsync(0);
        var (pipe, session) = alice.Connect(With(ImapTls.StartTls));
        var client = new ImapClient(pipe, session);
        await client.ReadAsync();

        await client.WriteAsync("a STARTTLS\r\nb CAPABILITY\r\nc CAPABILITY\r\n");
        Assert.Equal("a OK Begin TLS", await client.ReadAsync());
        using var tls = new SslStream(new DuplexPipeStream(pipe), false, IsOurs);
        await tls.AuthenticateAsClientAsync("localhost");
        await tls.WriteAsync("d NOOP\r\n"u8.ToArray());

        var answer = new byte[200];
        Assert.Equal("d OK NOOP completed\r\n", Encoding.ASCII.GetString(answer, 0, await tls.ReadAsync(answer)));
    }

    [Theory]
    [InlineData(ImapTls.Implicit)]
    [InlineData(ImapTls.StartTls)]
    public async Task ClientThatSpeaksNoTls_IsLetGo(ImapTls when)
    {
        using var alice = await Alice.WithMailAsync(0);
        var (pipe, session) = alice.Connect(With(when));
        var client = new ImapClient(pipe, session);
        if (when == ImapTls.StartTls)
        {
            await client.ReadAsync();
            await client.SendAsync("STARTTLS");
        }

        await client.WriteAsync("a LOGIN alice@red.test right\r\na LOGIN alice@red.test right\r\n");

        await session.WaitAsync(TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Compression_IsOnOnce_AndNoiseEndsTheSession()
    {
        using var alice = await Alice.WithMailAsync(0);
        var client = await ImapClient.LoggedInAsync(alice);
        Assert.StartsWith("OK", (await client.SendAsync("COMPRESS DEFLATE"))[^1], StringComparison.Ordinal);

        await client.WriteAsync("noise that is no DEFLATE\r\n");

        await client.Session.WaitAsync(TimeSpan.FromSeconds(60));
    }

    private async Task<MailKit.Net.Imap.ImapClient> SecureAsync(Alice alice, ImapTls tls)
    {
        var client = new MailKit.Net.Imap.ImapClient { ServerCertificateValidationCallback = IsOurs };
        await client.ConnectAsync(new DuplexPipeStream(alice.Connect(With(tls)).Client), "localhost", 143, tls == ImapTls.StartTls ? SecureSocketOptions.StartTls : SecureSocketOptions.SslOnConnect);
        return client;
    }

    private bool IsOurs(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors) => shown?.GetCertHashString() == _certificate.GetCertHashString();

    private ImapOptions With(ImapTls tls) => new()
    {
        Tls = tls,
        TlsOptions = () => new SslServerAuthenticationOptions { ServerCertificate = _certificate },
    };
}
