using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using BenchmarkDotNet.Attributes;

namespace Bitmask.Benchmarks;

/// <summary>What keys cost: making one with its revocation certificate, reading one, joining two copies.</summary>
public class OpenPgpKeyBenchmarks
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly EmailAddress Alice = EmailAddress.Parse("alice@red.test");

    private KeyGenerationOptions _options = null!;
    private OpenPgpCertificate _certificate = null!;
    private byte[] _octets = null!;

    [Params(KeyProfile.Version4, KeyProfile.Version6)]
    public KeyProfile Profile { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _options = new KeyGenerationOptions { Profile = Profile };
        using var made = OpenPgpSecretKey.Generate(Alice, Now, _options);
        (_certificate, _octets) = (made.Key.Certificate, made.Key.Certificate.ToBinary());
    }

    [Benchmark]
    public string Generate()
    {
        using var made = OpenPgpSecretKey.Generate(Alice, Now, _options);
        return made.RevocationCertificate;
    }

    [Benchmark]
    public OpenPgpCertificate Parse() => OpenPgpCertificate.Parse(_octets);

    [Benchmark]
    public OpenPgpCertificate Merge() => _certificate.Merge(_certificate);
}
