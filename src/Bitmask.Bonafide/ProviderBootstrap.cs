using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Outgoing;

namespace Bitmask.Bonafide;

/// <summary>
/// Gets to know a provider: 1. its description and its CA certificate over web trust, once; 2. the certificate against the description's
/// fingerprint, and against the pin when there is one; 3. the description again from the API, judged by this CA alone.
/// </summary>
/// <param name="handlers">Makes the handler for a kind of trust, see <see cref="OutgoingHandlers.For"/>; the handlers stay its own.</param>
public sealed class ProviderBootstrap(Func<ServerTrust, HttpMessageHandler> handlers)
{
    private const int MaxCertificateOctets = 64 * 1024;

    /// <summary>Meets a provider for the first time on this device.</summary>
    /// <param name="domain">The mail domain.</param>
    /// <param name="expectedCaSha256">The CA's SHA-256 in hex when it is known from elsewhere, such as a recovery kit.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="BonafideException">Not a provider, out of reach, or its CA is not the right one.</exception>
    public async Task<ProviderPin> MeetAsync(string domain, string? expectedCaSha256 = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(domain);
        using var web = new BonafideHttp(handlers(ServerTrust.SystemAndRoots));
        var info = await ReadInfoAsync(web, new Uri($"https://{domain}/provider.json"), domain, cancellationToken).ConfigureAwait(false);
        var ca = await ReadCaAsync(web, info, cancellationToken).ConfigureAwait(false);
        var pin = ProviderPin.Restore(domain, info, ca);
        if (expectedCaSha256 is not null && !string.Equals(pin.CaSha256, expectedCaSha256, StringComparison.OrdinalIgnoreCase))
        {
            throw CaChanged(domain);
        }

        return await RefreshAsync(pin, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the description again, from the API and by the pinned CA alone. A changed CA is not taken over: the owner decides.</summary>
    /// <exception cref="BonafideException">Out of reach, or the CA changed.</exception>
    public async Task<ProviderPin> RefreshAsync(ProviderPin pin, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pin);
        using var api = new BonafideHttp(handlers(ServerTrust.PinnedCa(pin.Ca)));
        var info = await ReadInfoAsync(api, new Uri(pin.Api, "/provider.json"), pin.Domain, cancellationToken).ConfigureAwait(false);
        return CaFingerprint.TryParse(info.CaCertFingerprint, out var fingerprint) && fingerprint!.Matches(pin.Ca)
            ? ProviderPin.Restore(pin.Domain, info, pin.Ca)
            : throw CaChanged(pin.Domain);
    }

    /// <summary>Checks that the provider can hold sealed accounts.</summary>
    /// <exception cref="BonafideException"><see cref="BonafideErrors.ProviderDowngrade"/>.</exception>
    public static void RequireSealed(ProviderPin pin)
    {
        ArgumentNullException.ThrowIfNull(pin);
        if (pin.Info.MissingSecurity() is { Count: > 0 } missing)
        {
            throw new BonafideException(
                BonafideErrors.ProviderDowngrade,
                $"The provider {pin.Domain} does not offer {string.Join(", ", missing)}, which this account needs.",
                "Nothing secret was sent. Ask the provider; a LEAP provider needs an account made with --leap.");
        }
    }

    private static async Task<ProviderInfo> ReadInfoAsync(BonafideHttp http, Uri uri, string domain, CancellationToken cancellationToken)
    {
        var answer = await http.SendAsync(HttpMethod.Get, uri, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (answer.Status == 404)
        {
            throw new BonafideException(BonafideErrors.NoProvider, $"{domain} is not a mail provider of this kind.", "Check the part after the @.");
        }

        answer.ThrowIfBad();
        try
        {
            return ProviderInfo.Parse(answer.Body);
        }
        catch (FormatException e)
        {
            throw new BonafideException(BonafideErrors.BadAnswer, $"The description of {domain} can not be read.", inner: e);
        }
    }

    private static async Task<X509Certificate2> ReadCaAsync(BonafideHttp web, ProviderInfo info, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(info.CaCertUri, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttps)
        {
            throw new BonafideException(BonafideErrors.NoProvider, "The provider's description names no https address for its CA certificate.");
        }

        var answer = await web.SendAsync(HttpMethod.Get, uri, cancellationToken: cancellationToken).ConfigureAwait(false);
        answer.ThrowIfBad();
        var ca = ParseCa(answer.Body);
        if (CaFingerprint.TryParse(info.CaCertFingerprint, out var fingerprint) && fingerprint!.Matches(ca))
        {
            return ca;
        }

        ca.Dispose();
        throw new BonafideException(
            BonafideErrors.CaMismatch, "The provider's CA certificate does not have the fingerprint that the provider names.",
            "Somebody may be in between. Try another network, or ask the provider.");
    }

    private static X509Certificate2 ParseCa(byte[] pem)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            if (pem.Length <= MaxCertificateOctets)
            {
                certificates.ImportFromPem(System.Text.Encoding.ASCII.GetString(pem));
            }

            if (certificates.Count == 1 && certificates[0].Extensions.OfType<X509BasicConstraintsExtension>().Any(e => e.CertificateAuthority))
            {
                return certificates[0];
            }
        }
        catch (CryptographicException)
        {
            // Falls through.
        }

        throw new BonafideException(BonafideErrors.CaMismatch, "The provider's CA file is not one CA certificate.");
    }

    private static BonafideException CaChanged(string domain) => new(
        BonafideErrors.CaChanged, $"The provider {domain} presents another CA certificate than the one this account holds to.",
        "Ask the provider by another way whether it changed. Nothing was sent.");
}
