using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Bitmask.OpenPgp.Packets;

/// <summary>
/// Reads a block of armor out of a text (RFC 9580 §6.2): what stands around it is passed over, white space in it is not looked at, and
/// neither is a checksum, for the standard forbids to refuse data for it.
/// </summary>
internal sealed class ArmorReader : ReadStream
{
    private const int TextOctets = 32 * 1024;

    private static readonly SearchValues<byte> White = SearchValues.Create(" \t\r\n"u8);

    private readonly LineInput _lines;
    private readonly byte[] _text = new byte[TextOctets];
    private readonly byte[] _octets = new byte[TextOctets];
    private int _textLength;
    private int _at;
    private int _end;
    private bool _isFilledUp;
    private bool _hasEnded;

    /// <summary>Reads what follows a first line.</summary>
    public ArmorReader(LineInput lines)
    {
        _lines = lines;
        while (true)
        {
            if (!lines.TryRead(out var header))
            {
                throw new OpenPgpFormatException("The armor has no body.");
            }

            if (lines.IsAtLineStart && header.IndexOfAnyExcept(White) < 0)
            {
                break;
            }
        }
    }

    /// <summary>What a first line says the block is, such as <see cref="Armor.Message"/>; null where the line is none.</summary>
    public static string? Title(ReadOnlySpan<byte> line)
    {
        line = line.Trim(" \t\r"u8);
        return line.StartsWith("-----BEGIN PGP "u8) && line.EndsWith("-----"u8) && line.Length > 20 ? Encoding.ASCII.GetString(line[15..^5]) : null;
    }

    public override int Read(Span<byte> buffer)
    {
        while (_at == _end && !_hasEnded)
        {
            Fill();
        }

        var taken = Math.Min(buffer.Length, _end - _at);
        _octets.AsSpan(_at, taken).CopyTo(buffer);
        _at += taken;
        return taken;
    }

    // Gathers the characters of many lines, for a group of four may go over the end of one, and decodes them at once.
    private void Fill()
    {
        while (!_hasEnded && _textLength <= TextOctets - LineInput.MaxLine)
        {
            if (!_lines.TryRead(out var line))
            {
                throw new OpenPgpFormatException("The armor's last line is missing.");
            }

            line = line.TrimEnd(" \t\r"u8);
            if (_lines.IsAtLineStart && line.StartsWith("-----END PGP "u8))
            {
                _hasEnded = true;
            }
            else if (!(_lines.IsAtLineStart && line.Length == 5 && line[0] == '='))
            {
                Gather(line);
            }
        }

        var usable = _hasEnded ? _textLength : _textLength & ~3;
        if (Base64.DecodeFromUtf8(_text.AsSpan(0, usable), _octets, out var consumed, out _end) != OperationStatus.Done || consumed < usable)
        {
            throw NotBase64();
        }

        _isFilledUp |= usable > 0 && _text[usable - 1] == '=';
        _text.AsSpan(usable, _textLength - usable).CopyTo(_text);
        (_at, _textLength) = (0, _textLength - usable);
    }

    private void Gather(ReadOnlySpan<byte> line)
    {
        if (_isFilledUp && !line.IsEmpty)
        {
            throw NotBase64();
        }

        if (!line.ContainsAny(White))
        {
            line.CopyTo(_text.AsSpan(_textLength));
            _textLength += line.Length;
            return;
        }

        foreach (var octet in line)
        {
            if (!White.Contains(octet))
            {
                _text[_textLength++] = octet;
            }
        }
    }

    private static OpenPgpFormatException NotBase64() => new("The armor's body is not base64.");
}
