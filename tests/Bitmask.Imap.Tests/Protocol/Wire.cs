using System.Buffers;
using System.Text;
using Bitmask.Imap.Commands;
using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Tests.Protocol;

/// <summary>Shortcuts between text and the grammar.</summary>
internal static class Wire
{
    /// <summary>Octets of a text in which each character is an octet.</summary>
    public static byte[] Octets(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>The first command in the text.</summary>
    public static RawCommand Command(string text)
    {
        var reader = new CommandReader(new ImapOptions()) { IsAuthenticated = true };
        var buffer = new ReadOnlySequence<byte>(Octets(text + "\r\n"));
        CommandReadStatus status;
        do
        {
            status = reader.Read(ref buffer);
        }
        while (status == CommandReadStatus.NeedContinuation);
        return status == CommandReadStatus.Complete ? reader.Command! : throw new InvalidOperationException(status.ToString());
    }

    /// <summary>A scanner over arguments.</summary>
    public static CommandScanner Scan(string arguments) => new(Command(arguments));

    /// <summary>Parses a command in the selected state.</summary>
    public static ParsedCommand Parse(string text) => CommandTable.Parse(Command(text), ConnectionStates.Selected);

    /// <summary>What a writer writes.</summary>
    public static string Write(Action<ResponseWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new ResponseWriter(buffer);
        write(writer);
        writer.Commit();
        return Encoding.Latin1.GetString(buffer.WrittenSpan);
    }
}
