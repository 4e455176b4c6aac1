using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.RegularExpressions;

namespace Bitmask.Testing.Dialogues;

/// <summary>Plays the client's part of a <see cref="Dialogue"/> over one end of a connection and compares what the server says.</summary>
public static class DialogueRunner
{
    /// <summary>How long a server may keep the test waiting, in real time, before the test fails instead of hanging.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>Runs all steps. Fails with the file's line number and the whole conversation so far.</summary>
    public static async Task RunAsync(Dialogue dialogue, IDuplexPipe client, DialogueClock? clock = null)
    {
        var transcript = new StringBuilder();
        for (var i = 0; i < dialogue.Steps.Count; i++)
        {
            var step = dialogue.Steps[i];
            using var patience = new CancellationTokenSource(Patience);
            try
            {
                switch (step)
                {
                    case DialogueStep.Send send:
                        transcript.Append("C: ").AppendLine(Printable(send.Octets));
                        client.Output.Write(send.Octets);
                        if (i + 1 == dialogue.Steps.Count || dialogue.Steps[i + 1] is not DialogueStep.Send)
                        {
                            await client.Output.FlushAsync(patience.Token);
                        }

                        break;
                    case DialogueStep.Expect expect:
                        await ExpectAsync(client.Input, expect, transcript, patience.Token);
                        break;
                    case DialogueStep.ExpectClosed when await ReadLineAsync(client.Input, patience.Token) is { } line:
                        throw new DialogueException("the server to hang up, but it said: " + line);
                    case DialogueStep.Pass pass:
                        await (clock ?? throw new DialogueException("a DialogueClock for a T: step")).PassAsync(pass.Time, patience.Token);
                        break;
                    case DialogueStep.Close:
                        await client.Output.CompleteAsync();
                        break;
                }
            }
            catch (Exception e) when (e is DialogueException or OperationCanceledException)
            {
                throw new DialogueException($"{dialogue.Name}.txt:{step.Line}: expected {(e is DialogueException ? e.Message : $"{step}, but nothing came")}\nSo far:\n{transcript}");
            }
        }
    }

    private static async Task ExpectAsync(PipeReader input, DialogueStep.Expect expect, StringBuilder transcript, CancellationToken patience)
    {
        var pattern = "^" + string.Join(".*", expect.Pattern.Split('…').Select(Regex.Escape)) + "$";
        while (true)
        {
            var line = await ReadLineAsync(input, patience);
            transcript.Append("S: ").AppendLine(line ?? "[closed]");
            if (line is not null && Regex.IsMatch(line, pattern, RegexOptions.Singleline | RegexOptions.CultureInvariant))
            {
                return;
            }

            if (line is null || !expect.SkipsOthers)
            {
                throw new DialogueException($"S: {expect.Pattern}");
            }
        }
    }

    private static async Task<string?> ReadLineAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            if (result.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.UTF8.GetString(result.Buffer.Slice(0, end));
                input.AdvanceTo(result.Buffer.GetPosition(1, end));
                return line.EndsWith('\r') ? line[..^1] : line + "[bare LF]";
            }

            if (result.IsCompleted)
            {
                return result.Buffer.IsEmpty ? null : Encoding.UTF8.GetString(result.Buffer) + "[no line end]";
            }

            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    private static string Printable(byte[] octets) => Encoding.UTF8.GetString(octets).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}

/// <summary>A conversation went another way than written.</summary>
public sealed class DialogueException(string message) : Exception(message);
