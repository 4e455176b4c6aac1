using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using BenchmarkDotNet.Attributes;

namespace Bitmask.Benchmarks;

/// <summary>What one mail costs: encrypted and signed by the sender, opened and its signature checked by the recipient. Armor included.</summary>
public class OpenPgpBenchmarks
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private OpenPgpSecretKey _alice = null!;
    private OpenPgpSecretKey _bob = null!;
    private byte[] _mail = null!;
    private byte[] _message = null!;

    [Params(10 * 1024, 1024 * 1024)]
    public int Octets { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        (_alice, _bob) = (OpenPgpSecretKey.Generate(EmailAddress.Parse("alice@red.test"), Now), OpenPgpSecretKey.Generate(EmailAddress.Parse("bob@blue.test"), Now));
        _mail = new byte[Octets];
        new Random(1).NextBytes(_mail);
        _message = EncryptAndSign();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _alice.Dispose();
        _bob.Dispose();
    }

    [Benchmark]
    public byte[] EncryptAndSign() => MessageSigner.EncryptAndSign(_mail, [_bob.Certificate], _alice, Now);

    [Benchmark]
    public DecryptionResult DecryptAndVerify()
        => MessageDecryptor.Decrypt(_message, [_bob], [_alice.Certificate], Now) is DecryptionResult.Opened { Signatures: [{ Status: SignatureStatus.Good }] } opened
            ? opened
            : throw new InvalidOperationException("It does not open.");
}
