using System.Globalization;
using System.Text;
using Bitmask.Protocol.Bonafide;
using Bitmask.Provider.Setup;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.WebApi;

/// <summary>What a client reads before it has an account: provider.json, ca.crt, the lists of services.</summary>
internal sealed class DiscoveryEndpoints(ProviderSettings settings, ProviderStore store, CertificateAuthority serverAuthority, ProviderPorts ports, TimeProvider clock)
{
    private readonly DateTimeOffset _changed = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/provider.json", ["GET", "HEAD"], GetProviderAsync);
        routes.MapMethods("/1/provider", ["GET", "HEAD"], GetProviderAsync);
        routes.MapMethods("/ca.crt", ["GET", "HEAD"], context => ApiRequest.WriteAsync(context, 200, "application/x-x509-ca-cert", Encoding.ASCII.GetBytes(serverAuthority.CertificatePem())));
        routes.MapGet("/1/configs", context => ApiRequest.RunAsync(context, GetConfigsAsync));
        routes.MapGet("/1/configs/{id}", context => ApiRequest.RunAsync(context, GetServiceAsync));
    }

    private static Task GetConfigsAsync(HttpContext context) => ApiRequest.WriteJsonAsync(
        context, 200,
        new ServiceList
        {
            Services = new Dictionary<string, string> { ["soledad"] = "/1/configs/soledad-service.json", ["smtp"] = "/1/configs/smtp-service.json" },
        },
        BonafideJson.Default.ServiceList);

    private ProviderInfo Describe() => new()
    {
        ApiUri = $"https://{settings.ApiHost}{ports.Suffix(ports.Api)}",
        CaCertUri = $"https://{settings.Domain}{ports.Suffix(ports.Web)}/ca.crt",
        CaCertFingerprint = CaFingerprint.Of(serverAuthority.Certificate).ToString(),
        Domain = settings.Domain,
        Name = new Dictionary<string, string> { ["en"] = settings.Domain },
        Description = new Dictionary<string, string> { ["en"] = "Encrypted mail." },
        EnrollmentPolicy = settings.EnrollmentPolicy,
        Services = ["mx"],
        Service = new ProviderService
        {
            AllowRegistration = settings.EnrollmentPolicy != "closed",
            AllowFree = true,
            Levels = new Dictionary<string, ProviderServiceLevel> { ["1"] = new() { Name = "free" } },
        },
        Bitmask = new ProviderCapabilities { Security = ProviderCapabilities.RequiredSecurity, Performance = ["feed", "documents", "blobs", "compact"] },
    };

    private Task GetProviderAsync(HttpContext context)
    {
        context.Response.Headers["X-Minimum-Client-Version"] = "0.5";
        context.Response.Headers.LastModified = _changed.ToString("R", CultureInfo.InvariantCulture);
        if (context.Request.GetTypedHeaders().IfModifiedSince >= _changed)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        return ApiRequest.WriteAsync(context, 200, "application/json; charset=utf-8", Describe().ToBytes());
    }

    private async Task GetServiceAsync(HttpContext context)
    {
        await ApiRequest.RequireSessionAsync(context, store);
        var (node, host, port) = context.GetRouteValue("id") switch
        {
            "soledad-service" => ("soledad", settings.SoledadHost, ports.Soledad),
            "smtp-service" => ("smtp", settings.MxHost, ports.Submission),
            _ => throw ApiException.NotAllowed,
        };
        var hosts = new ServiceHosts { Hosts = new Dictionary<string, ServiceHost> { [node] = new() { Hostname = host, Port = port } } };
        await ApiRequest.WriteJsonAsync(context, 200, hosts, BonafideJson.Default.ServiceHosts);
    }
}
