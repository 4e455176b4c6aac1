using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>APPEND (RFC 3501 §6.3.11) with APPENDUID (RFC 4315 §3). The message is on disk before the OK.</summary>
internal sealed record AppendCommand(string Name, IReadOnlyList<string> Flags, DateTimeOffset? InternalDate, ReadOnlyMemory<byte> Message) : ImapCommand
{
    public static AppendCommand Parse(CommandScanner scanner)
    {
        scanner.Space();
        var name = scanner.Mailbox();
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

        return new AppendCommand(name, flags, date, scanner.Literal());
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        if (session.Account.Find(Name) is not { } mailbox)
        {
            return ImapReply.No("There is no such mailbox", "TRYCREATE");
        }

        if (Message.IsEmpty)
        {
            return ImapReply.No("An empty message can not be kept", "CANNOT");
        }

        if (Message.Length > session.Options.MaxMessageOctets)
        {
            return ImapReply.No("Message too large", "TOOBIG");
        }

        // Keywords that only verdict facts speak can not be carried in (security.md A10).
        var flags = Flags.Where(static f => !FlagNames.IsReserved(f)).ToArray();
        var answer = await session.Account.AppendAsync(mailbox.Id, Message, flags, InternalDate, cancellationToken).ConfigureAwait(false);
        return ImapReply.Ok("APPEND completed", $"APPENDUID {answer.UidValidity} {answer.Uid}");
    }
}
