namespace Bitmask.Sqlite;

/// <summary>
/// The first 16 octets of an encrypted database, once more beside it. They are no secret, but the key that authenticates every page is made with them: were
/// the first page lost, nothing else could be told from noise any more.
/// </summary>
internal static class SaltCopy
{
    public const int Octets = 16;

    public static string PathOf(string database) => database + ".salt";

    /// <summary>The salt of a database; null when it has none yet. To be asked while SQLite does not have the file open: closing it would let go of SQLite's locks.</summary>
    public static byte[]? Of(string database) => Read(database);

    /// <summary>Keeps the salt of a database that opened with its key, so that it is the right one.</summary>
    public static void Keep(string database, byte[] salt)
    {
        var path = PathOf(database);
        if (Read(path) is { } kept && salt.AsSpan().SequenceEqual(kept))
        {
            return;
        }

        try
        {
            DurableFile.WriteAllBytes(path, salt);
        }
        catch (IOException)
        {
            // A full disk must not keep a database from being opened; the next time does it.
        }
    }

    /// <summary>The salts to try: that of the file first.</summary>
    public static IEnumerable<byte[]> Candidates(string database)
        => new[] { Read(database), Read(PathOf(database)) }.OfType<byte[]>();

    private static byte[]? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = NativeFile.OpenToRead(path);
        var salt = new byte[Octets];
        return RandomAccess.Read(file, salt, 0) == Octets ? salt : null;
    }
}
