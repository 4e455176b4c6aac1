using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Bitmask.Sqlite;

namespace Bitmask.Daemon.Doors;

/// <summary>
/// The certificate of the doors for mail programs, when they speak TLS: made by this installation for itself, signed by its own key, good for
/// loopback names only, and no authority. A program is told to trust this very one. It is made anew in its last month.
/// </summary>
internal sealed class DoorCertificate(string folder, TimeProvider clock)
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(800);
    private static readonly TimeSpan LastMonth = TimeSpan.FromDays(30);

    private readonly Lock _gate = new();
    private SslStreamCertificateContext? _context;

    /// <summary>Where the certificate stands, for programs that read the one they shall trust from a file.</summary>
    public string File => Path.Combine(folder, "server.crt");

    private string KeyFile => Path.Combine(folder, "server.key");

    /// <summary>What a connection is served with.</summary>
    public SslServerAuthenticationOptions Options() => new() { ServerCertificateContext = Context(), EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 };

    private SslStreamCertificateContext Context()
    {
        lock (_gate)
        {
            if (_context is null || IsOld(_context.TargetCertificate))
            {
                _context = SslStreamCertificateContext.Create(Read() is { } kept && !IsOld(kept) ? kept : Make(), additionalCertificates: null, offline: true);
            }

            return _context;
        }
    }

    private bool IsOld(X509Certificate2 certificate) => clock.GetUtcNow() > certificate.NotAfter - LastMonth;

    private X509Certificate2? Read()
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(File, KeyFile);
        }
        catch (Exception e) when (e is CryptographicException or FileNotFoundException or DirectoryNotFoundException)
        {
            return null;   // not made yet, or only one of the two was written
        }
    }

    private X509Certificate2 Make()
    {
        DurableFile.CreateDirectory0700(folder);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=\"Bitmask Mail on this computer\"", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "serverAuth")], critical: false));
        var now = clock.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now + Life);
        DurableFile.WriteAllBytes(KeyFile, Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"));
        DurableFile.WriteAllBytes(File, Encoding.ASCII.GetBytes(made.ExportCertificatePem() + "\n"));
        return X509Certificate2.CreateFromPemFile(File, KeyFile);
    }
}
