using System.Text;

namespace Bitmask.Imap.Tests;

/// <summary>Three mails whose every octet the dialogues know.</summary>
internal static class SampleMails
{
    public static readonly (byte[] Text, string[] Flags, DateTimeOffset Date)[] All =
    [
        (Octets("""
            From: Bob <bob@blue.test>
            To: alice@red.test
            Subject: Lunch
            Date: Tue, 1 Jan 2030 10:00:00 +0100
            Message-ID: <1@blue.test>

            See you at noon.

            """), ["\\Seen", "$Work"], new DateTimeOffset(2030, 1, 1, 9, 0, 1, TimeSpan.Zero)),
        (Octets("""
            From: Bob <bob@blue.test>
            To: alice@red.test
            Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
             folded
            Date: Wed, 2 Jan 2030 10:00:00 +0100
            Message-ID: <2@blue.test>
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary="=-x"

            --=-x
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            Gr=C3=BC=C3=9F

            --=-x
            Content-Type: application/pdf; name="a b.pdf"
            Content-Disposition: attachment; filename="a b.pdf"
            Content-Transfer-Encoding: base64

            AAECAwQF

            --=-x--

            """), [], new DateTimeOffset(2030, 1, 2, 9, 0, 1, TimeSpan.Zero)),
        (Octets("""
            From: Bob <bob@blue.test>
            To: alice@red.test
            Subject: Fwd: Inner
            Date: Thu, 3 Jan 2030 10:00:00 +0100
            Message-ID: <3@blue.test>
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary=y

            --y

            hi

            --y
            Content-Type: message/rfc822

            From: Carol <carol@green.test>
            Subject: Inner
            Content-Type: text/html

            <b>fox</b>

            --y--

            """), ["\\Flagged"], new DateTimeOffset(2030, 1, 3, 9, 0, 1, TimeSpan.Zero)),
    ];

    public static byte[] Octets(string text) => Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n"));
}
