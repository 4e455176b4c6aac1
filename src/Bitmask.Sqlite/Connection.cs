using System.Security.Cryptography;
using Bitmask.Primitives;
using SQLitePCL;

namespace Bitmask.Sqlite;

/// <summary>What a handle is for.</summary>
internal enum ConnectionKind
{
    Writer,

    /// <summary>The reader that most reads are done with.</summary>
    Reader,

    /// <summary>A reader for when several read at once; it has a small cache.</summary>
    ExtraReader,
}

/// <summary>One handle on the file with its prepared statements; used by one thread at a time.</summary>
internal sealed class Connection : IDisposable
{
    private const int MaxCachedStatements = 512;
    private const int BusyMilliseconds = 10_000;

    /// <summary>The log is copied into the file when it has so many pages (16 MiB): pages that change with every mail are copied once for many mails.</summary>
    private const int CheckpointPages = 4096;

    private readonly sqlite3 _handle;
    private readonly string _name;
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);

    private Connection(sqlite3 handle, string name) => (_handle, _name) = (handle, name);

    public long LastInsertRowId => raw.sqlite3_last_insert_rowid(_handle);

    public int Changes => raw.sqlite3_changes(_handle);

    /// <summary>Rows inserted, updated and deleted since the handle was opened.</summary>
    public int TotalChanges => raw.sqlite3_total_changes(_handle);

    /// <summary>False when SQLite has given up the whole transaction by itself (disk full, I/O error, out of memory).</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>True once it met a page that it can not decrypt: SQLCipher then answers every page with "out of memory".</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Opens a handle; a null <paramref name="key"/> for a plain file.</summary>
    public static Connection Open(string path, SecretBytes? key, DatabaseOptions options, ConnectionKind kind)
    {
        NativeSqlite.Ensure();
        var flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX | (kind == ConnectionKind.Writer ? raw.SQLITE_OPEN_CREATE : 0);
        var code = raw.sqlite3_open_v2(path, out var handle, flags, null);
        var connection = new Connection(handle, Path.GetFileName(path));
        try
        {
            connection.Check(code);
            connection.Prepare(key, options, kind);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file that another SQLCipher made, only to read it.</summary>
    public static Connection OpenLegacy(string path, SecretBytes passphrase, LegacyCipher cipher)
    {
        NativeSqlite.Ensure();
        var code = raw.sqlite3_open_v2(path, out var handle, raw.SQLITE_OPEN_READONLY | raw.SQLITE_OPEN_NOMUTEX, null);
        var connection = new Connection(handle, Path.GetFileName(path));
        try
        {
            connection.Check(code);
            connection.Check(raw.sqlite3_busy_timeout(handle, BusyMilliseconds));
            connection.Check(raw.sqlite3_key_v2(handle, utf8z.FromString("main"), passphrase.Span));
            connection.ExecuteScript($"""
                PRAGMA cipher_page_size = {cipher.PageOctets};
                PRAGMA kdf_iter = {cipher.KdfRounds};
                PRAGMA cipher_hmac_algorithm = HMAC_{cipher.HashAlgorithm};
                PRAGMA cipher_kdf_algorithm = PBKDF2_HMAC_{cipher.HashAlgorithm};
                """);
            connection.ReadFirstPage(isEncrypted: true);
            connection.Execute("PRAGMA temp_store = MEMORY");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public Statement Rent(string sql)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            statement = new Statement(this, Compile(sql), isCached: true);
            if (_statements.Count >= MaxCachedStatements)
            {
                Forget();
            }

            _statements.Add(sql, statement);
        }
        else if (statement.InUse)
        {
            // A mapping function runs the very query it is called from.
            return new Statement(this, Compile(sql), isCached: false);
        }

        statement.InUse = true;
        return statement;
    }

    public void ExecuteScript(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    public void Execute(string sql)
    {
        using var statement = Rent(sql);
        while (statement.Step())
        {
        }
    }

    public string? Scalar(string sql)
    {
        using var statement = Rent(sql);
        return statement.Step() ? statement.Row.GetTextOrNull(0) : null;
    }

    public void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw Error(code);
        }
    }

    public DatabaseException Error(int code)
    {
        var text = raw.sqlite3_errmsg(_handle).utf8_to_string();
        IsDamaged |= (code & 0xff) is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;
        if (IsDamaged && (code & 0xff) == raw.SQLITE_NOMEM)
        {
            code = raw.SQLITE_CORRUPT;
        }

        return (code & 0xff) switch
        {
            raw.SQLITE_FULL => new DatabaseFullException($"The database {_name} can not grow: the disk, or the space it may take, is full. Make room and try again; nothing was lost."),
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => new DatabaseDamagedException($"The database {_name} is damaged ({text}). Restore it from a backup, or set it up again from the provider."),
            raw.SQLITE_CONSTRAINT => new DatabaseConstraintException($"The database {_name} refused a row: {text}."),
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new DatabaseInUseException($"The database {_name} is busy; try again."),
            _ => new DatabaseException($"The database {_name} failed: {text} ({code}).", isTransient: (code & 0xff) is raw.SQLITE_IOERR or raw.SQLITE_NOMEM or raw.SQLITE_INTERRUPT),
        };
    }

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Close();
        }

        _statements.Clear();
        _handle.Dispose();
    }

    private void Prepare(SecretBytes? key, DatabaseOptions options, ConnectionKind kind)
    {
        Check(raw.sqlite3_busy_timeout(_handle, BusyMilliseconds));
        if (key is not null)
        {
            SetKey(key);
        }

        // On a plain SQLite the key is ignored without a word, and everything would be readable on the disk.
        Require(Scalar("PRAGMA cipher_version") is { Length: > 0 }, "is opened by a library without encryption");
        ReadFirstPage(key is not null);
        Execute("PRAGMA temp_store = MEMORY");
        Execute("PRAGMA foreign_keys = ON");
        Execute($"PRAGMA cache_size = -{Math.Max(options.CacheKibibytes / (kind == ConnectionKind.ExtraReader ? 16 : 2), 256)}");
        if (kind == ConnectionKind.Writer)
        {
            Require(Scalar("PRAGMA journal_mode = WAL") == "wal", "can not use a write-ahead log in its folder");
            Execute("PRAGMA synchronous = FULL");
            Execute("PRAGMA journal_size_limit = 67108864");
            Execute($"PRAGMA wal_autocheckpoint = {CheckpointPages}");
            Require(Scalar("SELECT count(*) FROM pragma_module_list WHERE name = 'fts5'") == "1", "is opened by a library without full-text search");
            Execute($"PRAGMA max_page_count = {options.MaxPages ?? 0xfffffffe}");
        }
        else
        {
            Execute("PRAGMA query_only = ON");
        }

        Require(Scalar("PRAGMA synchronous") == "2", "does not promise that a commit survives a power cut");
        Require(Scalar("PRAGMA temp_store") == "2", "would write temporary files");
    }

    private void ReadFirstPage(bool isEncrypted)
    {
        try
        {
            Execute("SELECT count(*) FROM sqlite_schema");
        }
        catch (DatabaseDamagedException) when (isEncrypted)
        {
            throw new WrongDatabaseKeyException($"The database {_name} does not open with this key: the key is not the one it was made with, or its first page is damaged.");
        }
    }

    /// <summary>Gives the raw key as the text <c>x'…'</c>, which keeps SQLCipher from deriving another key out of it.</summary>
    private void SetKey(SecretBytes key)
    {
        var text = GC.AllocateArray<byte>((2 * key.Length) + 3, pinned: true);
        try
        {
            (text[0], text[1], text[^1]) = ((byte)'x', (byte)'\'', (byte)'\'');
            Convert.TryToHexStringLower(key.Span, text.AsSpan(2), out _);
            Check(raw.sqlite3_key_v2(_handle, utf8z.FromString("main"), text));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    private void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new DatabaseException($"The database {_name} {otherwise}.");
        }
    }

    private sqlite3_stmt Compile(string sql)
    {
        Check(raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle));
        return handle;
    }

    private void Forget()
    {
        foreach (var (sql, statement) in _statements.Where(static entry => !entry.Value.InUse).ToList())
        {
            statement.Close();
            _statements.Remove(sql);
        }
    }
}
