using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Bitmask.Daemon.Tests.World;

/// <summary>What a program sent, whole.</summary>
internal sealed record ProxiedRequest(string Method, string Host, string Path, string Query, string Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public override string ToString() => $"{Method} {Host}{Path}{Query}";
}

/// <summary>What it gets back.</summary>
internal sealed record ProxiedAnswer(int Status, byte[] Body, IReadOnlyDictionary<string, string> Headers)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public static ProxiedAnswer Json(int status, string json) => new(status, Encoding.UTF8.GetBytes(json), new Dictionary<string, string> { ["Content-Type"] = "application/json" });

    public ProxiedAnswer With(string body) => this with { Body = Encoding.UTF8.GetBytes(body) };
}

/// <summary>
/// Mallory between a daemon and its provider, who holds certificates of the provider's own authority: sees every request in clear, and
/// rewrites what she likes. Without rules she only watches.
/// </summary>
internal sealed class Proxy : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<ProxiedRequest> _requests = [];
    private readonly List<Rule> _rules = [];
    private readonly HttpClient _provider;
    private readonly WebApplication _app;

    private Proxy(int providerPort)
    {
        _provider = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null },
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, providerPort, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        }) { Timeout = Timeout.InfiniteTimeSpan };
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = hello => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificate = CertificateFor!(hello.ClientHelloInfo.ServerName) }),
            }));
        });
        _app = builder.Build();
        _app.Run(ServeAsync);
    }

    /// <summary>Which certificate is shown for a host name.</summary>
    public required Func<string, X509Certificate2> CertificateFor { get; set; }

    public int Port { get; private set; }

    public IReadOnlyList<ProxiedRequest> Requests
    {
        get
        {
            lock (_lock)
            {
                return [.. _requests];
            }
        }
    }

    public static async Task<Proxy> StartAsync(int providerPort, Func<string, X509Certificate2> certificateFor)
    {
        var proxy = new Proxy(providerPort) { CertificateFor = certificateFor };
        await proxy._app.StartAsync();
        proxy.Port = new Uri(proxy._app.Urls.Single()).Port;
        return proxy;
    }

    /// <summary>Answers instead of the provider, which never hears of the request.</summary>
    public void Answer(string method, string path, ProxiedAnswer answer) => Add(new Rule(method, path, _ => answer, null));

    /// <summary>Lets the provider answer, and changes the answer.</summary>
    public void Rewrite(string method, string path, Func<ProxiedRequest, ProxiedAnswer, ProxiedAnswer> change) => Add(new Rule(method, path, null, change));

    /// <summary>Honest from now on; what was seen before is forgotten.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _rules.Clear();
            _requests.Clear();
        }
    }

    /// <summary>Forgets what was seen, keeps the rules.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _requests.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _provider.Dispose();
    }

    private void Add(Rule rule)
    {
        lock (_lock)
        {
            _rules.Add(rule);
        }
    }

    private async Task ServeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var headers = string.Join('\n', context.Request.Headers.Select(header => $"{header.Key}: {header.Value}"));
        var request = new ProxiedRequest(context.Request.Method, context.Request.Host.Host, context.Request.Path, context.Request.QueryString.Value ?? "", headers, body.ToArray());
        Rule? rule;
        lock (_lock)
        {
            _requests.Add(request);
            rule = _rules.LastOrDefault(rule => rule.Method == request.Method && request.Path.StartsWith(rule.Path, StringComparison.Ordinal));
        }

        try
        {
            if (rule?.Instead is { } instead)
            {
                await WriteAsync(context, instead(request));
                return;
            }

            using var response = await ForwardAsync(context, request);
            if (rule?.Change is { } change)
            {
                var answer = new ProxiedAnswer((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(context.RequestAborted), HeadersOf(response));
                await WriteAsync(context, change(request, answer));
                return;
            }

            await PassOnAsync(context, response);
        }
        catch (Exception gone) when (gone is OperationCanceledException or HttpRequestException or IOException)
        {
            context.Abort();
        }
    }

    private async Task<HttpResponseMessage> ForwardAsync(HttpContext context, ProxiedRequest request)
    {
        using var forwarded = new HttpRequestMessage(new HttpMethod(request.Method), $"https://{request.Host}{request.Path}{request.Query}") { Content = new ByteArrayContent(request.Body) };
        foreach (var (name, value) in context.Request.Headers)
        {
            // No Accept-Encoding: answers are to be read and rewritten here.
            if (name is not ("Host" or "Content-Length" or "Transfer-Encoding" or "Accept-Encoding") && !forwarded.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value))
            {
                forwarded.Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value);
            }
        }

        return await _provider.SendAsync(forwarded, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
    }

    private static Dictionary<string, string> HeadersOf(HttpResponseMessage response)
        => response.Headers.Concat(response.Content.Headers).Where(header => header.Key is not ("Transfer-Encoding" or "Content-Length" or "Date"))
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value));

    private static async Task WriteAsync(HttpContext context, ProxiedAnswer answer)
    {
        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }

    /// <summary>Piece by piece: the feed has no end.</summary>
    private static async Task PassOnAsync(HttpContext context, HttpResponseMessage response)
    {
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, value) in HeadersOf(response))
        {
            context.Response.Headers[name] = value;
        }

        await context.Response.StartAsync(context.RequestAborted);
        await using var stream = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        var piece = new byte[16 * 1024];
        for (int read; (read = await stream.ReadAsync(piece, context.RequestAborted)) > 0;)
        {
            await context.Response.Body.WriteAsync(piece.AsMemory(0, read), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private sealed record Rule(string Method, string Path, Func<ProxiedRequest, ProxiedAnswer>? Instead, Func<ProxiedRequest, ProxiedAnswer, ProxiedAnswer>? Change);
}
