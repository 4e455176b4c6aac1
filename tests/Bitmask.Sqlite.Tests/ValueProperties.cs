using System.Text;
using FsCheck;
using FsCheck.Xunit;

namespace Bitmask.Sqlite.Tests;

/// <summary>What goes in comes out: every kind of value, through a stored row.</summary>
public sealed class ValueProperties : IDisposable
{
    private readonly DatabaseFolder _folder = new();
    private readonly Database _database;

    public ValueProperties()
    {
        _database = _folder.Open();
        _database.WriteAsync(static tx => tx.ExecuteScript("CREATE TABLE v(id INTEGER PRIMARY KEY, v ANY) STRICT")).Wait();
    }

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Property]
    public void Integer_ComesBack(long value) => Assert.Equal(value, Through(value, static row => row.GetInt64(0)));

    [Property]
    public void Octets_ComeBack(byte[]? value) => Assert.Equal(value, Through(value, static row => row.GetBytesOrNull(0)));

    [Property]
    public void Text_ComesBack(string? value)
    {
        // Half surrogate pairs have no UTF-8; everything else does, U+0000 included.
        var text = value is null ? null : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value));
        Assert.Equal(text, Through(text, static row => row.GetTextOrNull(0)));
    }

    [Property]
    public void Real_ComesBack(NormalFloat value) => Assert.Equal(value.Get, Through(value.Get, static row => row.GetDouble(0)));

    [Property]
    public void Boolean_ComesBack(bool value) => Assert.Equal(value, Through(value, static row => row.GetBoolean(0)));

    [Fact]
    public void EdgesOfText_ComeBack()
    {
        foreach (var text in new[] { "", "\0", "a\0b", new string('x', 100_000), "\ud83d\udc20", new string('ü', 300) })
        {
            Assert.Equal(text, Through(text, static row => row.GetText(0)));
        }

        Assert.Equal("a\ufffd", Through("a\ud800", static row => row.GetText(0)));
    }

    [Fact]
    public void EdgesOfOctets_ComeBack()
    {
        Assert.Equal([], Through(Array.Empty<byte>(), static row => row.GetBytes(0)));
        Assert.Equal([], Through(ReadOnlyMemory<byte>.Empty, static row => row.GetBytes(0)));
        Assert.Equal(new byte[1_000_000], Through(new byte[1_000_000], static row => row.GetBytes(0)));
    }

    [Fact]
    public void Null_IsNeverTakenForAValue()
    {
        Assert.True(Through(SqlValue.Null, static row => row.IsNull(0)));
        Assert.True(Through((long?)null, static row => row.GetInt64OrNull(0) is null));
        Assert.Throws<InvalidCastException>(() => Through(SqlValue.Null, static row => row.GetInt64(0)));
        Assert.Throws<InvalidCastException>(() => Through(SqlValue.Null, static row => row.GetText(0)));
        Assert.Throws<OverflowException>(() => Through(long.MaxValue, static row => row.GetInt32(0)));
    }

    private T Through<T>(SqlValue value, Func<Row, T> map) => _database.WriteAsync(tx =>
    {
        tx.Execute("INSERT INTO v(v) VALUES (?1)", value);
        return tx.Query("SELECT v FROM v WHERE id = ?1", map, tx.LastInsertRowId).Single();
    }).GetAwaiter().GetResult();
}
