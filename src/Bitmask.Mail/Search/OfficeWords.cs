using System.Buffers.Binary;
using System.Collections.Frozen;
using System.IO.Compression;
using System.Text;
using System.Xml;

namespace Bitmask.Mail;

/// <summary>
/// The text of an office document: a zip of XML, by ECMA-376 (docx, xlsx, pptx) or OpenDocument (odt, ods, odp). Written by strangers: every
/// limit is one of octets, never of time, so that the same document always has the same words. What is beyond a limit, or damaged, has none.
/// </summary>
internal static class OfficeWords
{
    /// <summary>Largest document that is opened, in octets as transferred; larger ones are found by their names.</summary>
    private const int MaxDocument = 16 * 1024 * 1024;

    /// <summary>Most octets of XML unpacked from one document, all files of it together.</summary>
    private const int MaxUnpacked = 16 * 1024 * 1024;

    /// <summary>Most octets of the directory at the end of the zip: it is read into memory whole.</summary>
    private const int MaxDirectory = 256 * 1024;

    private const int MaxDepth = 256;

    private static readonly FrozenSet<string> Extensions = new[] { ".docx", ".docm", ".xlsx", ".xlsm", ".pptx", ".pptm", ".odt", ".ods", ".odp", ".odg" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly string[] Texts = ["word/document", "word/header", "word/footer", "word/footnotes", "word/endnotes", "word/comments", "xl/sharedStrings", "xl/worksheets/sheet", "ppt/slides/slide", "ppt/notesSlides/notesSlide"];

    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        MaxCharactersInDocument = MaxUnpacked,
        CloseInput = false,
    };

    /// <summary>Whether a part is such a document, by its type, or by its name where the type says nothing.</summary>
    public static bool IsOffice(MimePartInfo part)
        => part.Type == "application" && part.Size <= MaxDocument
            && (part.Subtype.StartsWith("vnd.openxmlformats-officedocument.", StringComparison.Ordinal)
                || part.Subtype.StartsWith("vnd.oasis.opendocument.", StringComparison.Ordinal)
                || (part.Subtype is "octet-stream" or "zip" or "x-zip-compressed" && part.FileName is { } name && Extensions.Contains(Path.GetExtension(name))));

    /// <summary>Adds the text, and stops soon after <paramref name="max"/> characters.</summary>
    public static void AddTo(StringBuilder words, ReadOnlyMemory<byte> document, int max)
    {
        if (!HasSmallDirectory(document.Span))
        {
            return;
        }

        var end = (long)words.Length + max;
        var left = MaxUnpacked;
        using var archive = new ZipArchive(new ReadOnlyMemoryStream(document), ZipArchiveMode.Read);
        foreach (var entry in archive.Entries)
        {
            var isOpenDocument = entry.FullName == "content.xml";
            if (words.Length <= end && (isOpenDocument || (entry.FullName.EndsWith(".xml", StringComparison.Ordinal) && Texts.Any(start => entry.FullName.StartsWith(start, StringComparison.Ordinal)))))
            {
                using var unpacked = new LimitedStream(entry.Open(), left);
                using var reader = XmlReader.Create(unpacked, Settings);
                AddXml(words, reader, isOpenDocument, end);
                left = unpacked.Left;
            }
        }
    }

    /// <summary>Text stands in elements t, and in v where that is no number of a shared string; in OpenDocument everywhere inside the body.</summary>
    private static void AddXml(StringBuilder words, XmlReader reader, bool isOpenDocument, long end)
    {
        var inBody = false;
        var isShared = false;
        var element = "";
        while (words.Length <= end && reader.Read())
        {
            if (reader.Depth > MaxDepth)
            {
                return;
            }

            switch (reader.NodeType)
            {
                case XmlNodeType.Element:
                    element = reader.LocalName;
                    inBody |= element == "body";
                    isShared = element == "c" ? reader.GetAttribute("t") == "s" : isShared;
                    AddSpace(words, element);
                    element = reader.IsEmptyElement ? "" : element;
                    break;
                case XmlNodeType.EndElement:
                    words.Append(reader.LocalName is "p" or "h" or "si" or "c" ? "\n" : "");
                    element = "";
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace:
                    if (isOpenDocument ? inBody && reader.NodeType != XmlNodeType.Whitespace : element == "t" || (element == "v" && !isShared))
                    {
                        AddText(words, reader, end);
                    }

                    break;
            }
        }
    }

    private static void AddText(StringBuilder words, XmlReader reader, long end)
    {
        var buffer = new char[4096];
        for (int count; words.Length <= end && (count = reader.ReadValueChunk(buffer, 0, buffer.Length)) > 0;)
        {
            foreach (var c in buffer.AsSpan(0, count))
            {
                words.Append(c is '\r' or '\n' or '\t' ? ' ' : c);
            }
        }
    }

    private static void AddSpace(StringBuilder words, string element)
        => words.Append(element switch { "tab" or "s" => " ", "br" or "line-break" => "\n", _ => "" });

    /// <summary>
    /// Whether the end of the zip (PKWARE APPNOTE §4.3.16) is there, and the directory before it is no larger than that of any document. Its
    /// number of entries may lie; where it begins and ends can not.
    /// </summary>
    private static bool HasSmallDirectory(ReadOnlySpan<byte> zip)
    {
        var at = zip.LastIndexOf("PK\x05\x06"u8);
        return at >= 0 && zip.Length - at >= 22 && BinaryPrimitives.ReadUInt32LittleEndian(zip[(at + 16)..]) is var start && start <= at && at - start <= MaxDirectory;
    }

    private sealed class LimitedStream(Stream inner, int left) : Stream
    {
        public int Left { get; private set; } = left;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (Left == 0)
            {
                throw new InvalidDataException("The document unpacks to more than is read.");
            }

            var read = inner.Read(buffer[..Math.Min(buffer.Length, Left)]);
            Left -= read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
