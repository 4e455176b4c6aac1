namespace Bitmask.Sqlite;

/// <summary>One argument of a statement: an integer, a real, a text, octets or null.</summary>
public readonly struct SqlValue
{
    private SqlValue(SqlKind kind, long integer = 0, double real = 0, string? text = null, ReadOnlyMemory<byte> octets = default)
    {
        Kind = kind;
        Integer = integer;
        Real = real;
        Text = text;
        Octets = octets;
    }

    /// <summary>SQL NULL.</summary>
    public static SqlValue Null => default;

    internal SqlKind Kind { get; }

    internal long Integer { get; }

    internal double Real { get; }

    internal string? Text { get; }

    internal ReadOnlyMemory<byte> Octets { get; }

    /// <summary>An integer.</summary>
    public static implicit operator SqlValue(long value) => new(SqlKind.Integer, integer: value);

    /// <summary>An integer or null.</summary>
    public static implicit operator SqlValue(long? value) => value is { } number ? number : default(SqlValue);

    /// <summary>An integer.</summary>
    public static implicit operator SqlValue(int value) => (long)value;

    /// <summary>1 or 0.</summary>
    public static implicit operator SqlValue(bool value) => value ? 1L : 0L;

    /// <summary>A real number.</summary>
    public static implicit operator SqlValue(double value) => new(SqlKind.Real, real: value);

    /// <summary>A text, stored as UTF-8 (half surrogate pairs become U+FFFD), or null.</summary>
    public static implicit operator SqlValue(string? value) => value is null ? default : new(SqlKind.Text, text: value);

    /// <summary>Octets or null.</summary>
    public static implicit operator SqlValue(byte[]? value) => value is null ? default : new(SqlKind.Octets, octets: value);

    /// <summary>Octets.</summary>
    public static implicit operator SqlValue(ReadOnlyMemory<byte> value) => new(SqlKind.Octets, octets: value);

    /// <summary>The kind only: values may be content.</summary>
    public override string ToString() => Kind.ToString();
}

internal enum SqlKind
{
    Null,
    Integer,
    Real,
    Text,
    Octets,
}
