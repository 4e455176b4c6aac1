using System.Text;
using Bitmask.OpenPgp.Verify;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Keys;

/// <summary>A user id and its signatures, newest first; only those by the primary key were checked.</summary>
internal sealed class UserIdPart(ReadOnlyMemory<byte> body)
{
    public ReadOnlyMemory<byte> Body { get; } = body;

    public string Text { get; } = Encoding.UTF8.GetString(body.Span);

    public EmailAddress? Address { get; } = FindAddress(Encoding.UTF8.GetString(body.Span));

    public List<SignaturePacket> SelfSignatures { get; } = [];

    public List<SignaturePacket> Revocations { get; } = [];

    public List<SignaturePacket> Others { get; } = [];

    /// <summary>Signed by its owner, and not taken back since.</summary>
    public bool IsBound => SelfSignatures.Count > 0 && (Revocations.Count == 0 || Revocations[0].Created < SelfSignatures[0].Created);

    /// <summary>What certifications hash (RFC 9580 §5.2.4).</summary>
    public byte[] HashPrefix
    {
        get
        {
            var length = new byte[5];
            length[0] = 0xB4;
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(length.AsSpan(1), (uint)Body.Length);
            return [.. length, .. Body.Span];
        }
    }

    // Exactly one address in angle brackets at the end, or nothing but an address: what can be read two ways carries none.
    private static EmailAddress? FindAddress(string text)
    {
        text = text.Trim();
        var open = text.IndexOf('<', StringComparison.Ordinal);
        var candidate = open < 0 ? text : text.EndsWith('>') ? text[(open + 1)..^1] : null;
        return EmailAddress.TryParse(candidate, out var address) ? address : null;
    }
}
