using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Bitmask.Primitives;

/// <summary>Who owns a file: the framework knows modes but no owners.</summary>
public static partial class UnixFile
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const uint OwnerField = 0x8; // STATX_UID
    private const int StatxOctets = 256;
    private const int OwnerOffset = 20;

    /// <summary>The owner's user id; of a link, the link's own. Null when the file can not be looked at.</summary>
    public static uint? OwnerOf(string path)
    {
        // The layout of struct statx is the same on every architecture, unlike that of struct stat.
        Span<byte> answer = stackalloc byte[StatxOctets];
        return statx(CurrentFolder, path, NoFollow, OwnerField, ref MemoryMarshal.GetReference(answer)) == 0
            ? (BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(answer[OwnerOffset..]) : BinaryPrimitives.ReadUInt32BigEndian(answer[OwnerOffset..]))
            : null;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, ref byte answer);
}
