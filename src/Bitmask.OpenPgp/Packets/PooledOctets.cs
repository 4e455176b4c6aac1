using System.Buffers;
using System.Security.Cryptography;

namespace Bitmask.OpenPgp.Packets;

/// <summary>A buffer out of the common pool, for what may be plaintext: wiped before it goes back.</summary>
internal sealed class PooledOctets(int length) : IDisposable
{
    private byte[]? _octets = ArrayPool<byte>.Shared.Rent(length);

    /// <summary>As many octets as were asked for, of any value at first.</summary>
    public Memory<byte> Memory => Octets.AsMemory(0, length);

    public Span<byte> Span => Octets.AsSpan(0, length);

    private byte[] Octets => _octets ?? throw new ObjectDisposedException(nameof(PooledOctets));

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _octets, null) is { } octets)
        {
            CryptographicOperations.ZeroMemory(octets.AsSpan(0, length));
            ArrayPool<byte>.Shared.Return(octets);
        }
    }
}
