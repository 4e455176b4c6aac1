using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bitmask.Soledad;

/// <summary>
/// This device's one key pair, ECDSA P-256, kept in the encrypted store (security.md B2): it signs the request for the certificate
/// that mail submission needs, and the provider's nonce when a session is renewed.
/// </summary>
public sealed class DeviceCertificateKey : IDisposable
{
    private const string KeySetting = "device.key";
    private const string CertificateSetting = "device.certificate";

    private readonly SoledadStore _store;
    private readonly ECDsa _key;

    private DeviceCertificateKey(SoledadStore store, ECDsa key)
    {
        (_store, _key) = (store, key);
        PublicKey = Base64Url.EncodeToString(key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>The pair itself, for the certificate request and for signing a nonce. Lent.</summary>
    public ECDsa Key => _key;

    /// <summary>The public key: SubjectPublicKeyInfo (RFC 5280 §4.1) in base64url.</summary>
    public string PublicKey { get; }

    /// <summary>Loads the key from the store, or makes it and waits until it is durable.</summary>
    public static async Task<DeviceCertificateKey> LoadOrCreateAsync(SoledadStore store, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        var stored = await store.WriteAsync(LoadOrCreate, cancellationToken).ConfigureAwait(false);
        var octets = Convert.FromBase64String(stored);
        var key = ECDsa.Create();
        try
        {
            key.ImportPkcs8PrivateKey(octets, out _);
            return new DeviceCertificateKey(store, key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    /// <summary>A certificate request (RFC 2986) in PEM. Its subject is a new random id: no address, nothing that names the owner.</summary>
    public string CreateSigningRequest()
        => new CertificateRequest($"CN={Guid.NewGuid():n}", _key, HashAlgorithmName.SHA256).CreateSigningRequestPem();

    /// <summary>ECDSA with SHA-256, in the fixed form of 64 octets (IEEE P1363).</summary>
    public byte[] Sign(ReadOnlySpan<byte> data) => _key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>Keeps the certificate that the provider made.</summary>
    /// <exception cref="SoledadException">It is no certificate, or of another key (<see cref="SoledadCodes.BrokenAnswer"/>).</exception>
    public Task SaveCertificateAsync(string pem, CancellationToken cancellationToken = default)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(pem);
            if (!certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(_key.ExportSubjectPublicKeyInfo()))
            {
                throw SoledadHttp.Broken("The provider's certificate is for another key.");
            }
        }
        catch (CryptographicException e)
        {
            throw SoledadHttp.Broken("The provider's answer is no certificate.", e);
        }

        return _store.WriteAsync(tx => tx.SetSetting(CertificateSetting, pem), cancellationToken);
    }

    /// <summary>The certificate together with this key, for TLS; null when none was saved yet. The caller disposes it.</summary>
    public X509Certificate2? Certificate()
    {
        if (_store.Read(static reader => reader.GetSetting(CertificateSetting)) is not { } pem)
        {
            return null;
        }

        using var certificate = X509Certificate2.CreateFromPem(pem);
        return certificate.CopyWithPrivateKey(_key);
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static string LoadOrCreate(StoreTransaction transaction)
    {
        if (transaction.GetSetting(KeySetting) is { } stored)
        {
            return stored;
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var octets = key.ExportPkcs8PrivateKey();
        var made = Convert.ToBase64String(octets);
        CryptographicOperations.ZeroMemory(octets);
        transaction.SetSetting(KeySetting, made);
        return made;
    }
}
