using System.Security.Cryptography;

namespace Bitmask.OpenPgp.Symmetric;

/// <summary>
/// A running hash. Long runs are hashed on another thread while the caller goes on: hashing is half the work of encrypting, and waits for
/// nothing but its input.
/// </summary>
internal sealed class HashWorker(HashAlgorithmName algorithm) : IDisposable
{
    // Shorter ones are hashed sooner than handed over.
    private const int WorthHandingOver = 16 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(algorithm);
    private byte[]? _copy;
    private Task _running = Task.CompletedTask;

    /// <summary>Takes octets that the caller may change as soon as this returns.</summary>
    public void Append(ReadOnlySpan<byte> octets)
    {
        Wait();
        if (!IsWorthHandingOver(octets.Length))
        {
            _hash.AppendData(octets);
            return;
        }

        if (_copy is null || _copy.Length < octets.Length)
        {
            CryptographicOperations.ZeroMemory(_copy);
            _copy = new byte[octets.Length];
        }

        octets.CopyTo(_copy);
        HandOver(_copy.AsMemory(0, octets.Length));
    }

    /// <summary>Takes octets where they are: they must stay as they are until any other method here was called.</summary>
    public void AppendInPlace(ReadOnlyMemory<byte> octets)
    {
        Wait();
        if (IsWorthHandingOver(octets.Length))
        {
            HandOver(octets);
        }
        else
        {
            _hash.AppendData(octets.Span);
        }
    }

    /// <summary>Writes the digest of all so far; nothing comes after.</summary>
    public void Finish(Span<byte> digest)
    {
        Wait();
        _hash.GetHashAndReset(digest);
    }

    /// <summary>A copy that goes on by itself.</summary>
    public IncrementalHash Clone()
    {
        Wait();
        return _hash.Clone();
    }

    public void Dispose()
    {
        Wait();
        CryptographicOperations.ZeroMemory(_copy);
        _hash.Dispose();
    }

    private static bool IsWorthHandingOver(int octets) => octets >= WorthHandingOver && Environment.ProcessorCount > 1;

    private void HandOver(ReadOnlyMemory<byte> octets) => _running = Task.Run(() => _hash.AppendData(octets.Span));

    private void Wait() => _running.GetAwaiter().GetResult();
}
