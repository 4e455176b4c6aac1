using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bitmask.Primitives;
using Bitmask.Smtp.Client;
using Bitmask.Smtp.Server;
using Bitmask.Smtp.Tests.Server;
using Bitmask.Testing.Dialogues;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bitmask.Smtp.Tests;

/// <summary>A server session at one end of a connection in memory, a stream for a client at the other.</summary>
internal sealed class Loop
{
    private static readonly X509Certificate2 ServerCertificate = Certificate("mx.red.test");

    private readonly PipePair _pipes = new();

    public Loop(SmtpServerOptions? options = null, MessageBudget? budget = null)
    {
        Options = options ?? new SmtpServerOptions { GreetingHost = "mx.red.test" };
        ClientStream = new DuplexPipeStream(_pipes.Client);
        Session = new SmtpSession(_pipes.Server, new SmtpPeer(IPAddress.Loopback), Options, Sink, Clock, NullLogger.Instance, budget).RunAsync();
    }

    public SmtpServerOptions Options { get; }

    public ScriptedSink Sink { get; } = new();

    public DialogueClock Clock { get; } = new();

    public Stream ClientStream { get; }

    public Task Session { get; }

    public Task<SmtpClient> ConnectAsync(SmtpTlsMode tls = SmtpTlsMode.StartTlsIfOffered, Func<SmtpEndpoint, SmtpEndpoint>? with = null)
        => SmtpClient.ConnectAsync((with ?? (endpoint => endpoint))(new SmtpEndpoint("mx.red.test", 25, tls)), ClientStream, Clock);

    /// <summary>TLS for a server whose certificate names mx.red.test, which asks for a client certificate and takes alice's.</summary>
    public static Func<SslServerAuthenticationOptions> ServerTls(SslProtocols protocols = SslProtocols.None)
    {
        return () => new SslServerAuthenticationOptions
        {
            ServerCertificate = ServerCertificate,
            EnabledSslProtocols = protocols,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is null || certificate.Subject == "CN=alice",
        };
    }

    /// <summary>Takes the server's certificate and no other.</summary>
    public static bool IsOurs(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
        => certificate?.GetCertHashString() == ServerCertificate.Thumbprint;

    public static X509Certificate2 Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2049, 1, 1, 0, 0, 0, TimeSpan.Zero));
    }
}
