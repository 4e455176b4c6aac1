using Bitmask.Imap.Protocol;

namespace Bitmask.Imap.Tests.Protocol;

public class GrammarFuzzTests
{
    public static readonly string[] Corpus =
    [
        "a1 SELECT \"INBOX\"\r\n", "a2 UID FETCH 1:*,3 (FLAGS BODY.PEEK[HEADER.FIELDS (From To)]<0.20> BODYSTRUCTURE)\r\n",
        "a3 SEARCH CHARSET UTF-8 OR (FROM {3+}\r\nabc NOT SEEN) UID 1:5 SINCE 1-Feb-2020 HEADER X \"y\"\r\n",
        "a4 APPEND Drafts (\\Seen $x) \" 1-Feb-2020 10:00:00 +0100\" {5+}\r\nhello\r\n", "a5 STORE 1:* +FLAGS.SILENT (\\Deleted foo)\r\n",
        "a6 LIST (SUBSCRIBED) \"\" (\"*\" %) RETURN (STATUS (MESSAGES SIZE) CHILDREN)\r\n", "a7 STATUS &Jjo-x (MESSAGES UIDNEXT)\r\n", "a8 UID MOVE 3 Archive\r\n",
        "a9 ID (\"name\" \"x\" \"y\" NIL)\r\n", "b1 UID EXPUNGE 4:7\r\n", "b2 RENAME \"a b\" {4+}\r\nc d \r\n", "b3 FETCH 1 FULL\r\n", "b4 LSUB \"\" *\r\n", "b5 CLOSE\r\n",
        "c1 SELECT INBOX (CONDSTORE QRESYNC (67890007 90060115194045000 41:211,214:541 (1:3,9 41:43,99)))\r\n", "c2 UID FETCH 1:* (FLAGS MODSEQ) (CHANGEDSINCE 12345 VANISHED PARTIAL -1:-3)\r\n",
        "c3 STORE $ (UNCHANGEDSINCE 0) -FLAGS (a)\r\n", "c4 UID SEARCH RETURN (SAVE MIN MAX COUNT PARTIAL 1:500) MODSEQ \"/flags/\\\\draft\" all 620 OR $ YOUNGER 5\r\n", "c5 ENABLE QRESYNC X\r\n",
        "d1 APPEND INBOX (a) ~{3+}\r\nabc UTF8 (~{2+}\r\nxy)\r\n", "d2 UID REPLACE 4 Drafts {3+}\r\nabc\r\n", "d3 FETCH 1 (BINARY.PEEK[1.2]<0.5> BINARY.SIZE[1] PREVIEW (LAZY) EMAILID THREADID SAVEDATE)\r\n", "d5 UID SORT (REVERSE DATE SUBJECT) UTF-8 FROM x\r\n", "d6 THREAD REFERENCES UTF-8 SINCE 1-Feb-2020\r\n", "d4 CREATE X (USE (\\Sent))\r\n",
        "e1 NOTIFY SET STATUS (SELECTED (MessageNew (UID BODY.PEEK[HEADER.FIELDS (From)]) MessageExpunge FlagChange)) (SUBTREE (a {1+}\r\nb) (MailboxName)) (PERSONAL NONE)\r\n",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Parse_MutatedCommands_NeverThrows(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 25_000; i++)
        {
            ImapGrammar.Parse(Mutate(random));
        }
    }

    [Fact]
    public void Parse_Corpus_IsWellFormed() => Assert.Equal((Corpus.Length, 0), ImapGrammar.Parse(Wire.Octets(string.Concat(Corpus))));

    /// <summary>A few commands with a few octets lost, doubled, swapped or changed.</summary>
    public static byte[] Mutate(Random random)
    {
        var octets = new List<byte>();
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            octets.AddRange(Wire.Octets(Corpus[random.Next(Corpus.Length)]));
        }

        for (var n = random.Next(1, 8); n > 0 && octets.Count > 4; n--)
        {
            var (at, length) = (random.Next(octets.Count - 3), random.Next(1, 4));
            switch (random.Next(5))
            {
                case 0:
                    octets.RemoveRange(at, length);
                    break;
                case 1:
                    octets.InsertRange(at, octets.GetRange(at, length));
                    break;
                case 2:
                    octets[at] = (byte)random.Next(256);
                    break;
                case 3:
                    octets[at] = (byte)"(){}[]<>*%\"\\ .,:0+-&\r\n"[random.Next(22)];
                    break;
                default:
                    (octets[at], octets[at + 2]) = (octets[at + 2], octets[at]);
                    break;
            }
        }

        return [.. octets];
    }
}
