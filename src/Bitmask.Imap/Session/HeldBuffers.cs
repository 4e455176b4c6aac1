using System.Buffers;

namespace Bitmask.Imap.Session;

/// <summary>Memory for the octets of some messages' answers, given back when they were written.</summary>
internal sealed class HeldBuffers : IDisposable
{
    /// <summary>What is more is not held, but read again while it is written.</summary>
    private const int MaxOctets = 1024 * 1024;

    private readonly List<byte[]> _rented = [];
    private long _octets;

    /// <summary>Memory that is valid until this is disposed; null when it would be too much.</summary>
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
    public void Dispose()
    {
        foreach (var array in _rented)
        {
            ArrayPool<byte>.Shared.Return(array);
        }

        _rented.Clear();
        _octets = 0;
    }
}
