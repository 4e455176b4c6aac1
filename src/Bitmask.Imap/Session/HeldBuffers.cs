using System.Buffers;

namespace Bitmask.Imap.Session;

/// <summary>Memory for the octets of one message's answer, given back before the next message.</summary>
internal sealed class HeldBuffers : IDisposable
{
    /// <summary>What is more is not held, but read again while it is written.</summary>
    private const int MaxOctets = 1024 * 1024;

    private readonly List<byte[]> _rented = [];
    private long _octets;

    /// <summary>Memory that is valid until <see cref="Release"/>; null when it would be too much.</summary>
    public Memory<byte>? TryRent(long octets)
    {
        if (_octets + octets > MaxOctets)
        {
            return null;
        }

        var array = ArrayPool<byte>.Shared.Rent((int)octets);
        _rented.Add(array);
        _octets += octets;
        return array.AsMemory(0, (int)octets);
    }

    /// <summary>Gives everything back.</summary>
    public void Release()
    {
        foreach (var array in _rented)
        {
            ArrayPool<byte>.Shared.Return(array);
        }

        _rented.Clear();
        _octets = 0;
    }

    public void Dispose() => Release();
}
