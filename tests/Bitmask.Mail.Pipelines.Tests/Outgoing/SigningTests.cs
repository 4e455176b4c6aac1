using System.Text;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.Smtp.Client;
using Bitmask.Testing;
using MimeKit;

namespace Bitmask.Mail.Pipelines.Tests.Outgoing;

/// <summary>Mail in clear leaves signed (RFC 3156 §5), in a form that every transport keeps.</summary>
public class SigningTests
{
    private const string Head = """
        From: Alice <alice@red.test>
        To: eve@plain.test
        Bcc: hidden@plain.test
        Subject: Tulips
        Message-ID: <s@red.test>
        Date: Tue, 24 Nov 2026 11:00:00 +0000
        MIME-Version: 1.0

        """;

    private static readonly string Base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes("märz and more"));

    public static TheoryData<string> Bodies => new(
        "\r\nplain words\r\n",
        "Content-Type: text/plain; charset=utf-8\r\n\r\nThe marker is märz. \r\n-- \r\nFrom here on\t\r\n.\r\n..dots\r\n",
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + new string('x', 1200) + "ß" + new string('y', 900) + "\r\nno line end",
        "Content-Type: text/plain; charset=utf-8; format=flowed\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nm=C3=A4rz=20\r\nFrom the start =\r\non\r\n",
        $"Content-Type: multipart/mixed; boundary=\"b b\"\r\n\r\npreamble \r\n--b b\r\n\r\nblank at the end \r\n--b b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n{Base64}\r\n--b b--\r\nepilogue",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>ä</p> \r\n--b\r\nContent-Type: application/octet-stream\r\n\r\nFrom \u00e4\r\n--b--\r\n");

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Clear_ThroughTwoServersAndAMangler_SignatureIsGoodAndContentTheSame(string body)
    {
        await using var world = await World.StartAsync();
        await world.Alice.WroteToAsync("eve@plain.test", "hidden@plain.test");
        await world.Alice.SubmitAsync(Head + body, "eve@plain.test", "hidden@plain.test");
        await world.Alice.Outgoing.WorkAsync();
        await using (var client = await SmtpClient.ConnectAsync(await world.Bob.Relay.EndpointAsync(default), TimeProvider.System))
        {
            await client.SendAsync(new SmtpEnvelope("alice@red.test", ["bob@blue.test"]), world.Alice.Relay.CopyFor("eve@plain.test"));
        }

        var arrived = world.Bob.Relay.CopyFor("bob@blue.test");
        var entry = await world.ReceiveAsync(Mangled(arrived));

        var layer = Assert.Single(world.Bob.Account.Security(entry)!.Layers);
        Assert.Equal((SecurityLayer.Good, world.Alice.Certificate.Fingerprint.Value), (layer.Result, layer.Fpr));
        var message = RawMessage.Parse(arrived);
        Assert.Equal(["Autocrypt", "From", "To", "Subject", "Message-ID", "Date", "MIME-Version", "Content-Type"], message.Fields.Select(field => field.Name));
        Assert.Equal("pgp-sha512", message.ContentType.Parameters["micalg"]);
        Assert.Equal(world.Alice.Relay.CopyFor("hidden@plain.test"), arrived);
        Assert.Equal(Leaves(World.Octets(Head + body)), Leaves(Signed(arrived)));
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Clear_GpgFindsTheSignatureGood(string body)
    {
        Assert.SkipUnless(Gpg.IsThere, "gpg is not here");
        await using var world = await World.StartAsync();
        await world.Alice.WroteToAsync("eve@plain.test", "hidden@plain.test");
        using var gpg = new Gpg(world.Clock.GetUtcNow());
        gpg.Import(world.Alice.Certificate.ToBinary());
        await world.Alice.SubmitAsync(Head + body, "eve@plain.test");

        await world.Alice.Outgoing.WorkAsync();

        var copy = world.Alice.Relay.CopyFor("eve@plain.test");
        var signature = gpg.WriteFile("signature.asc", RawMessage.Parse(Parts(copy)[1]).Body.Span);
        var answer = gpg.Run(["--verify", signature, gpg.WriteFile("signed", Parts(copy)[0])], []).Succeeded();
        Assert.Contains("VALIDSIG " + world.Alice.Certificate.Fingerprint.Value, answer.Status, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Clear_PartSignedByAnotherThatWouldNotSurvive_IsNotTouchedAndNotSigned()
    {
        await using var world = await World.StartAsync();
        await world.Alice.WroteToAsync("eve@plain.test", "hidden@plain.test");
        const string Body = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=c\r\n\r\n--c\r\n\r\nblank \r\n--c\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--c--\r\n\r\n--b--\r\n";
        await world.Alice.SubmitAsync(Head + Body, "eve@plain.test");

        await world.Alice.Outgoing.WorkAsync();

        Assert.EndsWith(Body, Encoding.UTF8.GetString(world.Alice.Relay.CopyFor("eve@plain.test")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\"; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n", true)]
    [InlineData("Content-Type: text/plain\r\n\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\nx\r\n", true)]
    [InlineData("Content-Type: text/plain\r\n\r\nnot wanted\r\n", false)]
    public async Task Clear_SignedAlreadyOrNotWanted_LeavesAsItIs(string body, bool signs)
    {
        await using var world = await World.StartAsync();
        await world.Alice.WroteToAsync("eve@plain.test", "hidden@plain.test");
        world.Alice.Sending.SignsClear = signs;
        await world.Alice.SubmitAsync(Head + body, "eve@plain.test");

        await world.Alice.Outgoing.WorkAsync();

        Assert.EndsWith("MIME-Version: 1.0\r\n" + body, Encoding.UTF8.GetString(world.Alice.Relay.CopyFor("eve@plain.test")), StringComparison.Ordinal);
    }

    private static List<byte[]> Parts(byte[] copy) => [.. RawMultipart.Split(RawMessage.Parse(copy).Body, RawMessage.Parse(copy).ContentType.Boundary!, 3).Select(part => part.ToArray())];

    private static byte[] Signed(byte[] copy) => Parts(copy)[0];

    /// <summary>The content of every leaf, transfer encoding undone, as another program reads it.</summary>
    private static List<string> Leaves(byte[] octets)
    {
        return [.. Walk(MimeEntity.Load(new MemoryStream(octets)))];

        static IEnumerable<string> Walk(MimeEntity entity) => entity switch
        {
            Multipart multipart => multipart.SelectMany(Walk),
            MessagePart inner => Walk(inner.Message!.Body!),
            MimePart leaf => [leaf.ContentType.MimeType + ": " + Content(leaf)],
            _ => [],
        };

        static string Content(MimePart leaf)
        {
            using var content = new MemoryStream();
            leaf.Content!.DecodeTo(content);
            return Encoding.UTF8.GetString(content.ToArray());
        }
    }

    /// <summary>What old transports do: blanks at the ends of lines go, "From " gets a mark.</summary>
    private static byte[] Mangled(byte[] octets)
    {
        var lines = Encoding.Latin1.GetString(octets).Split("\r\n");
        return Encoding.Latin1.GetBytes(string.Join("\r\n", lines.Select((line, i) => i < lines.Length && line.StartsWith("From ", StringComparison.Ordinal) ? ">" + line : line.TrimEnd(' ', '\t'))));
    }
}
