using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Bitmask.Provider.WebApi;

/// <summary>
/// The web server's buffers, in blocks that hold the content of a whole record of TLS. With its own, of 4 KiB, a blob goes through four reads, copies and wake-ups for each
/// record that comes, and leaves as four records instead of one. A connection where nothing moves holds no block.
/// </summary>
internal sealed class WideBlocks : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    /// <summary>Octets of a block: as many as a record's content may have.</summary>
    public const int BlockOctets = 16 * 1024;

    /// <summary>Blocks kept for the next use, 4 MiB; what more connections at once have needed goes back to the collector.</summary>
    public const int MaxKept = 256;

    private readonly ConcurrentStack<byte[]> _kept = new();
    private int _count;

    public override int MaxBufferSize => BlockOctets;

    /// <inheritdoc/>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockOctets);
        if (_kept.TryPop(out var octets))
        {
            Interlocked.Decrement(ref _count);
        }

        // Where the collector does not move it: the system reads and writes it.
        return new Owner(this, octets ?? GC.AllocateUninitializedArray<byte>(BlockOctets, pinned: true));
    }

    protected override void Dispose(bool disposing)
    {
        // Each of the server's parts disposes what it was given, while others use it still. The collector takes the blocks with the pool.
    }

    private void Keep(byte[] octets)
    {
        if (Interlocked.Increment(ref _count) <= MaxKept)
        {
            _kept.Push(octets);
        }
        else
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <summary>One for each use, so that whoever gives a block back twice does not take it from the next one.</summary>
    private sealed class Owner(WideBlocks pool, byte[] octets) : IMemoryOwner<byte>
    {
        private byte[]? _octets = octets;

        public Memory<byte> Memory => _octets ?? throw new ObjectDisposedException(nameof(WideBlocks));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _octets, null) is { } octets)
            {
                pool.Keep(octets);
            }
        }
    }
}
