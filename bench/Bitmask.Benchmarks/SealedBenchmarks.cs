using Bitmask.Primitives;
using Bitmask.Soledad;
using BenchmarkDotNet.Attributes;

namespace Bitmask.Benchmarks;

/// <summary>A document of 1 KiB into its sealed envelope and out of it.</summary>
public class SealedBenchmarks
{
    private readonly Document _document = new("M-0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef:1", $$"""{"type":"flags","v":1,"text":"{{new string('x', 1024 - 35)}}"}""");
    private Keyset _keyset = null!;
    private SealedCodec _codec = null!;
    private WireDocument _wire = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _keyset = Keyset.Create(new string('0', 64), DateTimeOffset.UnixEpoch);
        _codec = new SealedCodec(_keyset, UserId.Parse(new string('a', 32)), DeviceId.Parse("0011223344556677"));
        _wire = _codec.Encode(_document, 1);
    }

    [GlobalCleanup]
    public void CleanUp() => _keyset.Dispose();

    [Benchmark]
    public WireDocument Encode() => _codec.Encode(_document, 1);

    [Benchmark]
    public DecodeAnswer Decode() => _codec.Decode(_wire) is DecodeAnswer.Put put ? put : throw new InvalidOperationException("It does not open.");
}
