using Bitmask.Mail;
using Bitmask.Mail.Pipelines;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Provider.Mx;
using Bitmask.Testing;
using static Bitmask.Fuzz.Promise;

namespace Bitmask.Fuzz.Targets;

/// <summary>Mail from anybody, and the header fields in it.</summary>
internal static class MailTargets
{
    private static readonly string[] Addresses =
    [
        "Alice <alice@red.test>, \"Bob, \\\"the\\\" builder\" <bob@blue.test>", "undisclosed-recipients:;", "Group: a@b.test, <@hop.test:c@d.test>;, e@[127.0.0.1]",
        "=?utf-8?q?Gr=C3=BC=C3=9Fe?= <g@grün.test> (comment (nested) \\) )", "alice @ red . test", "a\r\n b@c.test",
    ];

    private static readonly string[] Parameters =
    [
        "text/plain; charset=utf-8; format=flowed", "multipart/mixed; boundary=\"=-x y\"", "attachment; filename*0*=utf-8''a%20; filename*1=\"b.pdf\"", "application/pdf; name=\"a \\\"b\\\".pdf\"",
    ];

    public static IEnumerable<FuzzTarget> All { get; } =
    [
        new("mime-message", "Bitmask.Mail", Messages, Message, 8),
        new("search-words", "Bitmask.Mail", Messages, SearchWords, 4),
        new("office-words", "Bitmask.Mail", Documents, OfficeText, 4),
        new("address-header", "Bitmask.Mail", () => Addresses.Select(Octets), AddressHeader),
        new("header-parameters", "Bitmask.Mail", () => Parameters.Select(Octets), octets => ParameterList.Parse(Utf8(octets))),
        new("raw-message", "Bitmask.Mail.Pipelines", Messages, Raw, 4),
        new("incoming-mail", "Bitmask.Mail.Pipelines", IncomingSeeds, octets => That(new MessageOpener([OpenPgpTargets.Alice], SignerCandidates.None, OpenPgpTargets.Now).Open(octets, "mx", null).Security.Signer is null, "nobody signed that"), 16),
        new("mx-header", "bitmask-provider", () => [.. Messages(), .. Addresses.Select(text => Octets("From: " + text + "\r\n\r\n"))], MxHeader, 2),
    ];

    private static IEnumerable<byte[]> Messages() => OddMessages.Names.Select(OddMessages.Get).Where(octets => octets.Length < 8 * 1024);

