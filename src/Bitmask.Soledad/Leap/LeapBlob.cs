using System.Buffers.Text;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Protocol.Soledad.Leap;

namespace Bitmask.Soledad.Leap;

/// <summary>
/// LEAP's stored form of a blob: base64url of the preamble, a space, ciphertext and tag as raw octets. The namespace is not
/// authenticated, the tag header of the HTTP answer is not needed: the tag in the body counts.
/// </summary>
internal static class LeapBlob
{
    private const string Rev = "ImmutableRevision";
    private const int EncodedPreamble = BlobPreamble.Octets / 3 * 4;

    public static byte[] Seal(SecretBytes remoteSecret, string blobId, ReadOnlySpan<byte> content, byte[] iv, long unixTime)
    {
        var preamble = new BlobPreamble
        {
            Scheme = BlobPreamble.SchemeSymmetric,
            Method = BlobPreamble.MethodAesGcm,
            UnixTime = (ulong)unixTime,
            Iv = iv,
            Id = blobId,
            Rev = Rev,
            Size = LeapSize.Ceiling(content.Length) ?? throw new ArgumentException("The blob is too large for LEAP.", nameof(content)),
        }.ToBytes();
        var ciphertext = LeapCipher.EncryptGcm(LeapDocumentKeys.Cipher(remoteSecret, blobId), iv, preamble, content);
        var stored = new byte[EncodedPreamble + 1 + ciphertext.Length];
        Base64Url.EncodeToUtf8(preamble, stored);
        stored[EncodedPreamble] = (byte)' ';
        ciphertext.CopyTo(stored, EncodedPreamble + 1);
        return stored;
    }

    /// <summary>The content, or null when anything about the blob is wrong.</summary>
    public static byte[]? Open(SecretBytes remoteSecret, string blobId, ReadOnlySpan<byte> stored)
    {
        var space = stored.IndexOf((byte)' ');
        if (space < 0 || SealedText.Decode(System.Text.Encoding.Latin1.GetString(stored[..space])) is not { } octets)
        {
            return null;
        }

        try
        {
            var preamble = BlobPreamble.Parse(octets);
            return preamble is { Scheme: BlobPreamble.SchemeSymmetric, Method: BlobPreamble.MethodAesGcm, Rev: Rev }
                && preamble.Id == blobId
                ? LeapCipher.DecryptGcm(LeapDocumentKeys.Cipher(remoteSecret, blobId), preamble.Iv.Span, octets, stored[(space + 1)..])
                : null;
        }
        catch (SoledadProtocolException)
        {
            return null;
        }
    }
}
