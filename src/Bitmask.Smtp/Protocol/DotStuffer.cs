using System.Buffers;

namespace Bitmask.Smtp.Protocol;

/// <summary>Writes a message as DATA wants it (RFC 5321 §4.5.2): dots at line starts doubled, the end marked.</summary>
public static class DotStuffer
{
    /// <summary>Whether every CR is followed by LF and every LF follows CR; anything else could be read as two mails further on.</summary>
    public static bool HasOnlyCrLf(ReadOnlySpan<byte> message)
    {
        while (message.IndexOfAny((byte)'\r', (byte)'\n') is >= 0 and var at)
        {
            if (message[at] == '\n' || at + 1 == message.Length || message[at + 1] != '\n')
            {
                return false;
            }

            message = message[(at + 2)..];
        }

        return true;
    }

    /// <summary>
    /// Writes a piece of a message. <paramref name="atLineStart"/> is true before the first piece and is carried from piece to piece.
    /// </summary>
    public static void Write(ReadOnlySpan<byte> piece, IBufferWriter<byte> destination, ref bool atLineStart)
    {
        while (piece.Length > 0)
        {
            if (atLineStart && piece[0] == '.')
            {
                destination.Write("."u8);
            }

            var end = piece.IndexOf((byte)'\n');
            atLineStart = end >= 0;
            var line = atLineStart ? piece[..(end + 1)] : piece;
            destination.Write(line);
            piece = piece[line.Length..];
        }
    }

    /// <summary>Writes the end of the message, with the line end before it when the last line lacks it.</summary>
    public static void WriteEnd(IBufferWriter<byte> destination, bool atLineStart) => destination.Write(atLineStart ? ".\r\n"u8 : "\r\n.\r\n"u8);
}
