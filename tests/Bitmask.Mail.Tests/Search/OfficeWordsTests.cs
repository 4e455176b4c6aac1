using System.IO.Compression;
using System.Text;

namespace Bitmask.Mail.Tests;

public class OfficeWordsTests
{
    private const string Word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    private const string Sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    [Fact]
    public void Word_Paragraphs_AreLines()
        => Assert.Equal(
            "Grüße aus Köln\nzwei\tdrei\nnote\n".Replace('\t', ' '),
            Words(
                ("word/document.xml", "<w:document xmlns:w='w'><w:body><w:p><w:r><w:t>Gr</w:t></w:r><w:r><w:t xml:space='preserve'>üße aus</w:t><w:t> Köln</w:t></w:r><w:instrText>FIELD</w:instrText></w:p><w:p><w:t>zwei</w:t><w:tab/><w:t>drei</w:t></w:p></w:body></w:document>"),
                ("word/footnotes.xml", "<w:footnotes xmlns:w='w'><w:p><w:t>note</w:t></w:p></w:footnotes>"),
                ("word/styles.xml", "<w:styles xmlns:w='w'><w:t>Heading</w:t></w:styles>"),
                ("word/media/image1.png", "not xml")));

    [Fact]
    public void Sheet_StringsAndNumbers_AreThere_AndNumbersOfStringsAreNot()
    {
        var words = Words(
            ("xl/sharedStrings.xml", "<sst xmlns='s'><si><t>Miete</t></si><si><r><t>Ne</t></r><r><t>ben</t></r></si></sst>"),
            ("xl/worksheets/sheet1.xml", "<worksheet xmlns='s'><sheetData><row><c t='s'><v>77</v></c><c><v>1234.5</v></c><c t='inlineStr'><is><t>drin</t></is></c><c><f>SUM(A1)</f><v>99</v></c></row></sheetData></worksheet>"));
        Assert.All(["Miete", "Neben", "1234.5", "drin", "99"], text => Assert.Contains(text, words, StringComparison.Ordinal));
        Assert.All(["77", "SUM"], text => Assert.DoesNotContain(text, words, StringComparison.Ordinal));
    }

    [Fact]
    public void OpenDocument_TextOfTheBody_IsThere()
        => Assert.Equal(
            "Titel\nein zwei drei\nZeile\n",
            Words(("content.xml", "<o:document-content xmlns:o='o' xmlns:t='t'><o:automatic-styles><x>style</x></o:automatic-styles>\n<o:body><o:text>\n<t:h>Titel</t:h>\n<t:p>ein<t:s/><t:span>zwei</t:span> drei<t:line-break/>Zeile</t:p></o:text></o:body></o:document-content>"), ("styles.xml", "<x>other</x>")));

    [Fact]
    public void Slides_TextAndNotes_AreThere()
        => Assert.Equal("Folie\nNotiz\n", Words(("ppt/slides/slide1.xml", "<p:sld xmlns:p='p' xmlns:a='a'><a:p><a:t>Folie</a:t></a:p></p:sld>"), ("ppt/notesSlides/notesSlide1.xml", "<p:n xmlns:p='p' xmlns:a='a'><a:p><a:t>Notiz</a:t></a:p></p:n>")));

    [Fact]
    public async Task Attachments_AreFoundByTheirText_AndPoisonHoldsNobodyUp()
    {
        using var home = await MailHome.StartAsync();
        var good = Document(("word/document.xml", "<w:d xmlns:w='w'><w:p><w:t>needle in a document</w:t></w:p></w:d>"));
        foreach (var (type, name, octets) in Poison().Append((Word, "x.docx", good)).Append(("application/octet-stream", "y.DOCX", good)).Append(("application/octet-stream", "y.bin", good)))
        {
            await home.AppendAsync(Attached(type, name, octets));
        }

        var poisoned = Poison().Count();
        int[] expected = [poisoned, poisoned + 1];
        Assert.Equal(expected, Find("needle in a"));
        await home.Account.Index.CatchUpAsync();
        Assert.Equal(0, home.Account.Index.Waiting);
        Assert.Equal(expected, Find("needle in a"));
        Assert.Equal(Enumerable.Range(0, poisoned), Find("poison.docx"));   // by their names
        Assert.Empty(Find("evil"));

        // More than the index is asked for, so that it is asked.
        IEnumerable<int> Find(string text)
        {
            var entries = home.View().Entries;
            var many = Enumerable.Repeat(entries, 3).SelectMany(static some => some).ToList();
            return home.Account.FindText(new TextCondition(TextScope.Body, text), many).Where(position => position < entries.Count);
        }
    }

    [Fact]
    public void Bomb_OfManyFiles_IsReadToTheLimitAndNoFurther()
    {
        // 1 GiB of XML in some megabytes: what is read of it is 16 MiB.
        var filler = "<w:d xmlns:w='w'><w:p><w:t>" + new string('x', 1024 * 1024) + "</w:t></w:p></w:d>";
        var bomb = Document([.. Enumerable.Range(0, 64).Select(n => ($"word/header{n}.xml", filler))]);
        var words = new StringBuilder();
        Assert.Throws<InvalidDataException>(() => OfficeWords.AddTo(words, bomb, MessageWords.NoLimit));
        Assert.InRange(words.Length, 14 * 1024 * 1024, 16 * 1024 * 1024);
    }

    private static IEnumerable<(string Type, string Name, byte[] Octets)> Poison()
    {
        const string evil = "<w:p xmlns:w='w'><w:t>evil</w:t></w:p>";
        var whole = Document(("word/document.xml", evil));
        yield return (Word, "poison.docx", []);
        yield return (Word, "poison.docx", whole[..(whole.Length / 2)]);
        yield return (Word, "poison.docx", Encoding.ASCII.GetBytes(new string('P', 1000)));
        yield return (Word, "poison.docx", Document(("word/document.xml", "<!DOCTYPE d [<!ENTITY e 'evil'>]><d><t>&e;</t></d>")));
        yield return (Word, "poison.docx", Document(("word/document.xml", string.Concat(Enumerable.Repeat("<a>", 100_000)) + "<t>evil</t>")));
        yield return (Sheet, "poison.docx", Document([.. Enumerable.Range(0, 8000).Select(static n => ($"word/header{n}.xml", evil))]));   // a directory like no document's
        var lying = Document(("word/document.xml", evil));
        lying.AsSpan(0, 60).Fill(0xff);
        yield return (Word, "poison.docx", lying);
    }

    private static string Words(params (string Name, string Xml)[] files)
    {
        var words = new StringBuilder();
        OfficeWords.AddTo(words, Document(files), MessageWords.NoLimit);
        return words.ToString();
    }

    private static byte[] Attached(string type, string name, byte[] octets)
        => Encoding.ASCII.GetBytes($"Subject: s\r\nContent-Type: {type}; name=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n{Convert.ToBase64String(octets, Base64FormattingOptions.InsertLineBreaks)}\r\n");

    private static byte[] Document(params (string Name, string Xml)[] files)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, xml) in files)
            {
                using var entry = archive.CreateEntry(name, CompressionLevel.Fastest).Open();
                entry.Write(Encoding.UTF8.GetBytes(xml));
            }
        }

        return stream.ToArray();
    }
}
