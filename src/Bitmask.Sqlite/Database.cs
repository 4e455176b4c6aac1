using System.Threading.Channels;
using Bitmask.Primitives;

namespace Bitmask.Sqlite;

/// <summary>
/// One SQLite file, encrypted by SQLCipher or plain: one writer thread with group commit, any number of readers, each with its own
/// snapshot. A completed write is synced to the disk and survives a power cut. Only one <see cref="Database"/> on a machine
/// can have the file open.
/// </summary>
public sealed class Database : IDisposable
{
    /// <summary>Octets in the key of an encrypted database.</summary>
    public const int KeyOctets = 32;

    private const int PageOctets = 4096;

    private readonly DatabaseLock _lock;
    private readonly SecretBytes? _key;
    private readonly Writer _writer;
    private readonly ReaderPool _readers;
    private readonly Func<ConnectionKind, Connection> _open;
    private int _disposed;

    private Database(string path, SecretBytes? key, DatabaseOptions options)
    {
        Path = System.IO.Path.GetFullPath(path);
        _lock = DatabaseLock.Take(Path);
        try
        {
            _key = key?.Clone();
            CheckFile(Path, _key is not null);
            var salt = _key is null ? null : SaltCopy.Of(Path);
            _writer = new Writer(Connection.Open(Path, _key, options, ConnectionKind.Writer), options, System.IO.Path.GetFileName(Path));
            if (salt is not null)
            {
                SaltCopy.Keep(Path, salt);
            }

            _open = kind => Connection.Open(Path, _key, options, kind);
            _readers = new ReaderPool(_open, options.MaxReaders);
        }
        catch
        {
            _key?.Dispose();
            _lock.Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Opens an encrypted file, or makes it (with mode 0600) when there is none.</summary>
    /// <param name="path">The file; its folder must be there.</param>
    /// <param name="key">32 octets; copied, and the copy wiped when the database is disposed.</param>
    /// <param name="options">How to open it.</param>
    /// <exception cref="WrongDatabaseKeyException">It was made with another key.</exception>
    /// <exception cref="DatabaseDamagedException">It is no encrypted database.</exception>
    /// <exception cref="DatabaseInUseException">Another process has it open.</exception>
    public static Database OpenEncrypted(string path, SecretBytes key, DatabaseOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeyOctets);
        return new Database(path, key, options ?? new DatabaseOptions());
    }

    /// <summary>Opens a file that is not encrypted, or makes it (with mode 0600) when there is none.</summary>
    /// <exception cref="DatabaseDamagedException">It is no plain database.</exception>
    /// <exception cref="DatabaseInUseException">Another process has it open.</exception>
    public static Database OpenPlain(string path, DatabaseOptions? options = null)
        => new(path, key: null, options ?? new DatabaseOptions());

    /// <summary>
    /// Runs <paramref name="work"/> on the writer's thread and completes once its result is durable. Works run in the order of the calls.
    /// The work must be quick, do no other I/O, and not wait for another write.
    /// </summary>
    /// <exception cref="DatabaseException">Nothing of the work was kept. Whatever else the work throws comes back, too, with the same meaning.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before it began; once begun it is not interrupted.</exception>
    public async Task<T> WriteAsync<T>(Func<WriteTransaction, T> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        var item = new WriteWork<T>(work, cancellationToken);
        try
        {
            await _writer.EnqueueAsync(item, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(Database));
        }

        return await item.Task.ConfigureAwait(false);
    }

    /// <summary>As <see cref="WriteAsync{T}"/>, without a result.</summary>
    public Task WriteAsync(Action<WriteTransaction> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return WriteAsync(
            transaction =>
            {
                work(transaction);
                return true;
            },
            cancellationToken);
    }

    /// <summary>Runs <paramref name="work"/> on one snapshot of what is committed, on the caller's thread. Never waits for the writer.</summary>
    public T Read<T>(Func<ReadTransaction, T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        var connection = _readers.Take();
        var transaction = new ReadTransaction(connection);
        var isSound = false;
        try
        {
            connection.Execute("BEGIN");
            try
            {
                return work(transaction);
            }
            finally
            {
                transaction.End();
                // After a failure on the disk SQLite may have ended it by itself; such a connection is not used again.
                if (connection.InTransaction && !connection.IsDamaged)
                {
                    connection.Execute("ROLLBACK");
                    isSound = true;
                }
            }
        }
        finally
        {
            _readers.Return(connection, isSound);
        }
    }

    /// <summary>Reads every page and every index and returns what is wrong; empty when the file is sound. Slow: it reads the whole file.</summary>
    public IReadOnlyList<string> CheckIntegrity()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        // A connection of its own: one that has met a page it can not decrypt is of no use afterwards.
        using var connection = _open(ConnectionKind.ExtraReader);
        var transaction = new ReadTransaction(connection);
        try
        {
            var faults = _key is null ? [] : transaction.Query("PRAGMA cipher_integrity_check", static row => row.GetText(0));
            if (faults.Count > 0)
            {
                // What hangs on pages that can not be decrypted can not be checked.
                return faults;
            }

            faults.AddRange(transaction.Query("PRAGMA integrity_check", static row => row.GetText(0)).Where(static line => line != "ok"));
            faults.AddRange(transaction.Query("PRAGMA foreign_key_check", static row => "a row of " + row.GetText(0) + " refers to a missing row"));
            return faults;
        }
        catch (DatabaseDamagedException e)
        {
            return [e.Message];
        }
    }

    /// <summary>Finishes the writes that wait, lets running reads end, closes the file and wipes the key.</summary>
    /// <exception cref="InvalidOperationException">Called from a work or a callback of this database.</exception>
    public void Dispose()
    {
        if (_writer.IsCurrentThread)
        {
            throw new InvalidOperationException("A database can not be disposed from within its own writer.");
        }

        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        // The writer closes last: the last connection moves the write-ahead log into the file and removes it.
        _readers.Dispose();
        _writer.Dispose();
        _key?.Dispose();
        _lock.Dispose();
    }

    /// <summary>Makes the file before SQLite does, for its mode, and tells what can be told without a key.</summary>
    private static void CheckFile(string path, bool isEncrypted)
    {
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        if (file.Length == 0)
        {
            return;
        }

        var name = System.IO.Path.GetFileName(path);
        Span<byte> start = stackalloc byte[16];
        var isPlain = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("SQLite format 3\0"u8);
        if (isPlain && isEncrypted)
        {
            throw new DatabaseDamagedException($"The file {name} is not encrypted; it is not a database of this program.");
        }

        if (file.Length < PageOctets)
        {
            throw new DatabaseDamagedException($"The database {name} is cut short ({file.Length} octets). Restore it from a backup, or set it up again from the provider.");
        }
    }
}
