using System.Buffers.Text;
using System.Text;

namespace Bitmask.OpenPgp.Packets;

/// <summary>Turns octets into armor while they are written (RFC 9580 §6.2).</summary>
internal sealed class ArmorWriter : WriteStream
{
    private const int OctetsPerLine = 48;
    private const int CharactersPerLine = 65;
    private const int Lines = 512;

    private readonly Stream _output;
    private readonly string _kind;
    private readonly bool _hasChecksum;
    private readonly byte[] _rest = new byte[OctetsPerLine];
    private readonly byte[] _text = new byte[Lines * CharactersPerLine];
    private Crc24 _crc = new();
    private int _restLength;

    /// <param name="output">Takes the text.</param>
    /// <param name="kind">What stands in the first line, such as <see cref="Armor.Message"/>.</param>
    /// <param name="hasChecksum">Old programs look for one; what only new ones read must not have it (RFC 9580 §6.1).</param>
    public ArmorWriter(Stream output, string kind, bool hasChecksum)
    {
        (_output, _kind, _hasChecksum) = (output, kind, hasChecksum);
        _output.Write(Encoding.ASCII.GetBytes($"-----BEGIN PGP {kind}-----\n\n"));
    }

    /// <summary>How long armor of so many octets is at most.</summary>
    public static long MaxLength(string kind, long octets) => ((octets + OctetsPerLine - 1) / OctetsPerLine * CharactersPerLine) + (2 * kind.Length) + 64;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_hasChecksum)
        {
            _crc.Append(buffer);
        }

        if (_restLength > 0)
        {
            var taken = buffer[..Math.Min(buffer.Length, OctetsPerLine - _restLength)];
            taken.CopyTo(_rest.AsSpan(_restLength));
            _restLength += taken.Length;
            buffer = buffer[taken.Length..];
            if (_restLength < OctetsPerLine)
            {
                return;
            }

            WriteLines(_rest);
            _restLength = 0;
        }

        var whole = buffer.Length / OctetsPerLine * OctetsPerLine;
        WriteLines(buffer[..whole]);
        buffer[whole..].CopyTo(_rest);
        _restLength = buffer.Length - whole;
    }

    public override void Complete()
    {
        WriteLines(_rest.AsSpan(0, _restLength));
        var foot = new StringBuilder();
        if (_hasChecksum)
        {
            var crc = _crc.Value;
            foot.Append('=').Append(Convert.ToBase64String([(byte)(crc >> 16), (byte)(crc >> 8), (byte)crc])).Append('\n');
        }

        _output.Write(Encoding.ASCII.GetBytes(foot.Append("-----END PGP ").Append(_kind).Append("-----\n").ToString()));
    }

    private void WriteLines(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            var at = 0;
            for (var line = 0; line < Lines && !octets.IsEmpty; line++)
            {
                var taken = octets[..Math.Min(octets.Length, OctetsPerLine)];
                Base64.EncodeToUtf8(taken, _text.AsSpan(at), out _, out var written);
                at += written;
                _text[at++] = (byte)'\n';
                octets = octets[taken.Length..];
            }

            _output.Write(_text.AsSpan(0, at));
        }
    }
}
