using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bitmask.Testing.Tls;

/// <summary>A certificate authority for one test: ECDSA P-256, all in memory.</summary>
public sealed class TestAuthority : IDisposable
{
    private TestAuthority(X509Certificate2 certificate, DateTimeOffset now)
    {
        Certificate = certificate;
        Now = now;
    }

    /// <summary>Its certificate, with private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Its certificate as PEM.</summary>
    public string Pem => Certificate.ExportCertificatePem() + "\n";

    private DateTimeOffset Now { get; }

    public static TestAuthority Create(string name, DateTimeOffset? now = null)
    {
        var time = now ?? TimeProvider.System.GetUtcNow();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        return new TestAuthority(request.CreateSelfSigned(time.AddDays(-1), time.AddYears(1)), time);
    }

    /// <summary>A server certificate for these names, with private key.</summary>
    public X509Certificate2 IssueServer(params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + names[0], key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            alternatives.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var issued = request.Create(Certificate, Now.AddDays(-1), Now.AddMonths(6), RandomNumberGenerator.GetBytes(16));
        return issued.CopyWithPrivateKey(key);
    }

    /// <summary>Signs a request, as a provider does for submission.</summary>
    public X509Certificate2 SignRequest(string pem)
    {
        var request = CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256);
        return request.Create(
            Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(Certificate.GetECDsaPrivateKey()!), Now.AddDays(-1), Now.AddMonths(2),
            RandomNumberGenerator.GetBytes(16));
    }

    public void Dispose() => Certificate.Dispose();
}
