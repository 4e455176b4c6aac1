using System.Security.Cryptography;

namespace Bitmask.Primitives;

/// <summary>
/// Key material: held in a pinned array that the collector never copies, wiped on <see cref="Dispose"/>, never printed
/// (security.md C7). The owner disposes it; whoever borrows <see cref="Span"/> must not keep it.
/// </summary>
public sealed class SecretBytes : IDisposable
{
    private readonly byte[] _bytes;
    private bool _disposed;

    /// <summary>Makes a zero-filled secret of <paramref name="length"/> octets, to be filled through <see cref="Span"/>.</summary>
    public SecretBytes(int length)
    {
        _bytes = GC.AllocateArray<byte>(length, pinned: true);
    }

    /// <summary>Copies <paramref name="source"/>; the caller wipes its own copy.</summary>
    public SecretBytes(ReadOnlySpan<byte> source)
        : this(source.Length)
    {
        source.CopyTo(_bytes);
    }

    /// <summary>Length in octets.</summary>
    public int Length => _bytes.Length;

    /// <summary>The octets.</summary>
    /// <exception cref="ObjectDisposedException">The secret was wiped.</exception>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _bytes;
        }
    }

    /// <summary>Makes a secret of random octets.</summary>
    public static SecretBytes Random(int length)
    {
        var secret = new SecretBytes(length);
        RandomNumberGenerator.Fill(secret._bytes);
        return secret;
    }

    /// <summary>An independent copy with a life of its own.</summary>
    public SecretBytes Clone() => new(Span);

    /// <summary>Compares in constant time.</summary>
    public bool FixedTimeEquals(ReadOnlySpan<byte> other) => CryptographicOperations.FixedTimeEquals(Span, other);

    /// <summary>Wipes the octets.</summary>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_bytes);
    }

    /// <summary>Never the content.</summary>
    public override string ToString() => "(secret)";
}
