using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;
using Bitmask.Mail;

namespace Bitmask.Imap.Commands;

/// <summary>append-message (RFC 4466 §6): what APPEND and REPLACE carry.</summary>
/// <param name="Flags">Flags to begin with.</param>
/// <param name="InternalDate">When it came, or null for now.</param>
/// <param name="Octets">The message as it is to be kept: binary parts that no FETCH BODY[] could show are base64 by now (RFC 3516 §4.4).</param>
/// <param name="HoldsNul">There is a NUL left, outside of a binary part.</param>
internal sealed record AppendMessage(IReadOnlyList<string> Flags, DateTimeOffset? InternalDate, ReadOnlyMemory<byte> Octets, bool HoldsNul)
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

        var octets = scanner.MessageData();
        var kept = BinaryParts.WithoutNul(octets);
        return new AppendMessage(flags, date, kept ?? octets, HoldsNul: kept is null);
    }

    /// <summary>Why it can not be kept, or null.</summary>
    public ImapReply? Refusal(ImapOptions options)
        => Octets.IsEmpty ? ImapReply.No("An empty message can not be kept", "CANNOT")
            : HoldsNul ? ImapReply.No("A NUL can only be kept in a part of Content-Transfer-Encoding: binary", "UNKNOWN-CTE")
            : Octets.Length > options.MaxMessageOctets ? ImapReply.No("Message too large", "TOOBIG")
            : null;

    /// <summary>For the account; keywords that only verdict facts speak can not be carried in (security.md A10).</summary>
    public MessageToAppend ToMail() => new(Octets, [.. Flags.Where(static f => !FlagNames.IsReserved(f))], InternalDate);
}
