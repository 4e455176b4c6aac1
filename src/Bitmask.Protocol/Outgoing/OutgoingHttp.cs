using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Bitmask.Protocol.Outgoing;

/// <summary>
/// The one place that outgoing HTTP of both programs goes through: names by <see cref="NameResolver"/>, certificates by <see cref="ServerTrust"/>, TLS 1.2 or
/// later, https only, no redirects, no cookies, no decompression, bounded sizes and times.
/// </summary>
public static class OutgoingHttp
{
    /// <summary>Longest answer that is read into memory, in octets; larger ones are streamed.</summary>
    public const int MaxBufferedOctets = 8 * 1024 * 1024;

    /// <summary>Makes a handler; it pools connections, so keep it.</summary>
    public static HttpMessageHandler Create(OutgoingOptions options, NameResolver resolver, ServerTrust trust)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(resolver);
        ArgumentNullException.ThrowIfNull(trust);
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(options.ConnectTimeoutSeconds),
            MaxConnectionsPerServer = 10,
            MaxResponseHeadersLength = 64,
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                RemoteCertificateValidationCallback = trust.ToCallback(options.LoadRoots()),
            },
        };
        if (options.Proxy is { } proxy)
        {
            sockets.Proxy = new WebProxy(new Uri(proxy));
        }
        else
        {
            sockets.UseProxy = false;
            sockets.ConnectCallback = (context, cancellationToken) => ConnectAsync(options, resolver, context.DnsEndPoint, cancellationToken);
        }

        return new HttpsOnlyHandler(sockets);
    }

    /// <summary>Makes a client over a handler of <see cref="Create"/>, with the limits above.</summary>
    /// <param name="options">For the time limit.</param>
    /// <param name="handler">The handler; it stays the caller's.</param>
    public static HttpClient CreateClient(OutgoingOptions options, HttpMessageHandler handler)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new HttpClient(handler, disposeHandler: false)
        {
            Timeout = TimeSpan.FromSeconds(options.RequestTimeoutSeconds),
            MaxResponseContentBufferSize = MaxBufferedOctets,
        };
    }

    private static async ValueTask<Stream> ConnectAsync(
        OutgoingOptions options, NameResolver resolver, DnsEndPoint target, CancellationToken cancellationToken)
    {
        var addresses = await resolver.ResolveAsync(target.Host.Trim('[', ']'), cancellationToken).ConfigureAwait(false) switch
        {
            NameAnswer<IPAddress>.Found found => found.Values,
            NameAnswer<IPAddress>.Failed failed => throw NotResolved($"The name {target.Host} could not be resolved ({failed.Reason})."),
            // The platform's own way to say so, by which a caller can tell it from a name server that does not answer.
            _ => throw NotResolved($"The name {target.Host} does not exist.", new SocketException((int)SocketError.HostNotFound)),
        };

        var port = options.MapPort(target.Host, target.Port);
        SocketException? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(address, port, cancellationToken).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e)
            {
                socket.Dispose();
                last = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw new HttpRequestException(HttpRequestError.ConnectionError, $"No connection to {target.Host}, port {port}.", last);
    }

    private static HttpRequestException NotResolved(string message, SocketException? inner = null) => new(HttpRequestError.NameResolutionError, message, inner);

    private sealed class HttpsOnlyHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri?.Scheme != Uri.UriSchemeHttps)
            {
                throw new HttpRequestException("Only https goes out.");
            }

            try
            {
                return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException e)
            {
                // A connection that is reset just when it was made: the platform lets this one out as it is.
                throw new HttpRequestException(HttpRequestError.ConnectionError, $"The connection to {request.RequestUri.Host} broke.", e);
            }
        }
    }
}
