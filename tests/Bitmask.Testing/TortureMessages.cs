using System.Text;

namespace Bitmask.Testing;

/// <summary>More messages that readers stumble over, each written here for what is odd about it. They are of <see cref="OddMessages"/>.</summary>
internal static class TortureMessages
{
    private const string Mixed = "Content-Type: multipart/mixed; boundary=x\r\n\r\n";

    public static IEnumerable<(string Name, byte[] Octets)> All()
    {
        foreach (var (name, text) in Texts())
        {
            yield return ("torture-" + name, Encoding.Latin1.GetBytes(text));
        }

        foreach (var (name, charset, encoding) in new[] { ("utf-16", "utf-16", Encoding.Unicode), ("utf-16be", "utf-16be", Encoding.BigEndianUnicode), ("utf-32", "utf-32", Encoding.UTF32) })
        {
            yield return ("torture-body-" + name, [.. Encoding.ASCII.GetBytes($"Subject: wide\r\nContent-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: binary\r\n\r\n"), .. encoding.GetBytes("Grüße 漢字\r\nfrom afar\r\n")]);
        }

        yield return ("torture-every-octet", [.. "Subject: all\r\n\r\n"u8, .. Enumerable.Range(0, 1024).Select(i => (byte)i)]);
        yield return ("torture-every-octet-in-header", [.. "Subject: "u8, .. Enumerable.Range(1, 255).Where(i => i is not ('\r' or '\n')).Select(i => (byte)i), .. "\r\n\r\nbody\r\n"u8]);
        yield return ("torture-utf8-everywhere", Encoding.UTF8.GetBytes("Ünïcode-Feld: wért\r\nFrom: \"用户\" <用户@例え.テスト>\r\nSubject: 🙂\r\nContent-Type: text/plain; charset=utf-8; name=\"名.txt\"\r\n\r\n本文 🙂\r\n"));
    }

