using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Bitmask.Mail;

/// <summary>A message's number in its mailbox on this device: 32 bits, ascending, never used twice (RFC 9051 §2.3.1.1).</summary>
/// <param name="Value">The number; 0 is none.</param>
public readonly record struct Uid(uint Value) : IComparable<Uid>
{
    /// <inheritdoc/>
    public int CompareTo(Uid other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Order of numbers.</summary>
    public static bool operator <(Uid left, Uid right) => left.Value < right.Value;

    /// <summary>Order of numbers.</summary>
    public static bool operator >(Uid left, Uid right) => left.Value > right.Value;

    /// <summary>Order of numbers.</summary>
    public static bool operator <=(Uid left, Uid right) => left.Value <= right.Value;

    /// <summary>Order of numbers.</summary>
    public static bool operator >=(Uid left, Uid right) => left.Value >= right.Value;
}

/// <summary>The life of a mailbox's UID table on this device; a new one means that every UID known before is void (RFC 9051 §2.3.1.1).</summary>
/// <param name="Value">A number of 32 bits, never 0.</param>
public readonly record struct UidValidity(uint Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The account's change sequence at which a message last changed (RFC 7162 §3.1); 63 bits, as the RFC demands.</summary>
/// <param name="Value">The sequence number; 0 is before every change.</param>
public readonly record struct ModSeq(long Value) : IComparable<ModSeq>
{
    /// <inheritdoc/>
    public int CompareTo(ModSeq other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Order of numbers.</summary>
    public static bool operator <(ModSeq left, ModSeq right) => left.Value < right.Value;

    /// <summary>Order of numbers.</summary>
    public static bool operator >(ModSeq left, ModSeq right) => left.Value > right.Value;

    /// <summary>Order of numbers.</summary>
    public static bool operator <=(ModSeq left, ModSeq right) => left.Value <= right.Value;

    /// <summary>Order of numbers.</summary>
    public static bool operator >=(ModSeq left, ModSeq right) => left.Value >= right.Value;
}

/// <summary>One appearance of a message in the account: a copy has another, a move keeps it (security.md A9). 32 hex digits.</summary>
/// <param name="Value">The digits as a number.</param>
public readonly record struct EntryId(UInt128 Value)
{
    /// <summary>Reads 32 lower-case hex digits.</summary>
    /// <exception cref="FormatException">Not 32 lower-case hex digits.</exception>
    public static EntryId Parse(string text) => new(HexId.Parse(text));

    /// <summary>Reads 32 lower-case hex digits; false when it is no id.</summary>
    public static bool TryParse(string? text, out EntryId id)
    {
        var read = HexId.TryParse(text, out var value);
        id = new EntryId(value);
        return read;
    }

    /// <inheritdoc/>
    public override string ToString() => HexId.Format(Value);
}

/// <summary>The immutable bytes of a message, shared by all its copies. 32 hex digits.</summary>
/// <param name="Value">The digits as a number.</param>
public readonly record struct HeadId(UInt128 Value)
{
    /// <summary>Reads 32 lower-case hex digits.</summary>
    /// <exception cref="FormatException">Not 32 lower-case hex digits.</exception>
    public static HeadId Parse(string text) => new(HexId.Parse(text));

    /// <inheritdoc/>
    public override string ToString() => HexId.Format(Value);
}

/// <summary>A mailbox, whatever its name is at the moment; the same on all devices (RFC 8474 §4.1). 32 hex digits.</summary>
/// <param name="Value">The digits as a number.</param>
public readonly record struct MailboxId(UInt128 Value)
{
    /// <summary>Reads 32 lower-case hex digits.</summary>
    /// <exception cref="FormatException">Not 32 lower-case hex digits.</exception>
    public static MailboxId Parse(string text) => new(HexId.Parse(text));

    /// <inheritdoc/>
    public override string ToString() => HexId.Format(Value);
}

/// <summary>The text form that the ids of this room share.</summary>
internal static class HexId
{
    public static string Format(UInt128 value) => value.ToString("x32", CultureInfo.InvariantCulture);

    public static UInt128 Parse(string text)
        => TryParse(text, out var value) ? value : throw new FormatException("An id has 32 lower-case hex digits.");

    public static bool TryParse([NotNullWhen(true)] string? text, out UInt128 value)
    {
        value = default;
        return text is { Length: 32 }
            && text.All(char.IsAsciiHexDigitLower)
            && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>
    /// An id that sorts after those made before: 48 bits of milliseconds, then 80 bits of chance. What is made together lies together in every table that has ids as keys,
    /// so that many new messages share their pages.
    /// </summary>
    /// <param name="now">The time.</param>
    public static UInt128 New(DateTimeOffset now) => ((UInt128)(ulong)Math.Max(0, now.ToUnixTimeMilliseconds()) << 80) | (Random() >> 48);

    public static UInt128 Random()
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Security.Cryptography.RandomNumberGenerator.Fill(bytes);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    public static UInt128 Read(ReadOnlySpan<byte> bytes) => System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);

    public static byte[] Bytes(UInt128 value)
    {
        var bytes = new byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return bytes;
    }
}
