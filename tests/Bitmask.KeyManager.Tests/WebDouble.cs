using System.Net;
using System.Net.Sockets;
using Bitmask.Keys.Discovery;
using Bitmask.OpenPgp;
using Bitmask.Primitives;

namespace Bitmask.Keys.Tests;

/// <summary>The web outside of the own provider: what a test puts there, and no such host for everything else.</summary>
internal sealed class WebDouble : HttpMessageHandler
{
    private readonly Dictionary<string, Func<HttpResponseMessage>> _pages = [];

    public List<Uri> Questions { get; } = [];

    public bool HasKeyServer { get; init; }

    /// <summary>Puts a page at a URL; its host exists from then on, and says 404 to the rest.</summary>
    public WebDouble Put(Uri url, Func<HttpResponseMessage> answer)
    {
        _pages[url.AbsoluteUri] = answer;
        return this;
    }

    public WebDouble Put(Uri url, byte[] body) => Put(url, () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(body) });

    public WebDouble Put(Uri url, HttpStatusCode status) => Put(url, () => new HttpResponseMessage(status));

    public WebDouble Publish(EmailAddress address, OpenPgpCertificate certificate) => Put(WebKeyDirectory.Direct(address), certificate.ToBinary());

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var url = request.RequestUri!;
        Questions.Add(url);
        return _pages.TryGetValue(url.AbsoluteUri, out var page) ? Task.FromResult(page())
            : _pages.Keys.Any(known => new Uri(known).Host == url.Host) ? Task.FromResult(new HttpResponseMessage(HttpStatusCode.NotFound))
            // As it comes through the platform's handler: wrapped once more.
            : throw new HttpRequestException("No connection.", new HttpRequestException("No such name.", new SocketException((int)SocketError.HostNotFound)));
    }
}