    private static IEnumerable<byte[]> Documents()
    {
        foreach (var (name, xml) in new[]
        {
            ("word/document.xml", "<w:d xmlns:w='w'><w:p><w:t>text</w:t><w:tab/><w:t xml:space='preserve'> more</w:t></w:p></w:d>"),
            ("xl/worksheets/sheet1.xml", "<s><row><c t='s'><v>1</v></c><c><v>2</v></c></row></s>"),
            ("content.xml", "<o:d xmlns:o='o'><o:body><o:p>a<o:s/>b&amp;c</o:p></o:body></o:d>"),
        })
        {
            using var stream = new MemoryStream();
            using (var archive = new System.IO.Compression.ZipArchive(stream, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
            {
                using var entry = archive.CreateEntry(name, System.IO.Compression.CompressionLevel.NoCompression).Open();
                entry.Write(Octets(xml));
            }

            yield return stream.ToArray();
        }
    }

    private static void OfficeText(byte[] octets)
    {
        var words = new System.Text.StringBuilder();
        try
        {
            OfficeWords.AddTo(words, octets, MessageWords.NoLimit);
        }
        catch (Exception e) when (e is InvalidDataException or System.Xml.XmlException or NotSupportedException or IOException or ArgumentException)
        {
            // No document, or not one to its end.
        }

        That(words.Length <= 16 * 1024 * 1024, "no document has more text than is unpacked of it");
    }

    private static void Message(byte[] octets)
    {
        var split = MessageSplitter.Split(octets);
        var documents = split.Documents(HeadId.Parse(new string('a', 32))).ToDictionary(document => document.Id, document => document.Json);
        var number = 0;
        var recipe = split.Head.Recipe.Select(item => item.Part is null ? item : item with { Part = DocumentIds.Part(HeadId.Parse(new string('a', 32)), number++) }).ToList();
        var joined = MessageJoiner.Join(split.Head with { Recipe = recipe }, id => MailJson.TryRead(documents.GetValueOrDefault(id), MailJson.Part), out var damage);
        That(joined is not null && joined.AsSpan().SequenceEqual(octets), "a message taken apart and joined is the same: " + damage);
        Inside(StructureReader.Read(octets), 0, octets.Length);
    }

    private static void SearchWords(byte[] octets)
    {
        const int Max = 500;
        var root = StructureReader.Read(octets);
        var (header, body) = (MessageWords.Header(octets.AsSpan(0, (int)root.BodyOffset), Max, out _), MessageWords.Body(root, octets, Max, out var whole));
        That(header.Length <= Max && body.Length <= Max, "no more words than asked for");
        That(!whole || MessageWords.Body(root, octets, MessageWords.NoLimit, out _) == body, "whole words are all words");
        var folded = SearchFold.Of(body);
        var terms = new System.Text.StringBuilder();
        new SearchGrams().Write(terms, folded, SearchGrams.Body);
        var row = terms.ToString().Split(' ').ToHashSet();
        if (folded.Length > 4 && SearchGrams.Query(folded[(folded.Length / 3)..(folded.Length / 2)], SearchGrams.Body) is { } query)
        {
            That(query.Split(" AND ").All(row.Contains), "what a text holds has no term that the text has not");
        }

        That(PackedText.Unpack(PackedText.Pack(folded)) is { } kept && kept.Span.SequenceEqual(Octets(folded)), "a kept text is the same");
    }

    private static void Inside(MimePartInfo part, long start, long end)
    {
        That(part.Offset >= start && part.BodyOffset >= part.Offset && part.End >= part.BodyOffset && part.End <= end, "a part lies inside of what it is a part of");
        foreach (var child in part.Parts)
        {
            Inside(child, part.BodyOffset, part.End);
        }

        if (part.Message is { } message)
        {
            Inside(message, part.BodyOffset, part.End);
        }
    }

    private static void AddressHeader(byte[] octets)
    {
        var text = Utf8(octets);
        That(AddressList.Parse(text).Count <= text.Length + 2, "no more addresses than characters");
        EnvelopeReader.Read(HeaderFields.Parse(Octets("From: " + text + "\r\nTo: " + text + "\r\n\r\n"), out _));
    }

    private static void Raw(byte[] octets)
    {
        var message = RawMessage.Parse(octets);
        That(message.Fields.Sum(field => field.Octets.Length) + message.Blank.Length + message.Body.Length == octets.Length, "fields, empty line and body are all there is");
        MailAddresses.All(message, "From", "To", "Cc");
        MailAddresses.Single(message, "From");
        var type = message.ContentType;
        foreach (var part in RawMultipart.Split(message.Body, type.Boundary ?? "x", 20))
        {
            PartContent.Decode(RawMessage.Parse(part));
        }
    }

    private static IEnumerable<byte[]> IncomingSeeds()
    {
        const string Entity = "Content-Type: text/plain; hp=\"cipher\"\r\nSubject: inner\r\nHP-Outer: Subject: [...]\r\n\r\nhello\r\n";
        var armor = Latin1(MessageEncryptor.Encrypt(Octets(Entity), [OpenPgpTargets.Alice.Certificate], OpenPgpTargets.Now));
        var signature = MessageSigner.SignDetached(Octets("Content-Type: text/plain\r\n\r\nhi\r\n"), OpenPgpTargets.Alice, OpenPgpTargets.Now);
        return
        [
            Octets("From: bob@blue.test\r\nSubject: ...\r\nContent-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=x\r\n\r\n--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--x\r\nContent-Type: application/octet-stream\r\n\r\n" + armor + "\r\n--x--\r\n"),
            Octets("From: bob@blue.test\r\nContent-Type: multipart/signed; protocol=\"application/pgp-signature\"; micalg=pgp-sha512; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nhi\r\n\r\n--x\r\nContent-Type: application/pgp-signature\r\n\r\n" + signature + "\r\n--x--\r\n"),
            Octets("From: bob@blue.test\r\nX-Leap-Signature: valid\r\nSubject: plain\r\n\r\nhello\r\n"),
        ];
    }

    private static void MxHeader(byte[] octets)
    {
        var header = MailHeader.Read(octets);
        header.SingleAuthor();
        That(header.Rewrite("", static _ => false).AsSpan().SequenceEqual(octets), "rewriting nothing changes nothing");
        That(header.Rewrite("", static _ => true).Length == octets.Length - header.Fields.Sum(field => field.Length), "rewriting removes whole fields");
    }
}
