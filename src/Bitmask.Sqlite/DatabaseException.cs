namespace Bitmask.Sqlite;

/// <summary>A database could not do what was asked. Its text names the file and what to do, never content or keys.</summary>
public class DatabaseException : IOException
{
    /// <summary>Makes one.</summary>
    public DatabaseException(string message, bool isTransient = false, Exception? innerException = null)
        : base(message, innerException)
        => IsTransient = isTransient;

    /// <summary>True when the same call may succeed later without anybody changing the program or the file.</summary>
    public bool IsTransient { get; }
}

/// <summary>The file is no database under this key: the key is a wrong one, or the first page is damaged.</summary>
public sealed class WrongDatabaseKeyException(string message) : DatabaseException(message);

/// <summary>The file is damaged; what it holds must come from a backup or from the provider again.</summary>
public sealed class DatabaseDamagedException(string message) : DatabaseException(message);

/// <summary>No room is left, on the disk or under <see cref="DatabaseOptions.MaxPages"/>. Nothing of the failed work was kept.</summary>
public sealed class DatabaseFullException(string message) : DatabaseException(message, isTransient: true);

/// <summary>Another process, or another <see cref="Database"/> of this one, holds the file.</summary>
public sealed class DatabaseInUseException(string message) : DatabaseException(message, isTransient: true);

/// <summary>A unique, foreign-key, check or not-null constraint refused a row.</summary>
public sealed class DatabaseConstraintException(string message) : DatabaseException(message);
