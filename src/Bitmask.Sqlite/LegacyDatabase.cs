using Bitmask.Primitives;

namespace Bitmask.Sqlite;

/// <summary>How an older SQLCipher wrote a file.</summary>
/// <param name="PageOctets">Size of a page.</param>
/// <param name="KdfRounds">Rounds of PBKDF2 that make the page key out of the passphrase.</param>
/// <param name="HashAlgorithm"><c>SHA1</c>, <c>SHA256</c> or <c>SHA512</c>, for PBKDF2 and for the pages.</param>
public sealed record LegacyCipher(int PageOctets, int KdfRounds, string HashAlgorithm);

/// <summary>
/// Reads a file that another program's SQLCipher made, in another way than ours. The file is never written to; an unfinished
/// write-ahead log beside it is read along.
/// </summary>
public sealed class LegacyDatabase : IDisposable
{
    private static readonly string[] HashAlgorithms = ["SHA1", "SHA256", "SHA512"];

    private readonly Connection _connection;
    private readonly object _gate = new();

    private LegacyDatabase(Connection connection) => _connection = connection;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="passphrase">What SQLCipher derives the page key from, to the octet; borrowed.</param>
    /// <param name="cipher">How it was written.</param>
    /// <exception cref="WrongDatabaseKeyException">The passphrase or the way is another.</exception>
    /// <exception cref="DatabaseDamagedException">The file is not encrypted.</exception>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static LegacyDatabase Open(string path, SecretBytes passphrase, LegacyCipher cipher)
    {
        ArgumentNullException.ThrowIfNull(passphrase);
        ArgumentNullException.ThrowIfNull(cipher);
        ArgumentOutOfRangeException.ThrowIfLessThan(HashAlgorithms.IndexOf(cipher.HashAlgorithm), 0);
        using (var file = File.OpenRead(path))
        {
            Span<byte> start = stackalloc byte[16];
            if (file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("SQLite format 3\0"u8))
            {
                throw new DatabaseDamagedException($"The file {Path.GetFileName(path)} is not encrypted; it is not what it is taken for.");
            }
        }

        return new LegacyDatabase(Connection.OpenLegacy(path, passphrase, cipher));
    }

    /// <summary>Runs <paramref name="work"/> on one snapshot; one at a time.</summary>
    public T Read<T>(Func<ReadTransaction, T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        lock (_gate)
        {
            _connection.Execute("BEGIN");
            var transaction = new ReadTransaction(_connection);
            try
            {
                return work(transaction);
            }
            finally
            {
                transaction.End();
                if (_connection.InTransaction && !_connection.IsDamaged)
                {
                    _connection.Execute("ROLLBACK");
                }
            }
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _connection.Dispose();
}
