using System.Net;
using Bitmask.OpenPgp;
using Bitmask.Protocol.KeyDirectory;

namespace Bitmask.Mail.Pipelines.Tests;

/// <summary>The key directory of all providers: certificates by address, or out of reach.</summary>
internal sealed class KeyDirectoryDouble : HttpMessageHandler
{
    public Dictionary<string, OpenPgpCertificate> Certificates { get; } = [];

    public bool IsDown { get; set; }

    public int Questions { get; private set; }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Questions++;
        var address = Uri.UnescapeDataString(request.RequestUri!.Query["?address=".Length..]);
        return Task.FromResult(
            IsDown ? new HttpResponseMessage(HttpStatusCode.BadGateway) { Content = new StringContent("{}") }
            : Certificates.TryGetValue(address, out var certificate) ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(new NicknymReply { Address = address, OpenPgp = certificate.ToArmor() }.ToBytes()) }
            : new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("{}") });
    }
}
