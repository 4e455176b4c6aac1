using System.Globalization;
using System.Text;

namespace Bitmask.Testing.Dialogues;

/// <summary>
/// A conversation written as text, one step a line, run by <see cref="DialogueRunner"/>:
/// <code>
/// # A comment.  Empty lines mean nothing.
/// %: auth=password            a setting for the test class that starts the server (Settings["auth"])
/// S: 220 … ESMTP …            the server's next line must be this; … stands for any run of characters
/// C: EHLO client              sent with CRLF; client lines that follow each other leave as one piece (pipelined)
/// C&lt; ab\r\n.\x00             sent as written, without CRLF; escapes \r \n \t \0 \\ \xHH
/// S? 250 …                    lines are skipped until one is this (IMAP: untagged lines in any order)
/// T: 2s                       waits until the server asked the clock for 2 s (ms, s, m, h), then lets them pass
/// C: [close]                  the client hangs up
/// S: [closed]                 the server must have hung up
/// </code>
/// A test class reads a folder of them: <c>Dialogue.Names("Bitmask.Imap.Tests")</c> as theory data, <c>Dialogue.Read(…)</c> for one, and serves
/// the other end of <see cref="PipePair"/>.
/// </summary>
public sealed record Dialogue(string Name, IReadOnlyDictionary<string, string> Settings, IReadOnlyList<DialogueStep> Steps)
{
    /// <summary>The names of the files in <c>tests/PROJECT/Dialogues</c>, without <c>.txt</c>, fit for a theory.</summary>
    public static IEnumerable<object[]> Names(string project)
        => Directory.EnumerateFiles(Folder(project), "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal).Select(name => new object[] { name });

    public static Dialogue Read(string project, string name) => Parse(name, File.ReadAllText(Path.Combine(Folder(project), name + ".txt")));

    public static Dialogue Parse(string name, string text)
    {
        var settings = new Dictionary<string, string>();
        var steps = new List<DialogueStep>();
        var number = 0;
        foreach (var line in text.Split('\n').Select(line => line.TrimEnd('\r')))
        {
            number++;
            var (mark, rest) = line.Length < 2 ? (line, "") : (line[..2], line[2..]);
            rest = rest.StartsWith(' ') ? rest[1..] : rest;
            switch (mark)
            {
                case "" or "#" or "# ":
                    break;
                case "%:":
                    settings[rest.Split('=')[0].Trim()] = rest[(rest.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim();
                    break;
                case "C:" when rest == "[close]":
                    steps.Add(new DialogueStep.Close(number));
                    break;
                case "C:":
                    steps.Add(new DialogueStep.Send(number, Encoding.UTF8.GetBytes(rest + "\r\n")));
                    break;
                case "C<":
                    steps.Add(new DialogueStep.Send(number, Unescape(rest)));
                    break;
                case "S:" when rest == "[closed]":
                    steps.Add(new DialogueStep.ExpectClosed(number));
                    break;
                case "S:" or "S?":
                    steps.Add(new DialogueStep.Expect(number, rest, mark == "S?"));
                    break;
                case "T:":
                    steps.Add(new DialogueStep.Pass(number, Duration(rest.Trim())));
                    break;
                default:
                    throw new FormatException($"{name}:{number}: no step begins like this: {line}");
            }
        }

        return new Dialogue(name, settings, steps);
    }

    private static string Folder(string project) => Path.Combine(Vectors.Repository(), "tests", project, "Dialogues");

    private static TimeSpan Duration(string text)
    {
        var digits = text.TrimEnd('m', 's', 'h');
        var amount = double.Parse(digits, CultureInfo.InvariantCulture);
        return text[digits.Length..] switch
        {
            "ms" => TimeSpan.FromMilliseconds(amount),
            "s" => TimeSpan.FromSeconds(amount),
            "m" => TimeSpan.FromMinutes(amount),
            "h" => TimeSpan.FromHours(amount),
            _ => throw new FormatException("Not a duration: " + text),
        };
    }

    private static byte[] Unescape(string text)
    {
        var octets = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                octets.AddRange(Encoding.UTF8.GetBytes(text[i].ToString()));
                continue;
            }

            switch (text[++i])
            {
                case 'x':
                    octets.Add(Convert.ToByte(text.Substring(i + 1, 2), 16));
                    i += 2;
                    break;
                case var c:
                    octets.Add(c switch { 'r' => 13, 'n' => 10, 't' => 9, '0' => 0, _ => (byte)c });
                    break;
            }
        }

        return [.. octets];
    }
}

/// <summary>One line of a dialogue.</summary>
public abstract record DialogueStep(int Line)
{
    public sealed record Send(int Line, byte[] Octets) : DialogueStep(Line);

    public sealed record Expect(int Line, string Pattern, bool SkipsOthers) : DialogueStep(Line);

    public sealed record ExpectClosed(int Line) : DialogueStep(Line);

    public sealed record Pass(int Line, TimeSpan Time) : DialogueStep(Line);

    public sealed record Close(int Line) : DialogueStep(Line);
}
