using System.Buffers;
using Bitmask.Smtp.Server;

namespace Bitmask.Smtp.Protocol;

/// <summary>
/// Takes the octets after DATA piece by piece and unstuffs the dots (RFC 5321 §4.5.2). Only CRLF, dot, CRLF ends the message; a bare CR
/// or LF never does, and marks it as one to refuse, because the next server may read it as a line end and find a second mail inside
/// ("SMTP smuggling"). Octets are kept in memory only, and dropped once the message is not acceptable.
/// </summary>
/// <param name="maxOctets">The largest message kept.</param>
/// <param name="budget">Where its memory is counted, until it is disposed; null counts nothing.</param>
public sealed class DataReader(int maxOctets, MessageBudget? budget = null) : IDisposable
{
    private const int TakenAtOnce = 64 * 1024;

    private ArrayBufferWriter<byte> _message = new();
    private long _taken;
    private State _state = State.LineStart;

    private enum State
    {
        LineStart,
        Dot,
        DotCr,
        Text,
        Cr,
    }

    /// <summary>The end was read.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>A CR without LF or an LF without CR was seen.</summary>
    public bool HasBareLineBreak { get; private set; }

    /// <summary>The message is larger than allowed.</summary>
    public bool IsTooBig { get; private set; }

    /// <summary>There was no memory left for it.</summary>
    public bool IsOutOfRoom { get; private set; }

    /// <summary>The message as far as it was read; empty when it is not acceptable.</summary>
    public ReadOnlyMemory<byte> Message => _message.WrittenMemory;

    /// <summary>Reads until the end of the message or of the piece, and returns how many octets were used.</summary>
    public int Read(ReadOnlySpan<byte> piece)
    {
        var at = 0;
        while (at < piece.Length && !IsComplete)
        {
            if (_state == State.Text)
            {
                var run = piece[at..].IndexOfAny((byte)'\r', (byte)'\n');
                run = run < 0 ? piece.Length - at : run;
                Keep(piece.Slice(at, run));
                at += run;
                if (at == piece.Length)
                {
                    break;
                }
            }

            Step(piece[at++]);
        }

        return at;
    }

    private void Step(byte octet)
    {
        switch (_state, octet)
        {
            case (State.LineStart, (byte)'.'):
                _state = State.Dot;
                break;
            case (State.Dot, (byte)'\r'):
                _state = State.DotCr;
                break;
            case (State.DotCr, (byte)'\n'):
                IsComplete = true;
                break;
            case (State.Cr, (byte)'\n'):
                Keep("\r\n"u8);
                _state = State.LineStart;
                break;
            case (State.DotCr or State.Cr, _):
                Refuse();
                _state = octet == '\r' ? State.Cr : State.Text;
                break;
            case (_, (byte)'\r'):
                _state = State.Cr;
                break;
            case (_, (byte)'\n'):
                Refuse();
                _state = State.Text;
                break;
            default:
                Keep([octet]);
                _state = State.Text;
                break;
        }
    }

    /// <summary>Lets go of the message.</summary>
    public void Dispose() => Drop();

    private void Refuse()
    {
        HasBareLineBreak = true;
        Drop();
    }

    private void Drop()
    {
        _message = new ArrayBufferWriter<byte>();
        budget?.Give(_taken);
        _taken = 0;
    }

    private void Keep(ReadOnlySpan<byte> octets)
    {
        if (HasBareLineBreak || IsTooBig || IsOutOfRoom)
        {
            return;
        }

        if (_message.WrittenCount + (long)octets.Length > maxOctets)
        {
            IsTooBig = true;
            Drop();
            return;
        }

        var more = _message.WrittenCount + octets.Length - _taken;
        if (budget is not null && more > 0)
        {
            more = Math.Max(more, TakenAtOnce);
            if (!budget.TryTake(more))
            {
                IsOutOfRoom = true;
                Drop();
                return;
            }

            _taken += more;
        }

        _message.Write(octets);
    }
}
