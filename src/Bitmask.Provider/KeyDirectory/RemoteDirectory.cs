using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bitmask.OpenPgp;
using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.KeyDirectory;
using Bitmask.Protocol.Outgoing;

namespace Bitmask.Provider.KeyDirectory;

/// <summary>What came of asking for a key. That there is none and that one could not find out are different answers.</summary>
internal abstract record DirectoryAnswer
{
    private DirectoryAnswer()
    {
    }

    internal sealed record Found(string Armor, string Source) : DirectoryAnswer;

    internal sealed record None : DirectoryAnswer;

    internal sealed record Failed(string Reason) : DirectoryAnswer;
}

/// <summary>
/// Keys of other domains' users: their provider is found through its provider.json, its authority through the web's, and its key directory
/// through that authority. What is no provider has no keys here; what does not answer, or answers wrongly, is a failure.
/// </summary>
internal sealed class RemoteDirectory(OutgoingOptions options, NameResolver resolver, TimeProvider clock) : IDisposable
{
    private const int NicknymPort = 6425;
    private const int MaxDomains = 500;
    private static readonly TimeSpan KeepDomain = TimeSpan.FromHours(1);

    private readonly HttpClient _web = OutgoingHttp.CreateClient(options, OutgoingHttp.Create(options, resolver, ServerTrust.SystemAndRoots));
    private readonly ConcurrentDictionary<string, (HttpClient? Client, DateTimeOffset Until)> _domains = new();

    public async Task<DirectoryAnswer> FindAsync(EmailAddress address, CancellationToken cancellationToken)
    {
        try
        {
            if (await FindProviderAsync(address.Domain, cancellationToken) is not { } provider)
            {
                return new DirectoryAnswer.None();
            }

            var url = $"https://nicknym.{address.Domain}:{NicknymPort}/?address={Uri.EscapeDataString(address.Address)}";
            using var response = await provider.GetAsync(new Uri(url), cancellationToken);
            return response.StatusCode switch
            {
                HttpStatusCode.NotFound => new DirectoryAnswer.None(),
                HttpStatusCode.OK => Read(await response.Content.ReadAsByteArrayAsync(cancellationToken), address),
                _ => new DirectoryAnswer.Failed($"the key directory of {address.Domain} answered {(int)response.StatusCode}"),
            };
        }
        catch (Exception e) when (e is HttpRequestException or IOException or FormatException or CryptographicException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new DirectoryAnswer.Failed($"{address.Domain} could not be asked: {e.Message}");
        }
    }

    public void Dispose()
    {
        _web.Dispose();
        foreach (var (client, _) in _domains.Values)
        {
            client?.Dispose();
        }
    }

    /// <summary>A key must carry the address it was asked for; the client judges the rest.</summary>
    private static DirectoryAnswer Read(byte[] body, EmailAddress address)
        => NicknymReply.TryParse(body, out var reply) && OpenPgpCertificate.Parse(reply!.OpenPgp).HasAddress(address)
            ? new DirectoryAnswer.Found(reply.OpenPgp, "nicknym")
            : new DirectoryAnswer.Failed($"the key directory of {address.Domain} sent a key that is not for the address");

    /// <summary>A client that trusts the authority of the domain's provider; null when the domain has none.</summary>
    private async Task<HttpClient?> FindProviderAsync(string domain, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (_domains.TryGetValue(domain, out var known) && known.Until > now)
        {
            return known.Client;
        }

        var client = await DiscoverAsync(domain, cancellationToken);
        if (_domains.Count >= MaxDomains)
        {
            _domains.Clear();
        }

        _domains[domain] = (client, now + KeepDomain);
        return client;
    }

    private async Task<HttpClient?> DiscoverAsync(string domain, CancellationToken cancellationToken)
    {
        switch (await resolver.ResolveAsync(domain, cancellationToken))
        {
            case NameAnswer<IPAddress>.None:
                return null;
            case NameAnswer<IPAddress>.Failed failed:
                throw new HttpRequestException($"its name could not be resolved ({failed.Reason})");
        }

        using var response = await _web.GetAsync(new Uri($"https://{domain}/provider.json"), cancellationToken);
        if ((int)response.StatusCode >= 500)
        {
            throw new HttpRequestException($"provider.json: {(int)response.StatusCode}");
        }

        // Anything else but a provider.json is the answer of a domain that has no provider: a redirect, a page, a 404.
        if (response.StatusCode != HttpStatusCode.OK || Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken)) is not { } info
            || info.Domain != domain || !info.Services.Contains("mx"))
        {
            return null;
        }

        return OutgoingHttp.CreateClient(options, OutgoingHttp.Create(options, resolver, ServerTrust.PinnedCa(await FetchAuthorityAsync(domain, info, cancellationToken))));
    }

    private async Task<X509Certificate2> FetchAuthorityAsync(string domain, ProviderInfo info, CancellationToken cancellationToken)
    {
        // Only at the domain itself: another host's file would make this server fetch whatever a stranger names.
        if (!Uri.TryCreate(info.CaCertUri, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttps || !uri.Host.Equals(domain, StringComparison.OrdinalIgnoreCase))
        {
            throw new FormatException("its ca_cert_uri is not at the domain");
        }

        var authority = X509Certificate2.CreateFromPem(await _web.GetStringAsync(uri, cancellationToken));
        return CaFingerprint.Parse(info.CaCertFingerprint).Matches(authority)
            ? authority
            : throw new CryptographicException("its authority does not have the fingerprint of provider.json");
    }

    private static ProviderInfo? Parse(byte[] body)
    {
        try
        {
            return ProviderInfo.Parse(body);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
