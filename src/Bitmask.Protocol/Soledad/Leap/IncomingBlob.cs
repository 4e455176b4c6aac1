using System.Buffers.Text;

namespace Bitmask.Protocol.Soledad.Leap;

/// <summary>
/// An item of the incoming box as it is stored and fetched: base64url of a <see cref="BlobPreamble"/> with scheme 2 and method 3, one space,
/// the armored OpenPGP message.
/// </summary>
/// <param name="Preamble">The preamble; nothing authenticates it.</param>
/// <param name="Message">The OpenPGP message.</param>
public sealed record IncomingBlob(BlobPreamble Preamble, ReadOnlyMemory<byte> Message)
{
    private const int EncodedPreamble = BlobPreamble.Octets / 3 * 4;

    /// <summary>Builds the stored form.</summary>
    public static byte[] Build(string id, DateTimeOffset time, ReadOnlySpan<byte> message)
    {
        var bytes = new byte[EncodedPreamble + 1 + message.Length];
        Base64Url.EncodeToUtf8(BlobPreamble.ForIncoming(id, time, message.Length).ToBytes(), bytes);
        bytes[EncodedPreamble] = (byte)' ';
        message.CopyTo(bytes.AsSpan(EncodedPreamble + 1));
        return bytes;
    }

    /// <summary>Reads the stored form.</summary>
    /// <exception cref="SoledadProtocolException">Not an incoming item.</exception>
    public static IncomingBlob Parse(ReadOnlyMemory<byte> stored)
    {
        if (stored.Length <= EncodedPreamble || stored.Span[EncodedPreamble] != (byte)' ')
        {
            throw new SoledadProtocolException("An incoming item is a preamble, a space and a message.");
        }

        var preamble = new byte[BlobPreamble.Octets];
        try
        {
            if (!Base64Url.TryDecodeFromUtf8(stored.Span[..EncodedPreamble], preamble, out var count) || count != preamble.Length)
            {
                throw new SoledadProtocolException("The preamble is not base64url.");
            }
        }
        catch (FormatException e)
        {
            throw new SoledadProtocolException("The preamble is not base64url.", e);
        }

        var parsed = BlobPreamble.Parse(preamble);
        return parsed is { Scheme: BlobPreamble.SchemeExternal, Method: BlobPreamble.MethodPgp }
            ? new IncomingBlob(parsed, stored[(EncodedPreamble + 1)..])
            : throw new SoledadProtocolException("An incoming item has scheme 2 and method 3.");
    }
}
