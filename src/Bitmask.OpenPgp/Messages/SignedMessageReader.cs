using System.Buffers;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp.Messages;

/// <summary>Reads messages that are signed and not encrypted.</summary>
internal static class SignedMessageReader
{
    private const int RunOctets = 64 * 1024;
    private const int MaxSignatureOctets = 64 * 1024;

    private static readonly SearchValues<byte> OfHashNames = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-, "u8);

    public static SignedMessage.Read Read(
        Stream message, PlaintextSpool into, IReadOnlyList<OpenPgpCertificate> candidates, DateTimeOffset now, MessageLimits limits)
    {
        var peeked = new PeekedStream(message);
        if (peeked.Peek().IsEmpty)
        {
            throw new OpenPgpFormatException("There is no OpenPGP data.");
        }

        if (Armor.IsBinary(peeked.Peek()))
        {
            return ReadPackets(peeked, into, candidates, now, limits);
        }

        var lines = new LineInput(peeked);
        if (!Armor.TryFind(lines, out var kind))
        {
            throw new OpenPgpFormatException("This is neither binary nor armored OpenPGP data.");
        }

        if (kind != Armor.SignedMessage)
        {
            using var armor = new ArmorReader(lines);
            return ReadPackets(armor, into, candidates, now, limits);
        }

        ReadHeaders(lines);
        CopyText(lines, into, limits);
        using var signature = new ArmorReader(lines);
        return new SignedMessage.Read(CheckText(signature, into, candidates, now, limits), IsText: true);
    }

    private static SignedMessage.Read ReadPackets(
        Stream packets, PlaintextSpool into, IReadOnlyList<OpenPgpCertificate> candidates, DateTimeOffset now, MessageLimits limits)
    {
        using var content = new MessageContent(into, limits);
        content.Read(packets);
        return content.SignatureCount > 0
            ? new SignedMessage.Read(content.Check(candidates, now), content.IsText)
            : throw new OpenPgpFormatException("The message is not signed.");
    }

    // Nothing but names of hashes may stand here: whatever else did could be taken for a part of the text (RFC 9580 §7.1).
    private static void ReadHeaders(LineInput lines)
    {
        while (lines.TryRead(out var line))
        {
            line = line.TrimEnd(" \t\r"u8);
            if (line.IsEmpty)
            {
                return;
            }

            if (!line.StartsWith("Hash: "u8) || line[6..].ContainsAnyExcept(OfHashNames))
            {
                throw new OpenPgpFormatException("Something that is not signed stands above the signed text.");
            }
        }

        throw new OpenPgpFormatException("The signed text is not whole.");
    }

    // Takes the escapes and the white space at the ends of lines away, and the last line end, which belongs to the signature.
    private static void CopyText(LineInput lines, PlaintextSpool into, MessageLimits limits)
    {
        ReadOnlySpan<byte> lineEnd = [];
        var white = new List<byte>();
        while (lines.TryRead(out var line))
        {
            if (lines.IsAtLineStart)
            {
                white.Clear();
                if (ArmorReader.Title(line) is { } kind)
                {
                    if (kind != Armor.Signature)
                    {
                        break;
                    }

                    return;
                }

                into.Write(lineEnd);
                line = line.StartsWith("- "u8) ? line[2..] : line;
            }

            // A piece of a long line may end in white space that is in the middle of the line.
            var text = line.TrimEnd(" \t\r"u8);
            if (!text.IsEmpty)
            {
                into.Write([.. white]);
                into.Write(text);
                white.Clear();
            }

            if (!lines.IsWholeLine)
            {
                white.AddRange(line[text.Length..]);
            }

            lineEnd = line.EndsWith("\r"u8) ? "\r\n"u8 : "\n"u8;
            if (into.Length > limits.MaxPlaintextOctets || white.Count > RunOctets)
            {
                throw new OpenPgpFormatException("The message is larger than the limits allow.");
            }
        }

        throw new OpenPgpFormatException("The signed text has no signature.");
    }

    // Which hashes are needed stands below the text.
    private static List<SignatureResult> CheckText(
        Stream armor, PlaintextSpool text, IReadOnlyList<OpenPgpCertificate> candidates, DateTimeOffset now, MessageLimits limits)
    {
        var signatures = new List<byte[]>();
        using var hashes = new DataHashes();
        using var input = new PacketInput(armor, limits.MaxSignatures);
        while (input.TryReadHeader(out var tag))
        {
            if (tag == PacketTag.Signature)
            {
                signatures.Add(input.ReadBody(MaxSignatureOctets));
                SignaturePacket.TryParse(signatures[^1])?.AnnounceTo(hashes);
            }
        }

        text.Complete();
        using var reader = text.OpenRead();
        var run = new byte[RunOctets];
        while (reader.Read(run) is > 0 and var count)
        {
            hashes.Append(run.AsSpan(0, count));
        }

        return signatures.Count > 0
            ? signatures.ConvertAll(signature => SignatureChecker.Check(signature, hashes, candidates, now))
            : throw new OpenPgpFormatException("The signed text has no signature.");
    }
}
