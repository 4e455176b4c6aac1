using System.Buffers.Binary;
using System.Text;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Verify;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Keys;

/// <summary>A user id, or a user attribute such as a picture (RFC 9580 §5.11, §5.12), and the signatures over it.</summary>
internal sealed class UserIdPart(ReadOnlyMemory<byte> body, bool isAttribute = false)
{
    public ReadOnlyMemory<byte> Body { get; } = body;

    /// <summary>Attributes are kept and never shown.</summary>
    public bool IsAttribute { get; } = isAttribute;

    public string Text { get; } = isAttribute ? "" : Encoding.UTF8.GetString(body.Span);

    public EmailAddress? Address { get; } = isAttribute ? null : FindAddress(Encoding.UTF8.GetString(body.Span));

    public PartSignatures Signatures { get; } = new();

    /// <summary>Signed by its owner, and not taken back since.</summary>
    public bool IsBound => Signatures.Own is [var newest, ..] && (Signatures.Revocations is not [var revoked, ..] || revoked.Created < newest.Created);

    /// <summary>What certifications hash (RFC 9580 §5.2.4).</summary>
    public byte[] HashPrefix
    {
        get
        {
            var length = new byte[5];
            length[0] = IsAttribute ? (byte)0xD1 : (byte)0xB4;
            BinaryPrimitives.WriteUInt32BigEndian(length.AsSpan(1), (uint)Body.Length);
            return [.. length, .. Body.Span];
        }
    }

    public void WriteHead(OctetWriter writer) => writer.Packet(IsAttribute ? PacketTag.UserAttribute : PacketTag.UserId, Body.Span);

    public void Write(OctetWriter writer, bool newestOnly)
    {
        WriteHead(writer);
        Signatures.Write(writer, newestOnly);
    }

    public bool IsSameAs(UserIdPart other) => IsAttribute == other.IsAttribute && Body.Span.SequenceEqual(other.Body.Span);

    public SignaturePacket? SelfSignatureAt(DateTimeOffset time) => Selection.InForce(Signatures.Own, time);

    // Exactly one address in angle brackets at the end, or nothing but an address: what can be read two ways carries none.
    private static EmailAddress? FindAddress(string text)
    {
        text = text.Trim();
        var open = text.IndexOf('<', StringComparison.Ordinal);
        var candidate = open < 0 ? text : text.EndsWith('>') ? text[(open + 1)..^1] : null;
        return EmailAddress.TryParse(candidate, out var address) ? address : null;
    }
}
