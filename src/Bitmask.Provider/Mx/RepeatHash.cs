using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Primitives;

namespace Bitmask.Provider.Mx;

/// <summary>
/// What a mail is remembered by so that it is not taken in twice (security.md A9): a keyed hash, which tells nothing to whoever reads the
/// database without the key.
/// </summary>
internal sealed class RepeatHash(byte[] key)
{
    /// <summary>Mail from the world: SMTP repeats a whole transaction when an answer was lost.</summary>
    public byte[] OfMail(string recipient, string reversePath, string messageId, ReadOnlySpan<byte> message)
        => Compute("mx", [Encoding.UTF8.GetBytes(recipient), Encoding.UTF8.GetBytes(reversePath), Encoding.UTF8.GetBytes(messageId), SHA256.HashData(message)]);

    /// <summary>A submission with an envelope id: its sender repeats under the same id (RFC 3461 §4.4), which says nothing about other senders' ids.</summary>
    public byte[] OfSubmission(UserId sender, string envelopeId, string recipient)
        => Compute("submission", [Encoding.UTF8.GetBytes(sender.Value), Encoding.UTF8.GetBytes(envelopeId), Encoding.UTF8.GetBytes(recipient)]);

    /// <summary>Something made here, by a name of ours.</summary>
    public byte[] OfNotice(string name) => Compute("notice", [Encoding.UTF8.GetBytes(name)]);

    private byte[] Compute(string label, byte[][] parts)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.ASCII.GetBytes(label));
        Span<byte> length = stackalloc byte[4];
        foreach (var part in parts)
        {
            BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
            hmac.AppendData(length);
            hmac.AppendData(part);
        }

        return hmac.GetHashAndReset();
    }
}
