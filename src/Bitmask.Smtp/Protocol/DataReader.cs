using Bitmask.Smtp.Server;

namespace Bitmask.Smtp.Protocol;

/// <summary>
/// Takes the octets after DATA piece by piece and unstuffs the dots (RFC 5321 §4.5.2). Only CRLF, dot, CRLF ends the message; a bare CR
/// or LF never does, and marks it as one to refuse.
/// </summary>
/// <param name="maxOctets">The largest message kept.</param>
/// <param name="budget">Where its memory is counted, until it is disposed; null counts nothing.</param>
public sealed class DataReader(int maxOctets, MessageBudget? budget = null) : MessageReader(maxOctets, budget)
{
    private State _state = State.LineStart;
    private bool _isComplete;

    private enum State
    {
        LineStart,
        Dot,
        DotCr,
        Text,
        Cr,
    }

    /// <inheritdoc/>
    public override bool IsComplete => _isComplete;

    /// <inheritdoc/>
    public override int Read(ReadOnlySpan<byte> piece)
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
                _isComplete = true;
                break;
            case (State.Cr, (byte)'\n'):
                Keep("\r\n"u8);
                _state = State.LineStart;
                break;
            case (State.DotCr or State.Cr, _):
                RefuseLineBreak();
                _state = octet == '\r' ? State.Cr : State.Text;
                break;
            case (_, (byte)'\r'):
                _state = State.Cr;
                break;
            case (_, (byte)'\n'):
                RefuseLineBreak();
                _state = State.Text;
                break;
            default:
                Keep([octet]);
                _state = State.Text;
                break;
        }
    }
}
