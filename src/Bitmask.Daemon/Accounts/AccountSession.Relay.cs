using Bitmask.Bonafide;
using Bitmask.Protocol.Outgoing;
using Bitmask.Smtp.Client;

namespace Bitmask.Daemon.Accounts;

/// <summary>The way of outgoing mail to the provider.</summary>
internal sealed partial class AccountSession
{
    /// <summary>Most addresses of one host that are tried.</summary>
    private const int MaxAddressesOfHost = 4;

    /// <summary>Least time between two certificates that are asked for because one was refused: the fault may be another.</summary>
    private static readonly TimeSpan BetweenRefusals = TimeSpan.FromHours(1);

    private DateTimeOffset? _renewedRefused;
    private volatile bool _isCertificateRefused;

    /// <summary>The provider's submission servers, every address of every host, in the provider's order.</summary>
    private async Task<IReadOnlyList<SmtpEndpoint>> RelaysAsync(CancellationToken cancellationToken)
    {
        var services = _link.KnownServices ?? throw new IOException("The provider has not been reached yet.");
        await RenewRefusedCertificateAsync(cancellationToken);
        var certificate = _deviceKey.Certificate() ?? throw new IOException("The provider has not given this device a certificate yet.");
        var relays = new List<SmtpEndpoint>();
        foreach (var host in services.Submission)
        {
            if (await _link.Outgoing.Resolver.ResolveAsync(host.Name, cancellationToken) is NameAnswer<System.Net.IPAddress>.Found found)
            {
                relays.AddRange(found.Values.Take(MaxAddressesOfHost).Select(address => new SmtpEndpoint(host.Name, host.Port, SmtpTlsMode.Implicit)
                {
                    Address = address,
                    ClientCertificate = certificate,
                    RequireTls13 = true,
                    ValidateServer = ServerTrust.PinnedCa(_link.Pin.Ca).ToCallback([]),
                }));
            }
        }

        return relays.Count > 0 ? relays : throw new IOException("The provider's mail server can not be found.");
    }

    /// <summary>A certificate that has run out or was refused is of no use: another is asked for before mail is tried with it.</summary>
    private async Task RenewRefusedCertificateAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        using var current = _deviceKey.Certificate();
        var hasRunOut = current is not null && current.NotAfter <= now;
        if (!hasRunOut && (!_isCertificateRefused || now - _renewedRefused < BetweenRefusals))
        {
            return;
        }

        try
        {
            await _setup.RenewCertificateAsync(cancellationToken, isRefused: true);
            (_renewedRefused, _isCertificateRefused) = (now, false);
        }
        catch (BonafideException failure)
        {
            throw new IOException("This device's certificate has to be renewed, and that failed: " + failure.Message, failure);
        }
    }
}
