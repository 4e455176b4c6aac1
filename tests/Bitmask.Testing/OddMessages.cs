using System.Text;

namespace Bitmask.Testing;

/// <summary>Messages that no reader of mail may stumble over: the files of tests/corpus/mime and some too large to keep as files.</summary>
public static class OddMessages
{
    private static readonly Dictionary<string, byte[]> Messages = Read();

    /// <summary>The names, such as <c>missing-close</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Messages.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The octets of one.</summary>
    public static byte[] Get(string name) => Messages[name];

    private static Dictionary<string, byte[]> Read()
    {
        var messages = Directory.EnumerateFiles(Path.Combine(Vectors.Repository(), "tests", "corpus", "mime"), "*.eml")
            .ToDictionary(path => Path.GetFileNameWithoutExtension(path), File.ReadAllBytes);
        var noise = new byte[60_000];
        new Random(5).NextBytes(noise);
        var encoded = Convert.ToBase64String(noise, Base64FormattingOptions.InsertLineBreaks);
        messages["huge-header"] = Text("Subject: huge\r\nX-Huge: " + new string('h', 200_000) + "\r\n" + Many(3000, i => $"X-{i}: v\r\n") + "\r\nbody\r\n");
        messages["long-line"] = Text("Subject: long\r\n\r\n" + new string('l', 70_000));
        messages["large-text"] = Text("Subject: large\r\n\r\n" + Many(2000, i => $"line {i} of many that make a large text\r\n"));
        messages["large-preamble"] = Text("Content-Type: multipart/mixed; boundary=x\r\n\r\n" + Many(30_000, _ => "preamble line\r\n") + "--x\r\n\r\none\r\n--x--\r\n");
        messages["thousand-parts"] = Text("Content-Type: multipart/mixed; boundary=x\r\n\r\n" + Many(1000, i => $"--x\r\n\r\npart {i}\r\n") + "--x--\r\n");
        messages["eleven-thousand-parts"] = Text("Content-Type: multipart/mixed; boundary=x\r\n\r\n" + Many(11_000, _ => "--x\r\n\r\n") + "--x--\r\n");
        messages["nested-300"] = Text("Subject: deeper\r\n" + Nested(300));
        messages["binary-body"] = [.. Text("Subject: bin\r\nContent-Transfer-Encoding: binary\r\n\r\n"), .. noise];
        messages["two-attachments"] = Text(
            "Subject: two\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\npre\r\n--x\r\nContent-Type: text/plain\r\n\r\nhi\r\n--x\r\n"
            + "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded + "\r\n--x\r\n"
            + "Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded[1000..] + "\r\n--x--\r\nepi");
        foreach (var (name, octets) in TortureMessages.All())
        {
            messages[name] = octets;
        }

        return messages;
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static string Many(int count, Func<int, string> line) => string.Concat(Enumerable.Range(0, count).Select(line));

    private static string Nested(int depth)
    {
        var (header, body) = ("\r\n", "deep\r\n");
        for (var i = 0; i < depth; i++)
        {
            (header, body) = ($"Content-Type: multipart/mixed; boundary=b{i}\r\n\r\n", $"--b{i}\r\n{header}{body}--b{i}--\r\n");
        }

        return header + body;
    }
}
