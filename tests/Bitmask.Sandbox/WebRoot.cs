using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bitmask.Sandbox;

/// <summary>
/// The sandbox's stand-in for the public certificate authorities: signs each domain's web certificate. Programs come to trust it only
/// through their documented setting trusted_roots.
/// </summary>
internal sealed class WebRoot
{
    private readonly X509Certificate2 _certificate;
    private readonly string _folder;

    private WebRoot(X509Certificate2 certificate, string folder)
    {
        _certificate = certificate;
        _folder = folder;
    }

    public string CertificatePath => Path.Combine(_folder, "web-root.crt");

    public static WebRoot Create(string folder, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Bitmask sandbox web root", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        var root = new WebRoot(request.CreateSelfSigned(now.AddDays(-1), now.AddYears(1)), folder);
        File.WriteAllText(root.CertificatePath, root._certificate.ExportCertificatePem() + "\n");
        return root;
    }

    /// <summary>Writes DOMAIN.crt and DOMAIN.key and answers their paths.</summary>
    public (string Certificate, string Key) Issue(string domain, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + domain, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(domain);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        using var issued = request.Create(_certificate, now.AddDays(-1), now.AddMonths(6), RandomNumberGenerator.GetBytes(16));
        var (certificatePath, keyPath) = (Path.Combine(_folder, domain + ".crt"), Path.Combine(_folder, domain + ".key"));
        File.WriteAllText(certificatePath, issued.ExportCertificatePem() + "\n");
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem() + "\n");
        File.SetUnixFileMode(keyPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return (certificatePath, keyPath);
    }
}
