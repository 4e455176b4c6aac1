using System.Security.Cryptography;
using Bitmask.OpenPgp.Symmetric;

namespace Bitmask.OpenPgp.Tests.Symmetric;

public class HashWorkerTests
{
    [Theory]
    [InlineData(100)]
    [InlineData(100_000)]
    public void Finish_RunsOfEitherKind_HashOfAllInOrder(int run)
    {
        var data = RandomNumberGenerator.GetBytes(7 * run);
        using var hash = new HashWorker(HashAlgorithmName.SHA256);
        var reused = new byte[run];
        for (var i = 0; i < 7; i++)
        {
            var octets = data.AsMemory(i * run, run);
            if (i % 3 == 0)
            {
                octets.Span.CopyTo(reused);
                hash.Append(reused);
                Array.Clear(reused);
            }
            else
            {
                hash.AppendInPlace(octets);
            }
        }

        using var clone = hash.Clone();
        var digest = new byte[SHA256.HashSizeInBytes];
        hash.Finish(digest);

        Assert.Equal(SHA256.HashData(data), digest);
        Assert.Equal(SHA256.HashData(data), clone.GetHashAndReset());
    }
}
