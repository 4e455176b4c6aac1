using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace Bitmask.Provider.Blobs;

/// <summary>How far an upload is.</summary>
internal enum BlobStep
{
    /// <summary>All octets are in a file of the upload's own.</summary>
    Written,

    /// <summary>They are on the disk.</summary>
    Synced,

    /// <summary>The file has its final name.</summary>
    Published,

    /// <summary>The database knows it.</summary>
    Entered,
}

/// <summary>
/// The files of blobs: <c>ACCOUNT/NAMESPACE/a/abc/abcdef/NAME</c>, and what is still being uploaded in <c>ACCOUNT/.partial/NAMESPACE.NAME</c>. Names hold
/// no dot (they are checked), so the two never meet. A file counts when the database has a row of it, so nothing here is taken for a blob
/// before it is durable, whatever a crash leaves behind.
/// </summary>
internal sealed class BlobFolder
{
    private const string PartialName = ".partial";

    public BlobFolder(string root)
    {
        Root = root;
        DurableFile.CreateDirectory0700(root);
    }

    public string Root { get; }

    /// <summary>Called before octets are written, with how many; what it throws is the disk's failure. For tests.</summary>
    public Action<int>? Writing { get; set; }

    /// <summary>Called when an upload has come to a step; what it throws is what happens there. For tests.</summary>
    public Action<BlobStep>? Reached { get; set; }

    /// <summary>The path below <see cref="Root"/>; as LEAP's servers have it.</summary>
    public static string PathOf(BlobKey key)
    {
        var name = key.Name;
        return Path.Combine(key.Account.Value, key.Namespace, name[..1], name[..Math.Min(3, name.Length)], name[..Math.Min(6, name.Length)], name);
    }

    public string FileOf(BlobKey key) => Path.Combine(Root, PathOf(key));

    public string PartialOf(BlobKey key) => Path.Combine(PartialFolder(key.Account), $"{key.Namespace}.{key.Name}");

    /// <summary>Octets of an upload that was begun; 0 when there is none.</summary>
    public long PartialOctets(BlobKey key) => new FileInfo(PartialOf(key)) is { Exists: true } file ? file.Length : 0;

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> octets, long offset)
    {
        Writing?.Invoke(octets.Length);
        RandomAccess.Write(file, octets, offset);
    }

    /// <summary>Opens the file of an upload, made when it is not there.</summary>
    public SafeFileHandle OpenPartial(BlobKey key, bool fromStart)
    {
        var path = PartialOf(key);
        DurableFile.CreateDirectory0700(PartialFolder(key.Account));
        if (fromStart)
        {
            File.Delete(path);
        }

        return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
    }

    /// <summary>Opens a blob to read it; null when the file is not there.</summary>
    public SafeFileHandle? OpenToRead(BlobKey key)
    {
        try
        {
            return File.OpenHandle(FileOf(key), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Gives an upload its final place, durably.</summary>
    public void Publish(BlobKey key, SafeFileHandle file)
    {
        RandomAccess.FlushToDisk(file);
        var path = FileOf(key);
        var made = MakeFolders(Path.GetDirectoryName(path)!);
        Reached?.Invoke(BlobStep.Synced);
        File.Move(PartialOf(key), path, overwrite: true);
        made.ForEach(DurableFile.SyncFolder);
        Reached?.Invoke(BlobStep.Published);
    }

    /// <summary>
    /// Writes many small blobs to their final places with one sync for all. A crash before its end leaves files without rows, which nobody reads
    /// and the next upload of that name replaces.
    /// </summary>
    public void Write(IReadOnlyList<(BlobKey Key, ReadOnlyMemory<byte> Content)> blobs)
    {
        foreach (var (key, content) in blobs)
        {
            var path = FileOf(key);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var partial = PartialOf(key);
            using (var file = OpenPartial(key, fromStart: true))
            {
                Write(file, content.Span, 0);
            }

            Reached?.Invoke(BlobStep.Written);
            File.Move(partial, path, overwrite: true);
        }

        DurableFile.SyncFileSystem(Root);
        Reached?.Invoke(BlobStep.Published);
    }

    public void Remove(BlobKey key)
    {
        try
        {
            File.Delete(FileOf(key));
        }
        catch (DirectoryNotFoundException)
        {
            // Never written.
        }
    }

    public void RemovePartial(BlobKey key)
    {
        try
        {
            File.Delete(PartialOf(key));
        }
        catch (DirectoryNotFoundException)
        {
            // Never begun.
        }
    }

    /// <summary>
    /// Every file that lies where blobs lie: which blob it is, and its octets; without a key what is no blob's file. Uploads that were begun are not among them.
    /// </summary>
    public IEnumerable<(BlobKey? Key, string Path, long Octets)> ListFiles()
    {
        foreach (var account in Directory.EnumerateDirectories(Root))
        {
            foreach (var folder in Directory.EnumerateDirectories(account).Where(static path => Path.GetFileName(path) != PartialName))
            {
                foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories))
                {
                    var path = Path.GetRelativePath(Root, file.FullName);
                    var key = UserId.TryParse(Path.GetFileName(account), out var id) && BlobName.IsValid(Path.GetFileName(folder)) && BlobName.IsValid(file.Name)
                        ? new BlobKey(id, Path.GetFileName(folder), file.Name)
                        : (BlobKey?)null;
                    yield return (key is { } named && PathOf(named) == path ? key : null, path, file.Length);
                }
            }
        }
    }

    /// <summary>Removes all files of an account.</summary>
    public void RemoveAccount(UserId account)
    {
        var path = Path.Combine(Root, account.Value);
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
            DurableFile.SyncFolder(Root);
        }
    }

    /// <summary>Removes uploads that nobody went on with since a time.</summary>
    public int RemovePartials(DateTimeOffset untouchedSince)
    {
        var removed = 0;
        foreach (var account in Directory.EnumerateDirectories(Root))
        {
            var folder = new DirectoryInfo(Path.Combine(account, PartialName));
            foreach (var file in folder.Exists ? folder.EnumerateFiles() : [])
            {
                if (file.LastWriteTimeUtc < untouchedSince.UtcDateTime)
                {
                    file.Delete();
                    removed++;
                }
            }
        }

        return removed;
    }

    private string PartialFolder(UserId account) => Path.Combine(Root, account.Value, PartialName);

    /// <summary>Makes missing folders; answers those that a new entry makes worth a sync, the folder itself included.</summary>
    private static List<string> MakeFolders(string path)
    {
        var touched = new List<string> { path };
        for (var at = path; !Directory.Exists(at); at = Path.GetDirectoryName(at)!)
        {
            touched.Add(Path.GetDirectoryName(at)!);
        }

        Directory.CreateDirectory(path);
        return touched;
    }
}