    private static IEnumerable<(string Name, string Text)> Texts()
    {
        // Headers.
        yield return ("encoded-word-broken", "Subject: =?utf-8?b?R3LDvMOf?= =?utf-8?q?=?= =?x?y?z?= =??= =?utf-8?b?!!!?=\r\nFrom: =?utf-8?q?a@b?= <c@d>\r\n\r\n");
        yield return ("encoded-word-cut-in-a-character", "Subject: =?utf-8?b?R3LD?= =?utf-8?b?vMOfZQ==?=\r\n\r\nx\r\n");
        yield return ("encoded-word-injects-a-line", "Subject: =?utf-8?q?a=0D=0AX-Evil:_yes=00?=\r\nFrom: =?utf-8?q?=22=3E?= <a@b>\r\n\r\n");
        yield return ("fold-of-blanks", "Subject: a\r\n \r\n\t\r\n b\r\nTo: x\r\n\r\n\r\n \r\n");
        yield return ("fold-first", " folded: before anything\r\nSubject: x\r\n\r\n");
        yield return ("no-space-after-colon", "Subject:x\r\nTo:y@z\r\n\r\n");
        yield return ("empty-fields", "Subject:\r\nFrom: \r\nTo:\r\n\r\nCc: not a field\r\n");
        yield return ("duplicate-structure-fields", "Content-Type: text/html\r\nContent-Type: multipart/mixed; boundary=x\r\nContent-Transfer-Encoding: base64\r\nContent-Transfer-Encoding: 7bit\r\n\r\n--x\r\n\r\na\r\n--x--\r\n");
        yield return ("line-of-twenty-thousand", "Subject: x\r\nX-Long: " + new string('a', 20_000) + "\r\nReferences:" + string.Concat(Enumerable.Range(0, 900).Select(i => $" <{i}@x>")) + "\r\n\r\n");
        yield return ("dates", "Date: Thu, 32 Foo 99999 25:61:61 +9999\r\nDate: 1 Jan 70 0:0 (comment (in (comment))) EST\r\nResent-Date: \r\n\r\n");
        yield return ("addresses-odd", "From: (c) a (c) . (c) b@ (c) d . e (c)\r\nTo: \"\\\"\" <\"a b\"@[IPv6:::1]>,,; Group:;, <>, @, a@, \"unclosed <a@b>\r\nCc: a@b c@d; e@f\r\nBcc: undisclosed recipients: ;\r\n\r\n");
        yield return ("message-id-odd", "Message-ID: <a b@c> <d@e>\r\nIn-Reply-To: your message of <x@y> <\r\nReferences: <<a@b>> <> c@d <e@f\r\n\r\n");
        yield return ("colon-less-in-the-middle", "Subject: x\r\nthis is no field\r\nTo: y@z\r\n\r\nbody\r\n");
        yield return ("name-with-controls", "Sub\u0001ject: x\r\nTo\u00a0: y\r\n\u00ff\u00fe: z\r\n\r\n");
        yield return ("crlf-after-header-is-lf", "Subject: x\r\nTo: y@z\r\n\nbody\r\n");
        yield return ("header-ends-in-cr", "Subject: x\r\n\r");
        yield return ("only-a-colon", ":");
        yield return ("only-boundary-header", "Content-Type: multipart/mixed; boundary=x");

        // Content-Type and its parameters.
        yield return ("type-without-subtype", "Content-Type: text\r\n\r\nx\r\n");
        yield return ("type-empty", "Content-Type:\r\nContent-Disposition:\r\nContent-ID:\r\n\r\nx\r\n");
        yield return ("type-with-junk", "Content-Type: TEXT / PLAIN ; ; charset = \"utf-8\" junk ; =x; a=; \"b\"=c (d)\r\n\r\nx\r\n");
        yield return ("parameter-continuations", "Content-Type: application/x; name*1*=%20b; name*0*=utf-8'en'a; name*3=never; boundary*0=x; boundary*1=y\r\nContent-Disposition: attachment; filename*=utf-8''%; filename*0*='; filename*00=x\r\n\r\n");
        yield return ("parameters-many", "Content-Type: text/plain" + string.Concat(Enumerable.Range(0, 400).Select(i => $"; p{i}={i}")) + "\r\n\r\nx\r\n");
        yield return ("charset-unknown", "Content-Type: text/plain; charset=klingon\r\n\r\nqapla\u00e9\r\n");
        yield return ("charset-utf-7", "Content-Type: text/plain; charset=utf-7\r\n\r\n+AGEAYg- +ZeVnLIqe-\r\n");
        yield return ("charset-is-a-path", "Content-Type: text/html; charset=\"../../etc/passwd\"\r\n\r\n<p>x\r\n");
        yield return ("encoding-unknown", "Content-Transfer-Encoding: x-zip (really)\r\n\r\n\u0001\u0002\r\n");
        yield return ("encoding-of-multipart", "Content-Transfer-Encoding: base64\r\n" + Mixed + "--x\r\n\r\na\r\n--x--\r\n");
        yield return ("base64-broken", "Content-Transfer-Encoding: base64\r\n\r\nR3L=DvMOf====\r\n!!!!\r\nZQ\r\n-- \r\nfooter\r\n");
        yield return ("quoted-printable-broken", "Content-Transfer-Encoding: quoted-printable\r\n\r\na=\r\nb=ZZ=4\r\n=  \r\n==3D=0=\r\n=");
        yield return ("uuencoded", "Subject: old\r\n\r\nbegin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\n");
        yield return ("html-broken", "Content-Type: text/html\r\n\r\n<<p<b>a</i>&#0;&#xFFFFFF;&nosuch;<!-- <script>x</script --><script>never closed <p>hidden</script<p><style>also");
        yield return ("html-deep", "Content-Type: text/html\r\n\r\n" + string.Concat(Enumerable.Repeat("<div><b>", 2000)) + "end");

        // Boundaries.
        yield return ("boundary-of-odd-characters", "Content-Type: multipart/mixed; boundary=\"'()+_,-./:=? x\"\r\n\r\n--'()+_,-./:=? x\r\n\r\na\r\n--'()+_,-./:=? x--\r\n");
        yield return ("boundary-long", "Content-Type: multipart/mixed; boundary=" + new string('b', 300) + "\r\n\r\n--" + new string('b', 300) + "\r\n\r\na\r\n--" + new string('b', 300) + "--");
        yield return ("boundary-empty", "Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\na\r\n----\r\n");
        yield return ("boundary-is-dashes", "Content-Type: multipart/mixed; boundary=\"--\"\r\n\r\n----\r\n\r\na\r\n------\r\n");
        yield return ("boundary-latin1", "Content-Type: multipart/mixed; boundary=\"gr\u00fc\u00df\"\r\n\r\n--gr\u00fc\u00df\r\n\r\na\r\n--gr\u00fc\u00df--\r\n");
        yield return ("boundary-lf-only", "Content-Type: multipart/mixed; boundary=x\n\n--x\n\na\n--x\n\nb\n--x--\n");
        yield return ("boundary-cr-only", "Content-Type: multipart/mixed; boundary=x\r\r--x\r\ra\r--x--\r");
        yield return ("boundary-mixed-line-ends", Mixed + "--x\n\r\na\r\n--x\r\n\nb\n--x--\r");
        yield return ("boundary-twice-in-a-row", Mixed + "--x\r\n--x\r\n--x--\r\n--x--\r\n");
        yield return ("boundary-in-a-header", Mixed + "--x\r\nSubject: a\r\n--x\r\n\r\nb\r\n--x--\r\n");
        yield return ("boundary-quoted-in-reply", Mixed + "--x\r\n\r\n> --x\r\n --x\r\n--x \t \r\n\r\nb\r\n--x--trailing\r\n");
        yield return ("part-header-without-end", Mixed + "--x\r\nContent-Type: text/plain\r\n--x\r\nContent-Type: text/html\r\n--x--");
        yield return ("close-at-once", Mixed + "--x--\r\nepilogue\r\n--x\r\n\r\na\r\n");
        yield return ("inner-closes-outer", "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--a--\r\n--b--\r\n");

        // Kinds of parts.
        yield return ("partial", "Content-Type: message/partial; id=\"a@b\"; number=1; total=2\r\n\r\nSubject: first half\r\n\r\nhal");
        yield return ("external-body", "Content-Type: message/external-body; access-type=local-file; name=\"/etc/passwd\"\r\n\r\nContent-Type: text/plain\r\n\r\nphantom\r\n");
        yield return ("delivery-status", "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\nfailed\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a\r\n\r\nFinal-Recipient: rfc822; b@c\r\nAction: failed\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: original\r\n--x--\r\n");
        yield return ("related-alternative", "Content-Type: multipart/related; boundary=x; start=\"<2>\"\r\n\r\n--x\r\nContent-ID: <1>\r\nContent-Type: image/gif\r\n\r\nGIF\r\n--x\r\nContent-ID: <2>\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n--y\r\n\r\na\r\n--y\r\nContent-Type: text/html\r\n\r\n<img src=cid:1>\r\n--y--\r\n--x--\r\n");
        yield return ("encrypted", "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=x\r\n\r\n--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--x\r\nContent-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nabc\r\n-----END PGP MESSAGE-----\r\n\r\n--x--\r\n");
        yield return ("signed-with-trailing-blanks", "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; micalg=pgp-sha512; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain \r\n\r\n-- \r\nblanks   \r\n\t\r\n\r\n--x\r\nContent-Type: application/pgp-signature\r\n\r\nsig\r\n--x--\r\n");
        yield return ("rfc822-is-multipart", Mixed + "--x\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x--\r\n--x--\r\n");
        yield return ("rfc822-of-nothing", "Content-Type: message/rfc822");
        yield return ("global", "Content-Type: message/global\r\nContent-Transfer-Encoding: 8bit\r\n\r\nSubject: \u00fc\r\n\r\n\u00df\r\n");
        yield return ("mbox-inside", "Subject: x\r\n\r\nFrom a@b Thu Jan  1 00:00:00 1970\r\nSubject: y\r\n\r\n>From z\r\n.\r\n..\r\n");
        yield return ("all-in-one-line", "Subject: x " + Mixed.Replace("\r\n", " ", StringComparison.Ordinal) + "--x a --x--");
    }
}
