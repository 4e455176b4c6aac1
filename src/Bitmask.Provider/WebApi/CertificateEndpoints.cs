using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Bitmask.Provider.Setup;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.WebApi;

/// <summary>
/// Certificates for the submission port, <c>POST /1/smtp_cert</c>. A certificate request keeps the key on the device and gets a random
/// subject (security.md B2); an empty body is LEAP's way, key made here and sent along, for leap accounts only.
/// </summary>
internal sealed class CertificateEndpoints(ProviderSettings settings, ProviderStore store, CertificateAuthority authority, TimeProvider clock)
{
    private const int MaxRequestOctets = 16 * 1024;
    private const int LeapKeyBits = 2048;

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost("/1/smtp_cert", context => ApiRequest.RunAsync(context, IssueAsync));

    /// <exception cref="ApiException">Not a request that a certificate can be made for.</exception>
    internal static PublicKey ReadRequest(byte[] body)
    {
        try
        {
            // Loading checks the request's own signature: whoever asks has the private key.
            var request = CertificateRequest.LoadSigningRequestPem(
                Encoding.ASCII.GetString(body), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default, RSASignaturePadding.Pkcs1);
            using var key = request.PublicKey.GetECDsaPublicKey();
            if (key is { KeySize: >= 256 })
            {
                return request.PublicKey;
            }
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException)
        {
            // The refusal below says it.
        }

        throw ApiException.Invalid("csr", "must be a signed PEM certificate request with an elliptic-curve key");
    }

    private async Task IssueAsync(HttpContext context)
    {
        var user = await ApiRequest.RequireUserAsync(context, store);
        var body = await Body.ReadAsync(context, MaxRequestOctets);
        if (context.Request.ContentType?.Split(';')[0].Trim() == "application/pkcs10")
        {
            var pem = await IssueAsync(user, ReadRequest(body), RandomSubject(), context.RequestAborted);
            await ApiRequest.WriteAsync(context, 200, "application/pem-certificate-chain", Encoding.ASCII.GetBytes(pem));
        }
        else if (user.Mode == AccountMode.Leap)
        {
            using var key = RSA.Create(LeapKeyBits);
            var pem = await IssueAsync(user, new PublicKey(key), $"{user.Login}@{settings.Domain}", context.RequestAborted);
            await ApiRequest.WriteAsync(context, 200, "text/plain", Encoding.ASCII.GetBytes(key.ExportRSAPrivateKeyPem() + "\n" + pem));
        }
        else
        {
            throw ApiException.Invalid("csr", "is missing: a sealed account sends a certificate request (application/pkcs10)");
        }
    }

    private async Task<string> IssueAsync(User user, PublicKey key, string subject, CancellationToken cancellationToken)
    {
        using var certificate = authority.IssueClient(key, subject, clock);
        await store.AddCertificateAsync(
            user.Id, SHA256.HashData(certificate.RawDataMemory.Span), certificate.NotAfter, key.ExportSubjectPublicKeyInfo(), cancellationToken);
        return certificate.ExportCertificatePem() + "\n";
    }

    private static string RandomSubject() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
