using System.Buffers;
using Bitmask.Imap.Commands;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Protocol;

/// <summary>The whole grammar behind one door, for harnesses that feed it bytes from nowhere.</summary>
public static class ImapGrammar
{
    /// <summary>
    /// Reads <paramref name="octets"/> as a client would send them after login and parses every command, running none. Throws nothing,
    /// whatever the octets.
    /// </summary>
    /// <returns>How many commands were well formed, and how many were not.</returns>
    public static (int Good, int Bad) Parse(ReadOnlyMemory<byte> octets, ImapOptions? options = null)
    {
        var reader = new CommandReader(options ?? new ImapOptions()) { IsAuthenticated = true };
        var buffer = new ReadOnlySequence<byte>(octets);
        var (good, bad) = (0, 0);
        while (true)
        {
            switch (reader.Read(ref buffer))
            {
                case CommandReadStatus.Complete when CommandTable.Parse(reader.Command!, ConnectionStates.Selected).Command is not null:
                    good++;
                    break;
                case CommandReadStatus.Complete or CommandReadStatus.Refused:
                    bad++;
                    break;
                case CommandReadStatus.NeedContinuation:
                    break;
                default:
                    return (good, bad);
            }
        }
    }
}
