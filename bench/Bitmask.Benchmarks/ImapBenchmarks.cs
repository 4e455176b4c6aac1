using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Bitmask.Imap;
using Bitmask.Mail;
using Bitmask.Primitives;
using Bitmask.Soledad;
using Bitmask.Testing.Dialogues;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bitmask.Benchmarks;

/// <summary>FETCH 1:* (FLAGS) over a connection in memory, with as many messages; the time is of the whole answer.</summary>
public class ImapBenchmarks : IImapAuthenticator
{
    private const string Address = "alice@red.test";
    private static readonly byte[] Command = "t FETCH 1:* (FLAGS)\r\n"u8.ToArray();

    private DirectoryInfo _folder = null!;
    private SoledadStore _store = null!;
    private MailAccount _account = null!;
    private IDuplexPipe _client = null!;
    private Task _session = null!;

    [Params(200, 2000)]
    public int Messages { get; set; }

    [GlobalSetup]
    public void SetUp() => SetUpAsync().GetAwaiter().GetResult();

    [GlobalCleanup]
    public void CleanUp()
    {
        _client.Output.Complete();
        _client.Input.Complete();
        _session.GetAwaiter().GetResult();
        _account.Dispose();
        _store.Dispose();
        _folder.Delete(recursive: true);
    }

    [Benchmark]
    public Task<int> FetchFlags() => SendAsync(Command);

    public ValueTask<ImapLogin> AuthenticateAsync(string user, SecretBytes password, CancellationToken cancellationToken) => new(new ImapLogin.Accepted(_account));

    private async Task SetUpAsync()
    {
        _folder = Directory.CreateTempSubdirectory("bitmask-bench-");
        using var key = SecretBytes.Random(32);
        using var digest = SecretBytes.Random(32);
        var projection = new MailProjection();
        _store = SoledadStore.Open(Path.Combine(_folder.FullName, "store.db"), key, new SoledadOptions { Projections = [projection], Resolvers = MailProjection.Resolvers });
        _account = new MailAccount(_store, projection, new MailAccountOptions { Address = EmailAddress.Parse(Address), DigestKey = digest, Clock = TimeProvider.System });
        await _account.CreateStandardMailboxesAsync();
        var inbox = _account.Find("INBOX")!.Id;
        var messages = Enumerable.Range(0, Messages).Select(i => new MessageToAppend(
            Encoding.ASCII.GetBytes($"From: bob@blue.test\r\nSubject: {i}\r\n\r\n{new string('x', 500)}\r\n"), i % 2 == 0 ? ["\\Seen"] : ["\\Seen", "$Work"], null)).ToList();
        await _account.AppendManyAsync(inbox, messages);

        var pipes = new PipePair();
        _client = pipes.Client;
        _session = new ImapConnectionHandler(this, new ImapOptions(), TimeProvider.System, NullLogger<ImapConnectionHandler>.Instance)
            .OnConnectedAsync(new DefaultConnectionContext("bench", pipes.Client, pipes.Server) { Transport = pipes.Server });
        await SendAsync("t LOGIN a b\r\n"u8.ToArray());
        await SendAsync("t SELECT INBOX\r\n"u8.ToArray());
    }

    /// <summary>Sends a command and reads until its tagged answer; says how many lines came.</summary>
    private async Task<int> SendAsync(byte[] command)
    {
        await _client.Output.WriteAsync(command);
        for (var lines = 0; ;)
        {
            var result = await _client.Input.ReadAsync();
            var rest = result.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                var line = rest.Slice(0, end);
                lines++;
                if (line.FirstSpan is [(byte)'t', (byte)' ', ..])
                {
                    var answer = Encoding.ASCII.GetString(line);
                    _client.Input.AdvanceTo(rest.GetPosition(1, end));
                    return answer.StartsWith("t OK", StringComparison.Ordinal) ? lines : throw new InvalidOperationException(answer);
                }

                rest = rest.Slice(rest.GetPosition(1, end));
            }

            _client.Input.AdvanceTo(rest.Start, result.Buffer.End);
        }
    }
}
