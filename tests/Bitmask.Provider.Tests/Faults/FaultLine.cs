using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bitmask.Provider.Setup;
using Bitmask.Provider.Tests.World;
using Bitmask.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Bitmask.Provider.Tests.Faults;

/// <summary>What the provider said to a request, whole.</summary>
internal sealed record LineAnswer(int Status, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body);

/// <summary>
/// A line that knows HTTP: it takes every request whole, and one of them, by number, goes as the test wants it: not at all, twice, later, with
/// half an answer. All others pass, streams as they come.
/// </summary>
internal sealed class FaultLine : IAsyncDisposable
{
    private readonly TestProvider _target;
    private readonly X509Certificate2 _certificate;
    private readonly HttpClient _provider;
    private readonly WebApplication _app;
    private readonly Lock _lock = new();
    private Func<LineRequest, Task>? _fault;
    private int _number;
    private string? _kind;
    private int _requests;
    private int _heads;

    private FaultLine(TestProvider target)
    {
        _target = target;
        _certificate = Issue(target);
        _provider = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null },
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(target.Settings.ListenAddress, target.Host.Ports.Api, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        }) { Timeout = Timeout.InfiniteTimeSpan };
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            (kestrel.Limits.MinRequestBodyDataRate, kestrel.Limits.MinResponseDataRate) = (null, null);
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.UseHttps(_certificate));
        });
        _app = builder.Build();
        _app.Run(ServeAsync);
    }

    /// <summary>A client whose requests take this line.</summary>
    public HttpClient Client { get; private set; } = null!;

    /// <summary>How many requests came since the plan was made; one that did not come to its turn can not have gone wrong.</summary>
    public int Requests
    {
        get
        {
            lock (_lock)
            {
                return _requests;
            }
        }
    }

    /// <summary>How many answers began at the device since the plan was made.</summary>
    public int HeadsSeen
    {
        get
        {
            lock (_lock)
            {
                return _heads;
            }
        }
    }

    public static async Task<FaultLine> StartAsync(TestProvider target)
    {
        var line = new FaultLine(target);
        await line._app.StartAsync();
        line.Client = target.Client(target.Soledad.BaseAddress!.ToString(), new Uri(line._app.Urls.Single()).Port, inner => new HeadCounter(inner, line));
        line.Client.Timeout = Timeout.InfiniteTimeSpan; // as the daemon has it: the clients mind that something moves
        return line;
    }

    /// <summary>The request of this number, from 0, goes wrong so.</summary>
    public void Plan(int number, Func<LineRequest, Task>? fault)
    {
        lock (_lock)
        {
            (_number, _kind, _fault, _requests, _heads) = (number, null, fault, 0, 0);
        }
    }

    /// <summary>The first request with this kind of body goes wrong so.</summary>
    public void Plan(string kind, Func<LineRequest, Task> fault)
    {
        lock (_lock)
        {
            (_number, _kind, _fault, _requests, _heads) = (-1, kind, fault, 0, 0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _provider.Dispose();
        _certificate.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        var request = new LineRequest(context, _provider);
        Func<LineRequest, Task>? fault;
        lock (_lock)
        {
            var isIt = _requests++ == _number || (_kind is { } kind && request.Kind.EndsWith(kind, StringComparison.Ordinal));
            fault = isIt ? _fault : null;
            _kind = isIt ? null : _kind;
        }

        try
        {
            await (fault ?? Faults.None)(request);
        }
        catch (Exception gone) when (gone is OperationCanceledException or HttpRequestException or IOException)
        {
            context.Abort();
        }
    }

    private sealed class HeadCounter(HttpMessageHandler inner, FaultLine line) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            lock (line._lock)
            {
                line._heads++;
            }

            return response;
        }
    }

    private static X509Certificate2 Issue(TestProvider target)
    {
        var folder = new DataFolder(target.DataPath);
        using var authority = CertificateAuthority.Load(folder.ServerCaCertificate, folder.ServerCaKey);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issued = authority.IssueServer(key, target.Settings.HostNames, TimeProvider.System);
        return issued.CopyWithPrivateKey(key);
    }
}

/// <summary>One request on a <see cref="FaultLine"/>, and what a fault can do with it.</summary>
internal sealed class LineRequest(HttpContext context, HttpClient provider)
{
    // Kept apart: a request may be handed on when its connection is long gone.
    private readonly string _uri = $"https://{context.Request.Host.Host}{context.Request.Path}{context.Request.QueryString}";
    private readonly HttpMethod _method = new(context.Request.Method);
    private readonly List<KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues>> _headers = [.. context.Request.Headers];

