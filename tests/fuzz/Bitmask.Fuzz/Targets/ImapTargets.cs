using Bitmask.Imap;
using Bitmask.Imap.Protocol;
using static Bitmask.Fuzz.Promise;

namespace Bitmask.Fuzz.Targets;

/// <summary>What a mail program on this machine can send to the IMAP door.</summary>
internal static class ImapTargets
{
    private static readonly string[] Commands =
    [
        "a1 SELECT \"INBOX\"\r\n", "a2 UID FETCH 1:*,3 (FLAGS BODY.PEEK[HEADER.FIELDS (From To)]<0.20> BODYSTRUCTURE)\r\n",
        "a3 SEARCH CHARSET UTF-8 OR (FROM {3+}\r\nabc NOT SEEN) UID 1:5 SINCE 1-Feb-2020 HEADER X \"y\"\r\n", "a3 UID SEARCH RETURN () LARGER 5 KEYWORD $x TEXT \"a\"\r\n",
        "a4 APPEND Drafts (\\Seen $x) \" 1-Feb-2020 10:00:00 +0100\" {5+}\r\nhello\r\n", "a5 STORE 1:* +FLAGS.SILENT (\\Deleted foo)\r\n",
        "a6 LIST (SUBSCRIBED) \"\" (\"*\" %) RETURN (STATUS (MESSAGES SIZE) CHILDREN)\r\n", "a7 STATUS &Jjo-x (MESSAGES UIDNEXT)\r\n", "a8 UID MOVE 3 Archive\r\n",
        "a9 ID (\"name\" \"x\" \"y\" NIL)\r\n", "b1 UID EXPUNGE 4:7\r\n", "b2 RENAME \"a b\" {4+}\r\nc d \r\n", "b3 FETCH 1 FULL\r\n", "b4 LSUB \"\" *\r\n", "b5 CLOSE\r\n",
        "b6 LOGIN {5}\r\nalice {5}\r\ntoken\r\n", "b7 AUTHENTICATE PLAIN AGEAYg==\r\n", "b7 AUTHENTICATE SCRAM-SHA-256 biws\r\n", "b8 IDLE\r\nDONE\r\n", "b9 FETCH 4294967295:1 BODY[1.2.MIME]\r\n",
        "e1 NOTIFY SET STATUS (SELECTED (MessageNew (UID BODY.PEEK[HEADER.FIELDS (From)]) MessageExpunge FlagChange)) (SUBTREE (a {1+}\r\nb) (MailboxName)) (PERSONAL NONE)\r\n",
    ];

    public static IEnumerable<FuzzTarget> All { get; } =
    [
        new("imap-grammar", "Bitmask.Imap", () => Commands.Append(string.Concat(Commands)).Select(Octets), octets => ImapGrammar.Parse(octets)),
        new("scram", "Bitmask.Imap", () => new[] { "n,,n=a=2Cb,r=x", "y,a=u,n=u,r=rOprNGfwEbeRWgbNEkqO", "c=biws,r=xy,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=" }.Select(Octets), octets =>
        {
            ScramExchange.Begin(octets);
            var exchange = ScramExchange.Begin("n,,n=u,r=x"u8)!;
            exchange.Challenge(new ScramCredentials(new byte[16], 4096, [new ScramVerifier(new byte[32], new byte[32])], new ImapLogin.Rejected()), "y");
            That(exchange.Judge(octets) is null, "nobody guesses a proof");
        }),
        new("modified-utf7", "Bitmask.Imap", () => new[] { "INBOX", "&Jjo-x", "a&-b", "&2D3eAA-", "Entw&APw-rfe/&ZeVnLIqe-" }.Select(Octets), octets =>
        {
            var wire = Latin1(octets);
            if (ModifiedUtf7.TryDecode(wire, out var name) && System.Text.Ascii.IsValid(wire))
            {
                That(ModifiedUtf7.Encode(name) == wire, "one name, one spelling");
            }
        }),
    ];
}
