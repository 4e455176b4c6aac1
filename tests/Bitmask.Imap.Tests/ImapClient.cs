using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Bitmask.Testing.Dialogues;

namespace Bitmask.Imap.Tests;

/// <summary>A client with a tag counter, for tests that a written dialogue can not tell: two sessions, news at any time, many octets.</summary>
internal sealed class ImapClient(IDuplexPipe pipe, Task session)
{
    private int _tag;

    public Task Session => session;

    public IDuplexPipe Pipe => pipe;

    public static async Task<ImapClient> LoggedInAsync(Alice alice, string? mailbox = "INBOX", ImapOptions? options = null)
    {
        var (pipe, session) = alice.Connect(options);
        var client = new ImapClient(pipe, session);
        Assert.StartsWith("* OK", await client.ReadAsync(), StringComparison.Ordinal);
        Assert.StartsWith("OK", (await client.SendAsync($"LOGIN {Alice.Address} {Alice.Token}"))[^1], StringComparison.Ordinal);
        if (mailbox is not null)
        {
            Assert.StartsWith("OK", (await client.SendAsync($"SELECT {mailbox}"))[^1], StringComparison.Ordinal);
        }

        return client;
    }

    /// <summary>Sends a command and returns its untagged lines, then the tagged one without its tag.</summary>
    public async Task<string[]> SendAsync(string command)
    {
        var tag = $"t{++_tag}";
        await WriteAsync($"{tag} {command}\r\n");
        var lines = new List<string>();
        while (await ReadAsync() is { } line)
        {
            if (line.StartsWith(tag + " ", StringComparison.Ordinal))
            {
                lines.Add(line[(tag.Length + 1)..]);
                return [.. lines];
            }

            lines.Add(line);
        }

        throw new InvalidOperationException($"The server hung up in {command}; it said: {string.Join('\n', lines)}");
    }

    public async Task WriteAsync(string text)
    {
        pipe.Output.Write(Encoding.Latin1.GetBytes(text));
        await pipe.Output.FlushAsync();
    }

    /// <summary>The next line, or null when the server hung up.</summary>
    public async Task<string?> ReadAsync()
    {
        using var patience = new CancellationTokenSource(DialogueRunner.Patience);
        while (true)
        {
            var result = await pipe.Input.ReadAsync(patience.Token);
            if (result.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = Encoding.Latin1.GetString(result.Buffer.Slice(0, end)).TrimEnd('\r');
                pipe.Input.AdvanceTo(result.Buffer.GetPosition(1, end));
                return line;
            }

            pipe.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (result.IsCompleted)
            {
                return null;
            }
        }
    }

    /// <summary>The next octets, as many as a literal announced.</summary>
    public async Task<byte[]> ReadAsync(int count)
    {
        using var patience = new CancellationTokenSource(DialogueRunner.Patience);
        var octets = new byte[count];
        for (var done = 0; done < count;)
        {
            var result = await pipe.Input.ReadAsync(patience.Token);
            var piece = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, count - done));
            Assert.False(result.IsCompleted && piece.IsEmpty, "The server hung up in a literal.");
            piece.CopyTo(octets.AsSpan(done));
            done += (int)piece.Length;
            pipe.Input.AdvanceTo(piece.End);
        }

        return octets;
    }

    public async Task CloseAsync()
    {
        await pipe.Output.CompleteAsync();
        await session.WaitAsync(DialogueRunner.Patience);
    }
}
