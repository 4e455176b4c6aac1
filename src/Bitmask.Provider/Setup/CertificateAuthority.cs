using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bitmask.Provider.Setup;

/// <summary>
/// One of the provider's two authorities: for its host names, or for its users' submission certificates. Times are rounded to
/// days, so that a certificate does not tell when its owner signed up.
/// </summary>
internal sealed class CertificateAuthority : IDisposable
{
    private const int AuthorityYears = 10;
    private const string ServerAuth = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuth = "1.3.6.1.5.5.7.3.2";

    private readonly ECDsa _key;

    private CertificateAuthority(X509Certificate2 certificate, ECDsa key)
    {
        Certificate = certificate;
        _key = key;
    }

    public X509Certificate2 Certificate { get; }

    public static CertificateAuthority Create(string commonName, TimeProvider clock)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var request = new CertificateRequest(new X500DistinguishedName($"CN=\"{commonName}\""), key, HashAlgorithmName.SHA384);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var today = Today(clock);
        return new CertificateAuthority(request.CreateSelfSigned(today.AddDays(-1), today.AddYears(AuthorityYears)), key);
    }

    /// <exception cref="ProviderException">A file is missing or damaged.</exception>
    public static CertificateAuthority Load(string certificatePath, string keyPath)
    {
        try
        {
            var key = ECDsa.Create();
            key.ImportFromPem(File.ReadAllText(keyPath));
            return new CertificateAuthority(X509Certificate2.CreateFromPem(File.ReadAllText(certificatePath)), key);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new ProviderException($"The authority {certificatePath} or its key can not be read: {e.Message} Restore both files from a backup; a new authority would lock every user's device out.", e);
        }
    }

    public string CertificatePem() => Certificate.ExportCertificatePem() + "\n";

    public string KeyPem() => _key.ExportPkcs8PrivateKeyPem() + "\n";

    /// <summary>Signs a server certificate for host names, good for a year.</summary>
    public X509Certificate2 IssueServer(ECDsa key, IReadOnlyList<string> names, TimeProvider clock)
    {
        var request = new CertificateRequest(new X500DistinguishedName($"CN=\"{names[0]}\""), key, HashAlgorithmName.SHA256);
        var san = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            san.AddDnsName(name);
        }

        request.CertificateExtensions.Add(san.Build());
        var today = Today(clock);
        return Sign(request, ServerAuth, today.AddDays(-1), today.AddYears(1));
    }

    /// <summary>Signs a submission certificate. Its subject is what the caller says: for sealed accounts a random id (security.md B2).</summary>
    public X509Certificate2 IssueClient(PublicKey key, string commonName, TimeProvider clock)
    {
        var request = new CertificateRequest(new X500DistinguishedName($"CN=\"{commonName}\""), key, HashAlgorithmName.SHA256);
        var today = Today(clock);
        return Sign(request, ClientAuth, today.AddMonths(-1), today.AddMonths(2));
    }

    public void Dispose()
    {
        _key.Dispose();
        Certificate.Dispose();
    }

    private static DateTimeOffset Today(TimeProvider clock) => new(clock.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);

    private X509Certificate2 Sign(CertificateRequest request, string purpose, DateTimeOffset from, DateTimeOffset to)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return request.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), from, to, serial);
    }
}
