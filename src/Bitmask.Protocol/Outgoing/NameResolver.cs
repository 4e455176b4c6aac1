using System.Net;
using System.Net.Sockets;
using DnsClient;

namespace Bitmask.Protocol.Outgoing;

/// <summary>Resolves names for outgoing connections, by the name server of the settings or by the system.</summary>
public sealed class NameResolver
{
    private readonly Lazy<LookupClient?> _client;
    private readonly bool _isSystem;

    /// <summary>Makes a resolver.</summary>
    /// <exception cref="FormatException">The name server of the settings is malformed.</exception>
    public NameResolver(OutgoingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var named = options.NameServer is { } text ? new NameServer(IPEndPoint.Parse(text)) : null;
        _isSystem = named is null;
        _client = new Lazy<LookupClient?>(() => CreateClient(named));
    }

    /// <summary>The addresses of a host; an address literal and <c>localhost</c> are answered without asking (RFC 6761 §6.3).</summary>
    public async Task<NameAnswer<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        if (IPAddress.TryParse(host, out var literal))
        {
            return new NameAnswer<IPAddress>.Found([literal]);
        }

        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return new NameAnswer<IPAddress>.Found([IPAddress.Loopback, IPAddress.IPv6Loopback]);
        }

        return _isSystem
            ? await AskSystemAsync(host, cancellationToken).ConfigureAwait(false)
            : await AskAsync(host, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The mail exchangers of a domain, best first; the domain itself when it has addresses but no MX (RFC 5321 §5.1). None when there is
    /// neither, or the domain says that it takes no mail (RFC 7505 §3).
    /// </summary>
    public async Task<NameAnswer<string>> MxAsync(string domain, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(domain);
        var (answer, failure) = await QueryAsync(domain, QueryType.MX, cancellationToken).ConfigureAwait(false);
        if (failure is not null)
        {
            return new NameAnswer<string>.Failed(failure);
        }

        var hosts = answer!.Answers.MxRecords().OrderBy(mx => mx.Preference).ThenBy(mx => mx.Exchange.Value, StringComparer.Ordinal)
            .Select(mx => mx.Exchange.Value.TrimEnd('.')).ToList();
        if (hosts.Count > 0)
        {
            var named = hosts.Where(h => h.Length > 0).ToList();
            return named.Count > 0 ? new NameAnswer<string>.Found(named) : new NameAnswer<string>.None();
        }

        return await ResolveAsync(domain, cancellationToken).ConfigureAwait(false) switch
        {
            NameAnswer<IPAddress>.Found => new NameAnswer<string>.Found([domain]),
            NameAnswer<IPAddress>.Failed failed => new NameAnswer<string>.Failed(failed.Reason),
            _ => new NameAnswer<string>.None(),
        };
    }

    private static LookupClient? CreateClient(NameServer? named)
    {
        // Without the last argument a machine that has no name server would ask a company's.
        NameServer[] servers = named is not null ? [named] : [.. NameServer.ResolveNameServers(skipIPv6SiteLocal: true, fallbackToGooglePublicDns: false)];
        return servers.Length == 0 ? null : new LookupClient(new LookupClientOptions(servers)
        {
            Timeout = TimeSpan.FromSeconds(5),
            Retries = 2,
            ThrowDnsErrors = false,
            MaximumCacheTimeout = TimeSpan.FromMinutes(5),
        });
    }

    private static async Task<NameAnswer<IPAddress>> AskSystemAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false);
            return addresses.Length > 0 ? new NameAnswer<IPAddress>.Found(addresses) : new NameAnswer<IPAddress>.None();
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData)
        {
            return new NameAnswer<IPAddress>.None();
        }
        catch (SocketException e)
        {
            return new NameAnswer<IPAddress>.Failed(e.SocketErrorCode.ToString());
        }
    }

    private async Task<NameAnswer<IPAddress>> AskAsync(string host, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(
            QueryAsync(host, QueryType.A, cancellationToken), QueryAsync(host, QueryType.AAAA, cancellationToken)).ConfigureAwait(false);
        var addresses = answers.Where(a => a.Answer is not null).SelectMany(a => a.Answer!.Answers.AddressRecords()).Select(a => a.Address).ToList();
        if (addresses.Count > 0)
        {
            return new NameAnswer<IPAddress>.Found(addresses);
        }

        return answers.FirstOrDefault(a => a.Failure is not null).Failure is { } failure
            ? new NameAnswer<IPAddress>.Failed(failure)
            : new NameAnswer<IPAddress>.None();
    }

    private async Task<(IDnsQueryResponse? Answer, string? Failure)> QueryAsync(string name, QueryType type, CancellationToken cancellationToken)
    {
        if (_client.Value is not { } client)
        {
            return (null, "this machine has no name server");
        }

        try
        {
            var answer = await client.QueryAsync(name, type, cancellationToken: cancellationToken).ConfigureAwait(false);
            return answer.Header.ResponseCode is DnsHeaderResponseCode.NoError or DnsHeaderResponseCode.NotExistentDomain
                ? (answer, null)
                : (null, answer.Header.ResponseCode.ToString());
        }
        catch (Exception e) when (e is DnsResponseException or SocketException or ArgumentException or InvalidOperationException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return (null, e is DnsResponseException dns ? dns.Code.ToString() : e.GetType().Name);
        }
    }
}
