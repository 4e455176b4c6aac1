using Bitmask.Imap.Protocol;
using Bitmask.Mail;
using Bitmask.Sqlite;

namespace Bitmask.Imap.Session;

/// <summary>Turns what went wrong into the answer a client can act on (RFC 5530).</summary>
internal static class Failures
{
    /// <summary>The tagged answer.</summary>
    public static ImapReply Reply(Exception failure) => failure switch
    {
        ImapSyntaxException e => ImapReply.Bad(e.Message),
        MessageDamagedException => ImapReply.No("A message is damaged on this device and was left out", "CORRUPTION"),
        MessageUnavailableException => ImapReply.No("A part is not on this device and could not be fetched; its message was left out. Try again later", "UNAVAILABLE"),
        UnknownEncodingException => ImapReply.No("A part has a transfer encoding that nobody here can undo", "UNKNOWN-CTE"),
        MailException e => ImapReply.No(e.Message, Code(e.Error)),
        DatabaseFullException => ImapReply.No("The disk is full: make room and try again", "OVERQUOTA"),
        DatabaseException { IsTransient: true } => ImapReply.No("The store is busy: try again", "INUSE"),
        DatabaseException => ImapReply.No("The store can not be read or written: see bitmaskctl status", "SERVERBUG"),
        _ => ImapReply.No("Internal error: see the log of bitmaskd", "SERVERBUG"),
    };

    private static string? Code(MailError error) => error switch
    {
        MailError.MailboxNotFound => "NONEXISTENT",
        MailError.MailboxExists => "ALREADYEXISTS",
        MailError.InvalidName or MailError.NotAllowed => "CANNOT",
        MailError.MessageNotFound => "EXPUNGEISSUED",
        MailError.UseNotPossible => "USEATTR",
        MailError.UidsExhausted => "LIMIT",
        _ => null,
    };
}
