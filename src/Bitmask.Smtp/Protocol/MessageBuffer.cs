using System.Buffers;
using Bitmask.Smtp.Server;

namespace Bitmask.Smtp.Protocol;

/// <summary>
/// The octets of one message on its way in. They are kept in memory only, and dropped once the message is not acceptable; what follows then is
/// read past.
/// </summary>
/// <param name="maxOctets">The largest message kept.</param>
/// <param name="budget">Where its memory is counted, until it is disposed; null counts nothing.</param>
internal sealed class MessageBuffer(int maxOctets, MessageBudget? budget) : IDisposable
{
    private const int TakenAtOnce = 64 * 1024;

    private ArrayBufferWriter<byte> _message = new();
    private long _taken;

    public bool HasBareLineBreak { get; private set; }

    public bool IsTooBig { get; private set; }

    public bool IsOutOfRoom { get; private set; }

    public ReadOnlyMemory<byte> Message => _message.WrittenMemory;

    /// <summary>
    /// A CR without LF or an LF without CR was seen: the next server may read it as a line end and find a second mail inside ("SMTP
    /// smuggling").
    /// </summary>
    public void RefuseLineBreak()
    {
        HasBareLineBreak = true;
        Dispose();
    }

    public void Keep(ReadOnlySpan<byte> octets)
    {
        if (HasBareLineBreak || IsTooBig || IsOutOfRoom)
        {
            return;
        }

        if (_message.WrittenCount + (long)octets.Length > maxOctets)
        {
            IsTooBig = true;
            Dispose();
            return;
        }

        var more = _message.WrittenCount + octets.Length - _taken;
        if (budget is not null && more > 0)
        {
            more = Math.Max(more, TakenAtOnce);
            if (!budget.TryTake(more))
            {
                IsOutOfRoom = true;
                Dispose();
                return;
            }

            _taken += more;
        }

        _message.Write(octets);
    }

    /// <summary>Lets go of the message.</summary>
    public void Dispose()
    {
        _message = new ArrayBufferWriter<byte>();
        budget?.Give(_taken);
        _taken = 0;
    }
}
