using System.Text;

namespace Bitmask.Mail.Pipelines.Mime;

/// <summary>One header field as it stands in a message: all its octets, folds and line end included.</summary>
/// <param name="Name">What stands before the colon; empty for a line that is no field.</param>
/// <param name="Octets">Everything, up to and with the line end.</param>
internal sealed record RawField(string Name, ReadOnlyMemory<byte> Octets)
{
    public bool Is(string name) => Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Content-Type, Content-Transfer-Encoding and the like, which describe a body and not a mail (RFC 2045 §3).</summary>
    public bool IsContent => Name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase);

    /// <summary>Fields that LEAP's provider and client used for verdicts; whoever sends mail could write them (security.md A10).</summary>
    public bool IsReserved => Name.StartsWith("X-Leap-", StringComparison.OrdinalIgnoreCase);

    /// <summary>The octets after the colon, line end included.</summary>
    public ReadOnlyMemory<byte> RawValue => Octets[(Octets.Span.IndexOf((byte)':') + 1)..];

    /// <summary>The value on one line.</summary>
    public string Value => Encoding.UTF8.GetString(RawValue.Span).Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Trim();

    /// <summary>A field of our own; the value must be one line of printable text.</summary>
    public static RawField Create(string name, string value) => new(name, Encoding.UTF8.GetBytes($"{name}: {value}\r\n"));
}
