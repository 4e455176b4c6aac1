using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Bitmask.Smtp.Client;
using Bitmask.Smtp.Server;

namespace Bitmask.Smtp.Tests;

public class TlsTests
{
    private static readonly byte[] Mail = "Subject: hi\r\n\r\nbody\r\n"u8.ToArray();
    private static readonly SmtpEnvelope Envelope = new("alice@red.test", ["bob@red.test"]);

    [Fact]
    public async Task Submission_WithClientCertificate_TellsTheSink()
    {
        var loop = new Loop(new SmtpServerOptions { Tls = SmtpServerTls.Implicit, TlsOptions = Loop.ServerTls(SslProtocols.Tls13), Authentication = SmtpAuthentication.ClientCertificate });
        using var certificate = Loop.Certificate("alice");

        await using var client = await loop.ConnectAsync(SmtpTlsMode.Implicit, endpoint => endpoint with { ClientCertificate = certificate, RequireTls13 = true, ValidateServer = Loop.IsOurs });
        await client.SendAsync(Envelope, Mail);

        var transaction = loop.Sink.Accepted[0].Transaction;
        Assert.Equal(certificate.Thumbprint, transaction.ClientCertificate?.Thumbprint);
        Assert.Equal(("TLS1.3", "ESMTPSA"), (transaction.TlsVersion, transaction.WithProtocol));
    }

    [Fact]
    public async Task Submission_WithoutClientCertificate_IsRefused()
    {
        var loop = new Loop(new SmtpServerOptions { Tls = SmtpServerTls.Implicit, TlsOptions = Loop.ServerTls(), Authentication = SmtpAuthentication.ClientCertificate });

        await using var client = await loop.ConnectAsync(SmtpTlsMode.Implicit, endpoint => endpoint with { ValidateServer = Loop.IsOurs });
        var refused = await Assert.ThrowsAsync<SmtpCommandException>(() => client.SendAsync(Envelope, Mail));

        Assert.Equal(530, refused.Reply.Code);
    }

    [Fact]
    public async Task Connect_OldTlsWhere13IsRequired_IsRefused()
    {
        var loop = new Loop(new SmtpServerOptions { Tls = SmtpServerTls.Implicit, TlsOptions = Loop.ServerTls(SslProtocols.Tls12) });

        await Assert.ThrowsAsync<SmtpProtocolException>(() => loop.ConnectAsync(SmtpTlsMode.Implicit, endpoint => endpoint with { RequireTls13 = true, ValidateServer = Loop.IsOurs }));
    }

    [Fact]
    public async Task Connect_UnknownServerCertificate_IsRefused()
    {
        var loop = new Loop(new SmtpServerOptions { Tls = SmtpServerTls.Implicit, TlsOptions = Loop.ServerTls() });

        await Assert.ThrowsAsync<SmtpProtocolException>(() => loop.ConnectAsync(SmtpTlsMode.Implicit));
    }

    [Theory]
    [InlineData(SmtpTlsMode.StartTlsIfOffered)]
    [InlineData(SmtpTlsMode.StartTlsRequired)]
    public async Task StartTls_Offered_IsUsed(SmtpTlsMode mode)
    {
        var loop = new Loop(new SmtpServerOptions { Tls = SmtpServerTls.StartTls, TlsOptions = Loop.ServerTls() });

        await using var client = await loop.ConnectAsync(mode, endpoint => endpoint with { ValidateServer = Loop.IsOurs });
        await client.SendAsync(Envelope, Mail);

        Assert.True(client.IsTls);
        Assert.False(client.Extensions.ContainsKey("STARTTLS"));
        Assert.True(loop.Sink.Accepted[0].Transaction.IsTls);
    }

    [Fact]
    public async Task StartTls_CommandsInjectedInClear_AreDropped()
    {
        var loop = new Loop(new SmtpServerOptions { Tls = SmtpServerTls.StartTls, TlsOptions = Loop.ServerTls() });
        var wire = loop.ClientStream;
        await wire.WriteAsync("EHLO eve\r\nSTARTTLS\r\nEHLO eve\r\nMAIL FROM:<eve@red.test>\r\nRCPT TO:<alice@red.test>\r\n"u8.ToArray());
        await ReadUntilAsync(wire, "220 2.0.0 Go ahead\r\n");

        await using var tls = new SslStream(wire);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "mx.red.test", RemoteCertificateValidationCallback = Loop.IsOurs });
        await tls.WriteAsync("DATA\r\nMAIL FROM:<bob@red.test>\r\nQUIT\r\n"u8.ToArray());
        var answer = await ReadUntilAsync(tls, "221 2.0.0 Bye\r\n");

        // Neither the injected transaction nor the EHLO said in clear lives on.
        Assert.Equal(["503", "503", "221"], answer.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(line => line[..3]));
    }

    private static async Task<string> ReadUntilAsync(Stream stream, string end)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            var count = await stream.ReadAsync(buffer, patience.Token);
            Assert.True(count > 0, "closed after: " + text);
            text.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }

        return text.ToString();
    }
}
