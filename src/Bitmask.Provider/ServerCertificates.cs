using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Bitmask.Provider.Setup;
using Bitmask.Smtp.Server;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Bitmask.Provider;

/// <summary>
/// Which certificate is shown at which door: the web certificate for the domain's own name, our authority's for all others. Renewed
/// certificates are taken up without a restart.
/// </summary>
internal sealed class ServerCertificates : IDisposable
{
    private readonly ProviderSettings _settings;
    private readonly TimeProvider _clock;
    private volatile SslStreamCertificateContext _own;
    private volatile SslStreamCertificateContext? _web;
    private DateTime _webWritten;

    public ServerCertificates(ProviderSettings settings, TimeProvider clock)
    {
        _settings = settings;
        _clock = clock;
        _own = Context(ProviderInit.LoadServerCertificate(settings, clock), []);
        LoadWeb();
    }

    public TlsHandshakeCallbackOptions ForWeb() => new()
    {
        OnConnection = hello => ValueTask.FromResult(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = hello.ClientHelloInfo.ServerName == _settings.Domain && _web is { } web ? web : _own,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        }),
    };

    /// <summary>The exchanger's name is ours; the world encrypts to it without looking at the certificate (RFC 7435).</summary>
    public SmtpServerOptions MxOptions() => new()
    {
        GreetingHost = _settings.MxHost,
        MaxMessageOctets = _settings.MaxMessageBytes,
        MaxRecipients = 100,
        Tls = SmtpServerTls.StartTls,
        TlsOptions = () => new SslServerAuthenticationOptions { ServerCertificateContext = _own, EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 },
    };

    /// <summary>
    /// TLS 1.3 only: in 1.2 the client certificate would travel in clear (security.md B2). TLS proves that the client has the key; the sink
    /// looks the very certificate up, which is stricter than any chain, and can say in words what is wrong.
    /// </summary>
    public SmtpServerOptions SubmissionOptions() => new()
    {
        GreetingHost = _settings.MxHost,
        MaxMessageOctets = _settings.MaxMessageBytes,
        MaxRecipients = 100,
        Authentication = SmtpAuthentication.ClientCertificate,
        Tls = SmtpServerTls.Implicit,
        TlsOptions = () => new SslServerAuthenticationOptions
        {
            ServerCertificateContext = _own,
            EnabledSslProtocols = SslProtocols.Tls13,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null,
        },
    };

    /// <summary>Takes up what was renewed, by us or by whoever keeps the web certificate.</summary>
    public void Renew()
    {
        _own = Context(ProviderInit.LoadServerCertificate(_settings, _clock), []);
        LoadWeb();
    }

    public void Dispose()
    {
        _own.TargetCertificate.Dispose();
        _web?.TargetCertificate.Dispose();
    }

    private static SslStreamCertificateContext Context(X509Certificate2 certificate, X509Certificate2Collection chain)
        => SslStreamCertificateContext.Create(certificate, chain, offline: true);

    private void LoadWeb()
    {
        if (_settings.WebCertificate is not { } path || (_web is not null && File.GetLastWriteTimeUtc(path) == _webWritten))
        {
            return;
        }

        var written = File.GetLastWriteTimeUtc(path);
        var certificate = ProviderInit.LoadPair(path, _settings.WebCertificateKey!);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(path);
        _web = Context(certificate, chain);
        _webWritten = written;
    }
}
