using System.Security.Cryptography;

namespace Bitmask.Primitives;

/// <summary>One installation of one account: 8 random octets, written as 16 lower-case hex digits (security.md A4).</summary>
/// <param name="Value">The octets as a big-endian number.</param>
public readonly record struct DeviceId(ulong Value)
{
    /// <summary>Octets in a device id.</summary>
    public const int Octets = 8;

    /// <summary>A new random id.</summary>
    public static DeviceId New()
    {
        Span<byte> bytes = stackalloc byte[Octets];
        RandomNumberGenerator.Fill(bytes);
        return Read(bytes);
    }

    /// <summary>Reads 8 octets.</summary>
    public static DeviceId Read(ReadOnlySpan<byte> bytes) => new(System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes));

    /// <summary>Reads 16 hex digits.</summary>
    /// <exception cref="FormatException">Not 16 hex digits.</exception>
    public static DeviceId Parse(string text)
        => text is { Length: 16 } ? Read(Convert.FromHexString(text)) : throw new FormatException("A device id has 16 hex digits.");

    /// <summary>Writes 8 octets.</summary>
    public void Write(Span<byte> destination) => System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(destination, Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
}
