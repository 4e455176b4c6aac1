using System.Security.Cryptography;
using Bitmask.Protocol.Bonafide;
using BenchmarkDotNet.Attributes;

namespace Bitmask.Benchmarks;

/// <summary>What a provider computes for one login: its ephemeral value, the check of the client's proof, its own proof.</summary>
public class SrpBenchmarks
{
    private const string Login = "alice";
    private readonly byte[] _salt = RandomNumberGenerator.GetBytes(16);
    private byte[] _verifier = null!;
    private byte[] _clientEphemeral = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _verifier = SrpVerifier.Compute(SrpGroup.Rfc5054_3072, Login, "password", _salt);
        _clientEphemeral = new SrpClient(SrpGroup.Rfc5054_3072, Login, "password").PublicEphemeral;
    }

    /// <summary>A wrong proof: the server computes as much for it, and a right one can not be made ahead.</summary>
    [Benchmark]
    public byte[]? LoginOnServer() => new SrpServer(SrpGroup.Rfc5054_3072, Login, _salt, _verifier).Prove(_clientEphemeral, new byte[32]);
}
