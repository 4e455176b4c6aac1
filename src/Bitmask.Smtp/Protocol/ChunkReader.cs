using Bitmask.Smtp.Server;

namespace Bitmask.Smtp.Protocol;

/// <summary>
/// Takes the chunks of one message (RFC 3030 §2): as many octets as BDAT says, with no dots stuffed and no end to look for. Line ends are judged
/// as after DATA, also where one falls between two chunks, for the next server may get the message by DATA.
/// </summary>
/// <param name="maxOctets">The largest message kept, all chunks together.</param>
/// <param name="budget">Where its memory is counted, until it is disposed; null counts nothing.</param>
public sealed class ChunkReader(int maxOctets, MessageBudget? budget = null) : MessageReader(maxOctets, budget)
{
    private long _left;
    private bool _endsWithCr;

    /// <inheritdoc/>
    public override bool IsComplete => _left == 0;

    /// <summary>A chunk begins.</summary>
    /// <param name="octets">Its size.</param>
    public void Begin(long octets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(octets);
        _left = octets;
    }

    /// <summary>That was the last chunk.</summary>
    public void End()
    {
        if (_endsWithCr)
        {
            RefuseLineBreak();
        }
    }

    /// <inheritdoc/>
    public override int Read(ReadOnlySpan<byte> piece)
    {
        var chunk = piece[..(int)Math.Min(piece.Length, _left)];
        _left -= chunk.Length;
        if (!HasOnlyCrLf(chunk))
        {
            RefuseLineBreak();
        }

        Keep(chunk);
        return chunk.Length;
    }

    private bool HasOnlyCrLf(ReadOnlySpan<byte> octets)
    {
        while (octets.Length > 0)
        {
            if (_endsWithCr || octets[0] == '\n')
            {
                if (!_endsWithCr || octets[0] != '\n')
                {
                    return false;
                }

                _endsWithCr = false;
                octets = octets[1..];
                continue;
            }

            var at = octets.IndexOfAny((byte)'\r', (byte)'\n');
            if (at < 0)
            {
                return true;
            }

            _endsWithCr = octets[at] == '\r';
            octets = octets[(_endsWithCr ? at + 1 : at)..];
        }

        return true;
    }
}
