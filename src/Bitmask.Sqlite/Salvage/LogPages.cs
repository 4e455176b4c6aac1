using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Bitmask.Sqlite;

/// <summary>
/// The committed part of a write-ahead log, read as SQLite reads it: frames count up to the last commit before the first frame that is not what its checksum says. Nothing is
/// written, so the log of a damaged database stays as it was.
/// </summary>
internal sealed class LogPages : IDisposable
{
    private const int HeaderOctets = 32;
    private const int FrameHeaderOctets = 24;
    private const int FrameOctets = FrameHeaderOctets + CipherPages.PageOctets;
    private const uint Magic = 0x377f0682;

    private readonly SafeFileHandle _file;
    private readonly Dictionary<uint, long> _places = [];

    private LogPages(SafeFileHandle file) => _file = file;

    /// <summary>Pages of the database after the last commit in the log; 0 when there is none.</summary>
    public uint PageCount { get; private set; }

    public static LogPages? TryOpen(string database)
    {
        var path = database + "-wal";
        if (!File.Exists(path))
        {
            return null;
        }

        var pages = new LogPages(NativeFile.OpenToRead(path));
        pages.ReadFrames();
        return pages;
    }

    /// <summary>Reads a page into the buffer; false when the log does not have it.</summary>
    public bool TryRead(uint page, Span<byte> buffer)
        => _places.TryGetValue(page, out var place) && RandomAccess.Read(_file, buffer, place) == buffer.Length;

    public void Dispose() => _file.Dispose();

    private void ReadFrames()
    {
        Span<byte> header = stackalloc byte[HeaderOctets];
        if (RandomAccess.Read(_file, header, 0) < HeaderOctets)
        {
            return;
        }

        var magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        var (isBig, sum) = ((magic & 1) == 1, default((uint, uint)));
        if ((magic & ~1U) != Magic || BinaryPrimitives.ReadUInt32BigEndian(header[8..]) != CipherPages.PageOctets
            || (sum = Add(sum, header[..24], isBig)) != (BinaryPrimitives.ReadUInt32BigEndian(header[24..]), BinaryPrimitives.ReadUInt32BigEndian(header[28..])))
        {
            return;
        }

        var frame = new byte[FrameOctets];
        var uncommitted = new Dictionary<uint, long>();
        for (long place = HeaderOctets; RandomAccess.Read(_file, frame, place) == FrameOctets; place += FrameOctets)
        {
            var octets = frame.AsSpan();
            sum = Add(Add(sum, octets[..8], isBig), octets[FrameHeaderOctets..], isBig);
            var (page, committed) = (BinaryPrimitives.ReadUInt32BigEndian(octets), BinaryPrimitives.ReadUInt32BigEndian(octets[4..]));
            if (page == 0 || !octets[8..16].SequenceEqual(header[16..24]) || sum != (BinaryPrimitives.ReadUInt32BigEndian(octets[16..]), BinaryPrimitives.ReadUInt32BigEndian(octets[20..])))
            {
                return;
            }

            uncommitted[page] = place + FrameHeaderOctets;
            if (committed > 0)
            {
                PageCount = committed;
                foreach (var (number, where) in uncommitted)
                {
                    _places[number] = where;
                }

                uncommitted.Clear();
            }
        }
    }

    private static (uint, uint) Add((uint First, uint Second) sum, ReadOnlySpan<byte> octets, bool isBig)
    {
        var (first, second) = sum;
        for (; octets.Length >= 8; octets = octets[8..])
        {
            first = unchecked(first + Word(octets) + second);
            second = unchecked(second + Word(octets[4..]) + first);
        }

        return (first, second);

        uint Word(ReadOnlySpan<byte> at) => isBig ? BinaryPrimitives.ReadUInt32BigEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at);
    }
}
