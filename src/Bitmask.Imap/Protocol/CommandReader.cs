using System.Buffers;
using System.Diagnostics;
using System.Text;

namespace Bitmask.Imap.Protocol;

/// <summary>What the reader came to.</summary>
internal enum CommandReadStatus
{
    /// <summary>Everything given was taken; more octets are needed.</summary>
    NeedMore,

    /// <summary>The client announced a literal and waits for <c>+</c> (RFC 3501 §4.3).</summary>
    NeedContinuation,

    /// <summary>A whole command is in <see cref="CommandReader.Command"/>.</summary>
    Complete,

    /// <summary>A literal is larger than allowed; the command is dropped and <see cref="CommandReader.RefusedTag"/> gets a NO.</summary>
    Refused,

    /// <summary>The connection must be closed; <see cref="CommandReader.HangUpReason"/> says why.</summary>
    HangUp,
}

/// <summary>
/// Cuts commands, with their literals, out of a stream that may come in pieces of any size. Does no I/O. Memory grows with what
/// arrived, never with what was announced.
/// </summary>
internal sealed class CommandReader(ImapOptions options)
{
    private const int FirstLiteralBuffer = 64 * 1024;
    private const int MaxLiterals = 1000;

    /// <summary>APPEND may spell its mailbox as a literal, too.</summary>
    private const int NameSlack = 4096;

    private readonly List<byte[]> _text = [];
    private readonly List<ReadOnlyMemory<byte>> _literals = [];
    private byte[] _line = new byte[512];
    private int _lineLength;
    private int _textOctets;
    private long _literalOctets;
    private byte[]? _literal;
    private int _literalSize;
    private int _literalLength;
    private long _toDiscard;
    private bool _discarding;

    /// <summary>After login lines and literals may be longer.</summary>
    public bool IsAuthenticated { get; set; }

    /// <summary>The command, after <see cref="CommandReadStatus.Complete"/>.</summary>
    public RawCommand? Command { get; private set; }

    /// <summary>The tag of a refused command.</summary>
    public string RefusedTag { get; private set; } = "*";

    /// <summary>Why to hang up.</summary>
    public string HangUpReason { get; private set; } = "";

    /// <summary>True between commands, so that silence there is idleness and not half a command.</summary>
    public bool IsEmpty => _lineLength == 0 && _text.Count == 0 && _literal is null && !_discarding;

    private int MaxLine => IsAuthenticated ? options.MaxLineOctets : options.MaxLineOctetsBeforeLogin;

    /// <summary>Takes octets from <paramref name="buffer"/>, which is moved past what was taken.</summary>
    public CommandReadStatus Read(ref ReadOnlySequence<byte> buffer)
    {
        while (true)
        {
            if (_toDiscard > 0)
            {
                var skip = Math.Min(_toDiscard, buffer.Length);
                buffer = buffer.Slice(skip);
                _toDiscard -= skip;
                if (_toDiscard > 0)
                {
                    return CommandReadStatus.NeedMore;
                }
            }

            if (_literal is not null && !FillLiteral(ref buffer))
            {
                return CommandReadStatus.NeedMore;
            }

            if (!FillLine(ref buffer, out var tooLong))
            {
                return tooLong ? HangUp("Command line too long") : CommandReadStatus.NeedMore;
            }

            if (OnLine() is { } status)
            {
                return status;
            }
        }
    }

    private bool FillLiteral(ref ReadOnlySequence<byte> buffer)
    {
        Debug.Assert(_literal is not null);
        var take = (int)Math.Min(_literalSize - _literalLength, buffer.Length);
        if (_literalLength + take > _literal.Length)
        {
            var grown = Math.Max(_literalLength + take, (int)Math.Min(_literalSize, _literal.Length * 4L));
            Array.Resize(ref _literal, grown);
        }

        buffer.Slice(0, take).CopyTo(_literal.AsSpan(_literalLength));
        buffer = buffer.Slice(take);
        _literalLength += take;
        if (_literalLength < _literalSize)
        {
            return false;
        }

        _literals.Add(_literal.AsMemory(0, _literalSize));
        _literal = null;
        return true;
    }

    private bool FillLine(ref ReadOnlySequence<byte> buffer, out bool tooLong)
    {
        tooLong = false;
        var end = buffer.PositionOf((byte)'\n');
        var piece = end is { } position ? buffer.Slice(0, position) : buffer;

        // A discarded command is not collected: only the end of its line matters.
        if (!_discarding)
        {
            if (_textOctets + _lineLength + piece.Length > MaxLine)
            {
                tooLong = true;
                return false;
            }

            var needed = _lineLength + (int)piece.Length;
            if (needed > _line.Length)
            {
                Array.Resize(ref _line, Math.Max(needed, _line.Length * 2));
            }

            piece.CopyTo(_line.AsSpan(_lineLength));
            _lineLength = needed;
        }
        else
        {
            // The last octets are kept, for a discarded command may go on with a further literal.
            KeepTail(piece);
        }

        buffer = end is { } e ? buffer.Slice(buffer.GetPosition(1, e)) : buffer.Slice(buffer.End);
        return end is not null;
    }

