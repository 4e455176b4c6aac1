using System.Globalization;
using System.Security.Cryptography;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Relay;

/// <summary>
/// The keys of the queue, one a day, in a folder outside the data folder (security.md B9): whoever has a copy of the data, or the
/// discarded disk, has no mail; a key goes when the last mail under it has gone. This does not protect a live host.
/// </summary>
internal sealed class QueueKeys
{
    private const int KeyOctets = 32;

    private readonly string _folder;
    private readonly Lock _gate = new();

    public QueueKeys(string folder)
    {
        _folder = folder;
        DurableFile.CreateDirectory0700(folder);
        RepeatKey = ReadOrMake("repeat.key");
    }

    /// <summary>Key of the hashes by which repeated mail is known.</summary>
    public byte[] RepeatKey { get; }

    /// <summary>The key of a day, made when it is the first use.</summary>
    public byte[] Make(long day) => ReadOrMake(Name(day));

    /// <summary>The key of a day; null when it is gone, and what it sealed with it.</summary>
    public byte[]? Find(long day)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(_folder, Name(day)));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// Destroys the keys of past days that no mail needs. Yesterday's is kept: a mail may have been sealed with it just before midnight and
    /// be on its way into the queue.
    /// </summary>
    public void DropUnused(IReadOnlyCollection<long> needed, long today)
    {
        lock (_gate)
        {
            foreach (var path in Directory.EnumerateFiles(_folder, "day-*.key"))
            {
                if (long.TryParse(Path.GetFileNameWithoutExtension(path).AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var day) && day < today - 1 && !needed.Contains(day))
                {
                    DurableFile.Shred(path);
                }
            }
        }
    }

    private static string Name(long day) => string.Create(CultureInfo.InvariantCulture, $"day-{day}.key");

    private byte[] ReadOrMake(string name)
    {
        var path = Path.Combine(_folder, name);
        lock (_gate)
        {
            if (File.Exists(path))
            {
                return File.ReadAllBytes(path);
            }

            var key = RandomNumberGenerator.GetBytes(KeyOctets);
            DurableFile.WriteAllBytes(path, key);
            return key;
        }
    }
}
