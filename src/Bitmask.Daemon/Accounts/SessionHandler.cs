using System.Net;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Daemon.Accounts;

/// <summary>
/// When the provider refuses a token, it is this very token that is given up, not one that was opened meanwhile; a request without a body is sent once more
/// with a new one, so that an ended session costs nobody a failure.
/// </summary>
internal sealed class SessionHandler(HttpMessageHandler inner, ProviderLink link) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        if (response.StatusCode != HttpStatusCode.Unauthorized || !request.Headers.TryGetValues("Authorization", out var values)
            || !SoledadAuthorization.TryParse(values.FirstOrDefault(), out _, out var token))
        {
            return response;
        }

        link.Forget(token);
        if (request.Content is not null)
        {
            return response; // its body may be read already; who sent it tries again
        }

        string another;
        try
        {
            another = await link.TokenAsync(cancellationToken);
        }
        catch (Soledad.SoledadException)
        {
            return response;
        }

        response.Dispose();
        using var again = new HttpRequestMessage(request.Method, request.RequestUri) { Version = request.Version, VersionPolicy = request.VersionPolicy };
        foreach (var (name, all) in request.Headers.Where(header => header.Key != "Authorization"))
        {
            again.Headers.TryAddWithoutValidation(name, all);
        }

        again.Headers.TryAddWithoutValidation("Authorization", SoledadAuthorization.Format(link.User, another));
        return await base.SendAsync(again, cancellationToken);
    }
}
