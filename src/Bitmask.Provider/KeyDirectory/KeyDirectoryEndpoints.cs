using System.Text;
using Bitmask.OpenPgp;
using Bitmask.Primitives;
using Bitmask.Protocol.KeyDirectory;
using Bitmask.Provider.Store;
using Bitmask.Provider.WebApi;

namespace Bitmask.Provider.KeyDirectory;

/// <summary>
/// Public keys by address: nicknym, <c>GET /?address=</c>, for our own users and through their providers for others'; and
/// <c>GET /key/LOGIN</c>. 404 is the answer that there is no key; whoever could not find out says 502.
/// </summary>
internal sealed class KeyDirectoryEndpoints(ProviderSettings settings, ProviderStore store, RemoteDirectory remote, TimeProvider clock)
{
    private const string ServerInfo = "{\"blobs\": true, \"version\": \"0.1\"}\r\n";

    /// <summary>Other providers ask for all their users; who tries all names there are is slowed down.</summary>
    private readonly SourceLimit _lookups = new(clock, burst: 600, perSecond: 20);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", GetRootAsync);
        routes.MapGet("/key/{login}", context => ApiRequest.RunAsync(context, GetKeyAsync));
        routes.MapGet("/robots.txt", static context => ApiRequest.WriteAsync(context, 200, "text/plain", "User-agent: *\nDisallow: /\n"u8.ToArray()));
    }

    /// <summary>Two heritage services own this path: with an address it is nicknym, without it is soledad's greeting.</summary>
    private Task GetRootAsync(HttpContext context) => context.Request.Query["address"] is [{ } address]
        ? ApiRequest.RunAsync(context, c => FindAsync(c, address))
        : SoledadServer.SoledadRequest.WriteAsync(context, 200, "application/json", Encoding.ASCII.GetBytes(ServerInfo));

    private async Task FindAsync(HttpContext context, string text)
    {
        _lookups.Check(context);
        if (!EmailAddress.TryParse(text, out var address))
        {
            throw ApiException.BadRequest("Not a mail address.");
        }

        var answer = address.Domain == settings.Domain ? FindOwn(address) : await remote.FindAsync(address, context.RequestAborted);
        switch (answer)
        {
            case DirectoryAnswer.Found found:
                var reply = new NicknymReply { Address = text, OpenPgp = found.Armor, Source = found.Source };
                await ApiRequest.WriteAsync(context, 200, "application/json", reply.ToBytes());
                break;
            case DirectoryAnswer.Failed failed:
                throw new ApiException(StatusCodes.Status502BadGateway, "lookup-failed", failed.Reason);
            default:
                await ApiRequest.WriteAsync(context, 404, "application/json", "{}"u8.ToArray());
                break;
        }
    }

    private DirectoryAnswer FindOwn(EmailAddress address)
        => Published(address.Canonical[..address.Canonical.IndexOfAny(['+', '@'])]) is { } armor ? new DirectoryAnswer.Found(armor, "provider") : new DirectoryAnswer.None();

    private Task GetKeyAsync(HttpContext context)
    {
        _lookups.Check(context);
        return Published(((string)context.GetRouteValue("login")!).ToLowerInvariant()) is { } armor
            ? ApiRequest.WriteAsync(context, 200, "text/text", Encoding.ASCII.GetBytes(armor))
            : ApiRequest.WriteAsync(context, 404, "text/text", ReadOnlyMemory<byte>.Empty);
    }

    /// <summary>Of an account that is deleted the revocation stays, until its data are gone.</summary>
    private string? Published(string login) => store.FindUserByLogin(login) is { PublicKey: { } armor } user && (user.Enabled || OpenPgpCertificate.Parse(armor).IsRevoked) ? armor : null;
}
