using System.Text;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Bitmask.Mail.Pipelines.Tests.Mime;

public class MimeProperties
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly OpenPgpSecretKey Own = OpenPgpSecretKey.Generate(EmailAddress.Parse("bob@blue.test"), Now);

    private static readonly string[] Words =
    [
        "\r\n", "\n", "\r", " ", "\t", ":", ";", "a", "ä", "\0", "--b", "--b\r\n", "--b--\r\n", "From: alice@red.test\r\n", "From: \"", "Subject: x\r\n", "X-Leap-Signature: valid\r\n",
        "Content-Type: text/plain; hp=\"cipher\"\r\n", "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\r\n",
        "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=b\r\n", "Content-Type: application/pgp-encrypted\r\n", "Content-Type: application/octet-stream\r\n",
        "Content-Type: application/pgp-signature\r\n", "Content-Transfer-Encoding: base64\r\n", "-----BEGIN PGP MESSAGE-----\r\n\r\n", "-----BEGIN PGP SIGNATURE-----\r\n\r\n", "-----END PGP MESSAGE-----\r\n",
    ];

    private static readonly Arbitrary<byte[]> Mails = Gen.Elements(Words).ListOf().Select(words => Encoding.UTF8.GetBytes(string.Concat(words))).ToArbitrary();

    [Property(MaxTest = 500)]
    public Property Message_TakenApartAndJoined_IsTheSame() => Prop.ForAll(Mails, octets =>
    {
        var message = RawMessage.Parse(octets);
        var again = message.Fields.SelectMany(field => field.Octets.ToArray()).Concat(message.Blank.ToArray()).Concat(message.Body.ToArray());
        Assert.Equal(octets, again);
    });

    [Property(MaxTest = 500)]
    public Property Multipart_AnyBody_PartsLieInOrderInside() => Prop.ForAll(Mails, octets =>
    {
        var rest = Encoding.Latin1.GetString(octets);
        foreach (var part in RawMultipart.Split(octets, "b", 100))
        {
            var at = rest.IndexOf(Encoding.Latin1.GetString(part.Span), StringComparison.Ordinal);
            Assert.True(at >= 0);
            rest = rest[(at + part.Length)..];
        }
    });

    [Property(MaxTest = 300)]
    public Property LineEnds_AnyText_OnlyCrLfAfterAndNothingElseChanged() => Prop.ForAll(Mails, octets =>
    {
        var made = LineEnds.ToCrLf(octets) ?? octets;
        Assert.True(Smtp.Protocol.DotStuffer.HasOnlyCrLf(made));
        Assert.Equal(Encoding.Latin1.GetString(octets).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n'), Encoding.Latin1.GetString(made).Replace("\r\n", "\n", StringComparison.Ordinal));
    });

    [Property(MaxTest = 300)]
    public Property Opener_AnyMail_NeverThrowsAndNeverNamesASigner() => Prop.ForAll(Mails, octets =>
    {
        var opened = new MessageOpener([Own], SignerCandidates.None, Now).Open(octets, "mx", null);
        Assert.Null(opened.Security.Signer);
        Assert.DoesNotContain(RawMessage.Parse(opened.Raw).Fields, field => field.IsReserved);
    });

    [Property(MaxTest = 200)]
    public Property Opener_AnyEncryptedEntity_NeverThrowsAndKeepsOuterFrom() => Prop.ForAll(Mails, entity =>
    {
        var armor = Encoding.ASCII.GetString(MessageEncryptor.Encrypt(entity, [Own.Certificate], Now));
        var mail = World.Octets("From: mallory@black.test\r\nContent-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=x\r\n\r\n--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--x\r\nContent-Type: application/octet-stream\r\n\r\n" + armor + "\r\n--x--\r\n");

        var opened = new MessageOpener([Own], SignerCandidates.None, Now).Open(mail, "mx", null);

        Assert.Equal("good", opened.Security.Layers[0].Result);
        var filed = RawMessage.Parse(opened.Raw);
        Assert.Equal(EmailAddress.Parse("mallory@black.test"), MailAddresses.Single(filed, "From"));
        Assert.DoesNotContain(filed.Fields, field => field.IsReserved);
        Assert.True(Smtp.Protocol.DotStuffer.HasOnlyCrLf(opened.Raw.Span));
    });
}
