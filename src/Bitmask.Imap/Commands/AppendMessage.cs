using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;
using Bitmask.Mail;

namespace Bitmask.Imap.Commands;

/// <summary>append-message (RFC 4466 §6): what APPEND and REPLACE carry.</summary>
internal sealed record AppendMessage(IReadOnlyList<string> Flags, DateTimeOffset? InternalDate, ReadOnlyMemory<byte> Octets)
{
    /// <summary>Reads a space, then flags and date, if they are there, and the message.</summary>
    public static AppendMessage Parse(CommandScanner scanner)
    {
        scanner.Space();
        List<string> flags = [];
        DateTimeOffset? date = null;
        if (scanner.Peek == (byte)'(')
        {
            flags = FlagNames.ParseList(scanner);
            scanner.Space();
        }

        if (scanner.Peek == (byte)'"')
        {
            date = ImapDate.ParseDateTime(scanner);
            scanner.Space();
        }

        return new AppendMessage(flags, date, scanner.MessageData());
    }

    /// <summary>Why it can not be kept, or null.</summary>
    public ImapReply? Refusal(ImapOptions options)
        => Octets.IsEmpty ? ImapReply.No("An empty message can not be kept", "CANNOT")
            : Octets.Length > options.MaxMessageOctets ? ImapReply.No("Message too large", "TOOBIG")
            : null;

    /// <summary>For the account; keywords that only verdict facts speak can not be carried in (security.md A10).</summary>
    public MessageToAppend ToMail() => new(Octets, [.. Flags.Where(static f => !FlagNames.IsReserved(f))], InternalDate);
}