    private bool _isRead;

    public string Kind { get; } = $"{context.Request.Method} {context.Request.Path} {context.Request.ContentType}";

    /// <summary>What the device sent, as far as it was read.</summary>
    public byte[] Body { get; private set; } = [];

    public CancellationToken Aborted => context.RequestAborted;

    /// <summary>The whole connection dies, not this request alone.</summary>
    public void Hangup() => (context.Features.Get<IConnectionLifetimeFeature>() ?? throw new InvalidOperationException("No connection.")).Abort();

    /// <summary>Takes in the body; slowly, with something to be done after each piece, when that is wanted.</summary>
    public async Task ReadAsync(int pieceOctets = 64 * 1024, Action? after = null)
    {
        if (_isRead)
        {
            return;
        }

        using var body = new MemoryStream();
        var piece = new byte[pieceOctets];
        for (int read; (read = await context.Request.Body.ReadAsync(piece, Aborted)) > 0; after?.Invoke())
        {
            body.Write(piece, 0, read);
        }

        (Body, _isRead) = (body.ToArray(), true);
    }

    /// <summary>Hands the request on and waits for the whole answer.</summary>
    /// <param name="octets">How much of the body arrives before the line breaks; null for all.</param>
    /// <param name="mayCompress">Whether the answer may come compressed; else its lines can be seen.</param>
    /// <param name="standingStill">What is waited for before the line breaks.</param>
    public async Task<LineAnswer> ForwardAsync(int? octets = null, bool mayCompress = true, Func<Task>? standingStill = null)
    {
        using var response = await SendAsync(octets, mayCompress, CancellationToken.None, standingStill);
        return new LineAnswer((int)response.StatusCode, HeadersOf(response), await response.Content.ReadAsByteArrayAsync(CancellationToken.None));
    }

    /// <summary>Answers with so many octets of an answer, and says as much of its length as is wanted.</summary>
    public async Task AnswerAsync(LineAnswer answer, int? octets = null, bool withLength = false)
    {
        await BeginAsync(answer, withLength);
        await context.Response.Body.WriteAsync(answer.Body.AsMemory(0, octets ?? answer.Body.Length), Aborted);
        await context.Response.Body.FlushAsync(Aborted);
    }

    /// <summary>Writes the head of an answer; its body is the caller's.</summary>
    public async Task<Stream> BeginAsync(LineAnswer answer, bool withLength = false)
    {
        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        context.Response.ContentLength = withLength ? answer.Body.Length : null;
        await context.Response.StartAsync(Aborted);
        await context.Response.Body.FlushAsync(Aborted);
        return context.Response.Body;
    }

    /// <summary>As if there were no line: what comes is passed on as it comes, since a feed has no end.</summary>
    public async Task PassAsync()
    {
        using var response = await SendAsync(null, mayCompress: true, Aborted);
        var stream = await BeginAsync(new LineAnswer((int)response.StatusCode, HeadersOf(response), []));
        await using var source = await response.Content.ReadAsStreamAsync(Aborted);
        var piece = new byte[16 * 1024];
        for (int read; (read = await source.ReadAsync(piece, Aborted)) > 0;)
        {
            await stream.WriteAsync(piece.AsMemory(0, read), Aborted);
            await stream.FlushAsync(Aborted);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(int? octets, bool mayCompress, CancellationToken cancellationToken, Func<Task>? standingStill = null)
    {
        await ReadAsync();
        using var request = new HttpRequestMessage(_method, _uri);
        if (Body.Length > 0)
        {
            var sent = new MemoryStream(Body);
            request.Content = new StreamContent(octets is { } length ? new CuttingStream(sent, length, standingStill) : sent);
            request.Content.Headers.ContentLength = Body.Length;
        }

        foreach (var (name, value) in _headers)
        {
            if (name is not ("Host" or "Content-Length" or "Transfer-Encoding") && (mayCompress || name != "Accept-Encoding") && !request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)value);
            }
        }

        return await provider.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private static List<(string Name, string Value)> HeadersOf(HttpResponseMessage response)
        => [.. response.Headers.Concat(response.Content.Headers).Where(static header => header.Key is not ("Transfer-Encoding" or "Content-Length" or "Date"))
            .Select(static header => (header.Key, string.Join(", ", header.Value)))];
}
