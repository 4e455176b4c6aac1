using System.Globalization;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>CAPABILITY (RFC 3501 §6.1.1).</summary>
internal sealed record CapabilityCommand : ImapCommand
{
    private const string BeforeLogin = "IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE ";
    private const string AfterLogin = "IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE IDLE NOTIFY NAMESPACE UIDPLUS MOVE UNSELECT CHILDREN SPECIAL-USE LIST-EXTENDED LIST-STATUS STATUS=SIZE "
        + "CONDSTORE QRESYNC ESEARCH SEARCHRES WITHIN PARTIAL MULTIAPPEND REPLACE BINARY OBJECTID SAVEDATE PREVIEW SORT THREAD=ORDEREDSUBJECT THREAD=REFERENCES UTF8=ACCEPT CREATE-SPECIAL-USE QUOTA QUOTA=RES-STORAGE ";

    /// <summary>What is announced; only what works now.</summary>
    public static string Capabilities(ImapSession session)
        => session.IsLoggedIn ? string.Create(CultureInfo.InvariantCulture, $"{AfterLogin}{(session.IsCompressed ? "" : "COMPRESS=DEFLATE ")}APPENDLIMIT={session.Options.MaxMessageOctets}")
            : BeforeLogin + (session.MayLogIn ? session.Authenticator is IScramAuthenticator ? "AUTH=SCRAM-SHA-256 AUTH=PLAIN" : "AUTH=PLAIN" : "STARTTLS LOGINDISABLED");

    public override ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        session.Output.Untagged("CAPABILITY " + Capabilities(session));
        return new(ImapReply.Ok("CAPABILITY completed"));
    }
}
