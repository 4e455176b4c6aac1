using System.Security.Cryptography;
using Bitmask.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace Bitmask.Soledad;

/// <summary>
/// The larger blobs of a device, one file each beside the database: the chunks of the stored form, as the provider has them, under a key that only documents
/// hold. The database's row is the truth: it names the file, and what is in it. A file's name is random and given once, so that one that no row names is
/// a leftover of a crash and nothing else.
/// </summary>
internal sealed class BlobFiles
{
    /// <summary>Blobs of fewer chunks are rows: many small files cost more than their octets, and would tell more.</summary>
    public const int MinChunks = 2;

    private readonly string _folder;
    private readonly Action<int>? _writing;

    public BlobFiles(string folder, Action<int>? writing)
    {
        (_folder, _writing) = (folder, writing);
        DurableFile.CreateDirectory0700(folder);
    }

    /// <summary>Where a chunk is in the file.</summary>
    public static long Place(long chunk) => chunk * SealedBlob.StoredChunkOctets;

    /// <summary>A name for the file of a blob that is stored in so many octets; null for one that is kept in rows.</summary>
    public static string? NewName(long storedOctets)
        => storedOctets - SealedBlob.HeaderOctets > (MinChunks - 1) * SealedBlob.StoredChunkOctets ? RandomNumberGenerator.GetHexString(32, lowercase: true) : null;

    /// <summary>Opens a file, made when it is not there.</summary>
    /// <exception cref="DatabaseException">It can not be opened or made.</exception>
    public SafeFileHandle OpenToWrite(string name) => Do(() =>
    {
        var path = PathOf(name);
        var handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        File.SetUnixFileMode(handle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return handle;
    });

    /// <summary>Null when it is not there.</summary>
    public SafeFileHandle? OpenToRead(string name)
    {
        try
        {
            return File.OpenHandle(PathOf(name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Writes octets; that they are on the disk is said by <see cref="SyncAsync"/>.</summary>
    /// <exception cref="DatabaseFullException">The disk is full.</exception>
    /// <exception cref="DatabaseException">It can not be written.</exception>
    public void Write(SafeFileHandle file, ReadOnlySpan<byte> octets, long at)
    {
        try
        {
            _writing?.Invoke(octets.Length);
            RandomAccess.Write(file, octets, at);
        }
        catch (IOException e) when (e is not DatabaseException)
        {
            throw Failure(e);
        }
    }

    /// <summary>Reads until the buffer is full or the file ends; answers how much that was.</summary>
    public static int Read(SafeFileHandle file, Span<byte> buffer, long at)
    {
        var filled = 0;
        while (filled < buffer.Length && RandomAccess.Read(file, buffer[filled..], at + filled) is > 0 and var read)
        {
            filled += read;
        }

        return filled;
    }

    /// <summary>Brings a file and its name to the disk.</summary>
    public Task SyncAsync(SafeFileHandle file) => DurableFile.RunAsync(() => Do(() =>
    {
        RandomAccess.FlushToDisk(file);
        DurableFile.SyncFolder(_folder);
        return true;
    }));

    /// <summary>Removes a file. One that can not be removed is tried again at the next opening.</summary>
    public void Remove(string name)
    {
        try
        {
            File.Delete(PathOf(name));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No row names it any more.
        }
    }

    /// <summary>All files with their octets.</summary>
    public Dictionary<string, long> List() => new DirectoryInfo(_folder).EnumerateFiles().ToDictionary(static file => file.Name, static file => file.Length, StringComparer.Ordinal);

    private string PathOf(string name) => Path.Combine(_folder, name);

    private static T Do<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is (IOException and not DatabaseException) or UnauthorizedAccessException)
        {
            throw Failure(e);
        }
    }

    /// <summary>Callers know the disk's failures as the database's.</summary>
    private static DatabaseException Failure(Exception e) => e is IOException failure && DurableFile.IsFull(failure)
        ? new DatabaseFullException("The disk is full; the blob was not kept.")
        : new DatabaseException("The file of a blob can not be written: " + e.Message, innerException: e);
}
