using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bitmask.Soledad.Tests.Sync;

namespace Bitmask.Soledad.Tests.Keys;

public sealed class DeviceCertificateKeyTests : IDisposable
{
    private readonly Devices _devices = new();

    public void Dispose() => _devices.Dispose();

    [Fact]
    public async Task Load_SecondTime_IsTheSameKey()
    {
        var store = _devices.Add();
        using var first = await DeviceCertificateKey.LoadOrCreateAsync(store);
        using var second = await DeviceCertificateKey.LoadOrCreateAsync(store);
        Assert.Equal(first.PublicKey, second.PublicKey);
        Assert.Null(first.Certificate());
    }

    [Fact]
    public async Task SigningRequest_Subject_IsRandomAndTheSignatureHolds()
    {
        using var key = await DeviceCertificateKey.LoadOrCreateAsync(_devices.Add());
        var request = CertificateRequest.LoadSigningRequestPem(key.CreateSigningRequest(), HashAlgorithmName.SHA256);
        Assert.Matches("^CN=[0-9a-f]{32}$", request.SubjectName.Name);
        Assert.Equal(key.PublicKey, Base64Url.EncodeToString(request.PublicKey.ExportSubjectPublicKeyInfo()));
        Assert.NotEqual(key.CreateSigningRequest(), key.CreateSigningRequest());
    }

    [Fact]
    public async Task Sign_Data_VerifiesWithThePublicKey()
    {
        using var key = await DeviceCertificateKey.LoadOrCreateAsync(_devices.Add());
        using var verifier = ECDsa.Create();
        verifier.ImportSubjectPublicKeyInfo(Base64Url.DecodeFromChars(key.PublicKey), out _);
        var signature = key.Sign("nonce"u8);
        Assert.Equal(64, signature.Length);
        Assert.True(verifier.VerifyData("nonce"u8, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
    }

    [Fact]
    public async Task Certificate_OfThisKey_IsKeptWithThePrivateKey()
    {
        using var key = await DeviceCertificateKey.LoadOrCreateAsync(_devices.Add());
        await key.SaveCertificateAsync(Issue(key.CreateSigningRequest()));
        using var certificate = key.Certificate();
        Assert.True(certificate!.HasPrivateKey);
    }

    [Fact]
    public async Task Certificate_OfAnotherKeyOrNone_IsRefused()
    {
        using var key = await DeviceCertificateKey.LoadOrCreateAsync(_devices.Add());
        using var other = await DeviceCertificateKey.LoadOrCreateAsync(_devices.Add());
        await Assert.ThrowsAsync<SoledadException>(() => key.SaveCertificateAsync(Issue(other.CreateSigningRequest())));
        await Assert.ThrowsAsync<SoledadException>(() => key.SaveCertificateAsync("nonsense"));
        Assert.Null(key.Certificate());
    }

    private static string Issue(string request)
    {
        using var ca = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = new CertificateRequest("CN=ca", ca, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var issuer = root.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(90));
        using var certificate = CertificateRequest.LoadSigningRequestPem(request, HashAlgorithmName.SHA256)
            .Create(issuer, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(80), [1]);
        return certificate.ExportCertificatePem();
    }
}
