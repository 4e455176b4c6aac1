using System.Net;
using Bitmask.Protocol.Outgoing;
using Bitmask.Smtp;
using Bitmask.Smtp.Client;

namespace Bitmask.Provider.Relay;

/// <summary>What became of one recipient in one attempt.</summary>
internal abstract record RelayAnswer
{
    private RelayAnswer()
    {
    }

    /// <summary>The other server has it.</summary>
    internal sealed record Delivered : RelayAnswer;

    /// <summary>Not now; the reason is fit to show.</summary>
    internal sealed record Later(string Reason) : RelayAnswer;

    /// <summary>Never; the reply goes into the notice. <paramref name="Server"/> is null when no server said it.</summary>
    internal sealed record Failed(SmtpReply Reply, string? Server) : RelayAnswer;
}

/// <summary>Carries a mail to the exchangers of one domain (RFC 5321 §5.1), best first, encrypted where the other side can (RFC 7435).</summary>
internal sealed class RelayRoute(ProviderSettings settings, NameResolver resolver, TimeProvider clock)
{
    public async Task<IReadOnlyList<RelayAnswer>> SendAsync(
        string domain, string reversePath, IReadOnlyList<string> recipients, string? envelopeId, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        IReadOnlyList<RelayAnswer> All(RelayAnswer answer) => [.. recipients.Select(_ => answer)];

        IReadOnlyList<string> exchangers;
        switch (await resolver.MxAsync(domain, cancellationToken))
        {
            case NameAnswer<string>.Found found:
                exchangers = found.Values;
                break;
            case NameAnswer<string>.Failed failed:
                return All(new RelayAnswer.Later($"the mail server of {domain} could not be looked up ({failed.Reason})"));
            default:
                return All(new RelayAnswer.Failed(new SmtpReply(556, "5.1.10", $"The domain {domain} does not exist or takes no mail"), null));
        }

        var reason = $"no mail server of {domain} could be reached";
        foreach (var host in exchangers)
        {
            foreach (var address in await AddressesAsync(host, cancellationToken))
            {
                try
                {
                    await using var client = await SmtpClient.ConnectAsync(Endpoint(host, address), clock, cancellationToken);
                    var replies = await client.SendAsync(new SmtpEnvelope(reversePath, recipients, envelopeId), message, cancellationToken);
                    return [.. replies.Select(reply => Judge(reply, host))];
                }
                catch (SmtpCommandException e) when (!e.IsTransient)
                {
                    return All(new RelayAnswer.Failed(e.Reply, host));
                }
                catch (ArgumentException e)
                {
                    // Octets that can not stand in SMTP at all; no other server and no later time helps.
                    return All(new RelayAnswer.Failed(new SmtpReply(554, "5.6.0", e.Message), null));
                }
                catch (SmtpException e)
                {
                    reason = $"{host}: {e.Message}";
                }
            }
        }

        return All(new RelayAnswer.Later(reason));
    }

    private static RelayAnswer Judge(SmtpReply reply, string host)
        => reply.IsPositive ? new RelayAnswer.Delivered() : reply.IsPermanent ? new RelayAnswer.Failed(reply, host) : new RelayAnswer.Later($"{host}: {reply}");

    private SmtpEndpoint Endpoint(string host, IPAddress address) => new(host, settings.RelayPort, SmtpTlsMode.StartTlsIfOffered)
    {
        Address = address,
        HeloName = settings.MxHost,

        // Opportunistic: an unknown certificate is still better than clear text, which is the alternative (RFC 7435 §3).
        ValidateServer = static (_, certificate, _, _) => certificate is not null,
        CommandTimeout = TimeSpan.FromMinutes(2),
    };

    private async Task<IReadOnlyList<IPAddress>> AddressesAsync(string host, CancellationToken cancellationToken)
        => await resolver.ResolveAsync(host, cancellationToken) is NameAnswer<IPAddress>.Found found ? found.Values : [];
}