    private void KeepTail(in ReadOnlySequence<byte> piece)
    {
        const int tail = 32;
        var last = piece.Slice(Math.Max(0, piece.Length - tail)).ToArray();
        var joined = (byte[])[.. _line.AsSpan(0, _lineLength), .. last];
        var keep = joined.AsSpan(Math.Max(0, joined.Length - tail));
        keep.CopyTo(_line);
        _lineLength = keep.Length;
    }

    /// <summary>A line is complete: an announced literal follows, or the command is whole.</summary>
    private CommandReadStatus? OnLine()
    {
        var line = _line.AsSpan(0, _lineLength);
        if (line is [.., (byte)'\r'])
        {
            line = line[..^1];
        }

        var announced = LiteralSuffix.TryRead(line, out var literal);
        if (_discarding)
        {
            _lineLength = 0;
            if (announced && literal.NonSynchronizing)
            {
                return Discard(literal.Octets);
            }

            Reset();
            return CommandReadStatus.Refused;
        }

        _text.Add(line.ToArray());
        _textOctets += _lineLength;
        if (!IsAuthenticated)
        {
            _line.AsSpan(0, _lineLength).Clear();   // it may have held a password
        }

        _lineLength = 0;
        if (!announced)
        {
            Command = new RawCommand([.. _text], [.. _literals]);
            Reset();
            return CommandReadStatus.Complete;
        }

        var (limit, sum) = LiteralLimits();
        if (literal.Octets > limit || _literalOctets + literal.Octets > sum || _literals.Count >= MaxLiterals)
        {
            return RefuseLiteral(literal);
        }

        _literalOctets += literal.Octets;
        _literalSize = (int)literal.Octets;
        _literalLength = 0;
        _literal = new byte[Math.Min(_literalSize, FirstLiteralBuffer)];
        return literal.NonSynchronizing ? null : CommandReadStatus.NeedContinuation;
    }

    private CommandReadStatus? RefuseLiteral(LiteralSuffix literal)
    {
        if (!IsAuthenticated)
        {
            return HangUp("Literal size too large");
        }

        RefusedTag = Tag(_text[0]);
        if (!literal.NonSynchronizing)
        {
            // The client waits for our word before it sends anything: the command ends here (RFC 3501 §7.5).
            Reset();
            return CommandReadStatus.Refused;
        }

        _text.Clear();
        _literals.Clear();
        return Discard(literal.Octets);
    }

    /// <summary>The octets of a non-synchronizing literal come anyway and are read past (RFC 7888 §4), unless that would take for ever.</summary>
    private CommandReadStatus? Discard(long octets)
    {
        if (octets > 4L * (options.MaxMessageOctets + NameSlack))
        {
            return HangUp("Literal size too large");
        }

        _discarding = true;
        _toDiscard = octets;
        return null;
    }

    /// <summary>Most octets of one literal, and of all in a command.</summary>
    private (long One, long All) LiteralLimits()
    {
        if (!IsAuthenticated)
        {
            return (options.MaxLiteralOctetsBeforeLogin, options.MaxLiteralOctetsBeforeLogin);
        }

        var message = (long)options.MaxMessageOctets + NameSlack;
        return CarriesMessages(_text[0]) ? (message, Math.Max(message, options.MaxAppendOctets)) : (options.MaxLiteralOctets, options.MaxLiteralOctets);
    }

    private static bool CarriesMessages(ReadOnlySpan<byte> line)
    {
        var command = line[(line.IndexOf((byte)' ') + 1)..];
        return Begins(command, "APPEND "u8) || Begins(command, "REPLACE "u8) || Begins(command, "UID REPLACE "u8);
    }

    private static bool Begins(ReadOnlySpan<byte> command, ReadOnlySpan<byte> name)
        => command.Length >= name.Length && Ascii.EqualsIgnoreCase(command[..name.Length], name);

    private static string Tag(ReadOnlySpan<byte> line)
    {
        var space = line.IndexOf((byte)' ');
        var tag = space > 0 ? line[..space] : default;
        return tag.Length is > 0 and <= 256 && CommandScanner.IsTag(tag) ? Encoding.ASCII.GetString(tag) : "*";
    }

    private CommandReadStatus HangUp(string reason)
    {
        HangUpReason = reason;
        return CommandReadStatus.HangUp;
    }

    private void Reset()
    {
        _text.Clear();
        _literals.Clear();
        _lineLength = 0;
        _textOctets = 0;
        _literalOctets = 0;
        _literal = null;
        _discarding = false;
        _toDiscard = 0;
        if (_line.Length > 64 * 1024)
        {
            _line = new byte[512];
        }
    }
}
