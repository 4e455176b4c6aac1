namespace Bitmask.Smtp.Server;

/// <summary>
/// The memory for messages that are being received, shared by all connections of a listener. Many connections that each bring a message of
/// the largest size meet this limit, not the end of the machine's memory; who meets it is told to come back later.
/// </summary>
/// <param name="octets">How many octets may be held at once.</param>
public sealed class MessageBudget(long octets)
{
    private long _left = octets;

    /// <summary>Takes some of it; false, and nothing taken, when there is not enough.</summary>
    internal bool TryTake(long count)
    {
        if (Interlocked.Add(ref _left, -count) >= 0)
        {
            return true;
        }

        Give(count);
        return false;
    }

    /// <summary>Gives back what was taken.</summary>
    internal void Give(long count) => Interlocked.Add(ref _left, count);
}
