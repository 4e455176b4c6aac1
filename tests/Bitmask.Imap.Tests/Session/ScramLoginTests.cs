using System.Text;
using Bitmask.Primitives;
using MailKit.Security;

namespace Bitmask.Imap.Tests.Session;

/// <summary>AUTHENTICATE SCRAM-SHA-256 with the client of MailKit, and by hand where a client would not.</summary>
public class ScramLoginTests
{
    [Theory]
    [InlineData(Alice.Token)]
    [InlineData("other")]
    public async Task Client_WithAnyOfTheTokens_IsLetIn(string token)
    {
        using var alice = await Alice.WithMailAsync(1);
        using var client = await ConnectAsync(alice);
        await client.AuthenticateAsync(new SaslMechanismScramSha256(Alice.Address, token));
        await client.Inbox.OpenAsync(MailKit.FolderAccess.ReadOnly);
        Assert.Single(client.Inbox);
    }

    [Theory]
    [InlineData(Alice.Address)]
    [InlineData("nobody@red.test")]
    public async Task Client_WithoutTheToken_WaitsAndIsRefused(string user)
    {
        using var alice = await Alice.WithMailAsync(0);
        using var client = await ConnectAsync(alice);
        var login = client.AuthenticateAsync(new SaslMechanismScramSha256(user, "wrong"));
        await alice.Clock.PassAsync(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<AuthenticationException>(() => login);
    }

    [Fact]
    public async Task Client_OfALockedAccount_IsToldSo()
    {
        using var alice = await Alice.WithMailAsync(0);
        var (pipe, session) = alice.Connect();
        var client = new ImapClient(pipe, session);
        await client.ReadAsync();
        await client.WriteAsync("a AUTHENTICATE SCRAM-SHA-256 " + Base64("n,,n=locked@red.test,r=abc") + "\r\n");
        Assert.StartsWith("+ ", await client.ReadAsync(), StringComparison.Ordinal);
        await client.WriteAsync(Base64("c=biws,r=abc,p=AAAA") + "\r\n");
        Assert.StartsWith("a NO [UNAVAILABLE] The account is locked", await client.ReadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exchange_BrokenOffOrNone_IsBad()
    {
        using var alice = await Alice.WithMailAsync(0);
        var (pipe, session) = alice.Connect();
        var client = new ImapClient(pipe, session);
        Assert.Contains("AUTH=SCRAM-SHA-256", await client.ReadAsync(), StringComparison.Ordinal);

        Assert.StartsWith("BAD", (await client.SendAsync("AUTHENTICATE SCRAM-SHA-256 " + Base64("p=tls-unique,,n=x,r=y")))[^1], StringComparison.Ordinal);
        await client.WriteAsync("a AUTHENTICATE SCRAM-SHA-256\r\n");
        Assert.Equal("+ ", await client.ReadAsync());
        await client.WriteAsync(Base64($"n,,n={Alice.Address},r=abc") + "\r\n");
        Assert.StartsWith("+ ", await client.ReadAsync(), StringComparison.Ordinal);
        await client.WriteAsync("*\r\n");
        Assert.StartsWith("a BAD", await client.ReadAsync(), StringComparison.Ordinal);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));

    private static async Task<MailKit.Net.Imap.ImapClient> ConnectAsync(Alice alice)
    {
        var (pipe, _) = alice.Connect();
        var client = new MailKit.Net.Imap.ImapClient();
        await client.ConnectAsync(new DuplexPipeStream(pipe), "localhost", 143, SecureSocketOptions.None);
        return client;
    }
}
