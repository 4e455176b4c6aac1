using System.Globalization;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>CAPABILITY (RFC 3501 §6.1.1).</summary>
internal sealed record CapabilityCommand : ImapCommand
{
    private const string BeforeLogin = "IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE AUTH=PLAIN";
    private const string AfterLogin = "IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE IDLE NAMESPACE UIDPLUS MOVE UNSELECT CHILDREN SPECIAL-USE LIST-EXTENDED LIST-STATUS STATUS=SIZE "
        + "CONDSTORE QRESYNC ESEARCH SEARCHRES WITHIN PARTIAL MULTIAPPEND REPLACE BINARY OBJECTID SAVEDATE PREVIEW SORT THREAD=ORDEREDSUBJECT THREAD=REFERENCES UTF8=ACCEPT CREATE-SPECIAL-USE APPENDLIMIT=";

    /// <summary>What is announced; only what works.</summary>
    public static string Capabilities(ImapOptions options, bool loggedIn)
        => loggedIn ? AfterLogin + options.MaxMessageOctets.ToString(CultureInfo.InvariantCulture) : BeforeLogin;

    public override ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        session.Output.Untagged("CAPABILITY " + Capabilities(session.Options, session.State != ConnectionStates.NotAuthenticated));
        return new(ImapReply.Ok("CAPABILITY completed"));
    }
}
