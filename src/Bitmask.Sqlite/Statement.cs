using System.Text;
using SQLitePCL;

namespace Bitmask.Sqlite;

/// <summary>A prepared statement on loan from its connection; disposing gives it back, reset and without its arguments.</summary>
internal sealed class Statement(Connection connection, sqlite3_stmt handle, bool isCached) : IDisposable
{
    private const int StackOctets = 512;

    public bool InUse { get; set; }

    public Row Row => new(handle);

    public void Bind(ReadOnlySpan<SqlValue> args)
    {
        var expected = raw.sqlite3_bind_parameter_count(handle);
        if (expected != args.Length)
        {
            throw new ArgumentException($"The statement takes {expected} arguments, not {args.Length}.", nameof(args));
        }

        for (var i = 0; i < args.Length; i++)
        {
            connection.Check(Bind(i + 1, args[i]));
        }
    }

    /// <summary>Goes to the next row; false at the end.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(handle);
        return code == raw.SQLITE_ROW || (code == raw.SQLITE_DONE ? false : throw connection.Error(code));
    }

    public void Dispose()
    {
        // The outcome of the last step comes back here a second time; it was already reported.
        _ = raw.sqlite3_reset(handle);
        if (isCached)
        {
            _ = raw.sqlite3_clear_bindings(handle);
            InUse = false;
        }
        else
        {
            handle.Dispose();
        }
    }

    public void Close() => handle.Dispose();

    private int Bind(int index, in SqlValue value) => value.Kind switch
    {
        SqlKind.Integer => raw.sqlite3_bind_int64(handle, index, value.Integer),
        SqlKind.Real => raw.sqlite3_bind_double(handle, index, value.Real),
        SqlKind.Text => BindText(index, value.Text!),
        // An empty span has no address, which SQLite takes for NULL.
        SqlKind.Octets => value.Octets.IsEmpty ? raw.sqlite3_bind_zeroblob(handle, index, 0) : raw.sqlite3_bind_blob(handle, index, value.Octets.Span),
        _ => raw.sqlite3_bind_null(handle, index),
    };

    private int BindText(int index, string text)
    {
        if (text.Length == 0)
        {
            return raw.sqlite3_bind_text(handle, index, utf8z.FromString(""));
        }

        if (Encoding.UTF8.GetMaxByteCount(text.Length) <= StackOctets)
        {
            Span<byte> buffer = stackalloc byte[StackOctets];
            return raw.sqlite3_bind_text(handle, index, buffer[..Encoding.UTF8.GetBytes(text, buffer)]);
        }

        return raw.sqlite3_bind_text(handle, index, (ReadOnlySpan<byte>)Encoding.UTF8.GetBytes(text));
    }
}
