using System.Net;
using System.Net.Sockets;
using System.Text;
using Bitmask.Smtp.Protocol;

namespace Bitmask.Smtp.Client;

/// <summary>Sends raw mail to one server (RFC 5321). One connection, used by one caller at a time, for any number of mails.</summary>
public sealed class SmtpClient : IAsyncDisposable
{
    private const int PieceOctets = 64 * 1024;

    private readonly SmtpEndpoint _endpoint;
    private readonly ClientWire _wire;
    private Dictionary<string, string> _extensions = [];
    private bool _isBroken;
    private bool _isGone;

    private SmtpClient(SmtpEndpoint endpoint, ClientWire wire)
    {
        _endpoint = endpoint;
        _wire = wire;
    }

    /// <summary>The connection is encrypted.</summary>
    public bool IsTls => _wire.IsTls;

    /// <summary>Another mail can be sent over this connection.</summary>
    public bool IsAlive => !_isBroken;

    /// <summary>What the server offered in its last EHLO, by upper-case name.</summary>
    public IReadOnlyDictionary<string, string> Extensions => _extensions;

    /// <summary>Connects, reads the greeting, says EHLO and sets up TLS as asked.</summary>
    /// <exception cref="SmtpProtocolException">No connection, no acceptable TLS, or not SMTP.</exception>
    /// <exception cref="SmtpCommandException">The server does not want us.</exception>
    public static async Task<SmtpClient> ConnectAsync(SmtpEndpoint endpoint, TimeProvider clock, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var deadline = new Deadline(endpoint.ConnectTimeout, clock, cancellationToken);
            try
            {
                EndPoint target = endpoint.Address is { } address ? new IPEndPoint(address, endpoint.Port) : new DnsEndPoint(endpoint.Host, endpoint.Port);
                await socket.ConnectAsync(target, deadline.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException e) when (deadline.HasPassed)
            {
                throw new SmtpProtocolException("No connection to the mail server in time.", e);
            }
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is SocketException)
            {
                throw new SmtpProtocolException("No connection to the mail server: " + e.Message, e);
            }

            throw;
        }

        return await ConnectAsync(endpoint, new NetworkStream(socket, ownsSocket: true), clock, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The same over a connection that exists already, through a proxy for example. The client owns the stream.</summary>
    /// <exception cref="SmtpProtocolException">No acceptable TLS, or not SMTP.</exception>
    /// <exception cref="SmtpCommandException">The server does not want us.</exception>
    public static async Task<SmtpClient> ConnectAsync(SmtpEndpoint endpoint, Stream stream, TimeProvider clock, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        var client = new SmtpClient(endpoint, new ClientWire(stream, clock));
        try
        {
            await client.OpenAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            client._isBroken = true;
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Sends one mail. The answers stand in the order of <see cref="SmtpEnvelope.Recipients"/>: what RCPT said where it said no, else what the
    /// server said after the message. The octets are sent as they are, dots stuffed.
    /// </summary>
    /// <exception cref="ArgumentException">No recipient, an address that is none, or a bare CR or LF in the message.</exception>
    /// <exception cref="SmtpProtocolException">The connection broke: it is not known whether the mail was taken.</exception>
    /// <exception cref="SmtpCommandException">The server refused the sender, or the mail as a whole before any recipient was judged.</exception>
    public async Task<IReadOnlyList<SmtpReply>> SendAsync(SmtpEnvelope envelope, ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        Check(envelope, message.Span);
        var mail = MailCommand(envelope, message.Span);
        try
        {
            _isBroken = true;
            var answers = await TransactAsync(mail, envelope.Recipients, message, cancellationToken).ConfigureAwait(false);
            _isBroken = _isGone;
            return answers;
        }
        catch (SmtpCommandException)
        {
            _isBroken = _isGone;
            throw;
        }
    }

    /// <summary>Says QUIT when the connection still lives, and closes it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_isBroken)
        {
            _isBroken = true;
            try
            {
                // Nobody waits for a farewell: the mail is settled.
                _wire.Write("QUIT\r\n");
                await _wire.FlushAsync(TimeSpan.FromSeconds(5), CancellationToken.None).ConfigureAwait(false);
            }
            catch (SmtpProtocolException)
            {
            }
        }

        await _wire.DisposeAsync().ConfigureAwait(false);
    }

    private static void Check(SmtpEnvelope envelope, ReadOnlySpan<byte> message)
    {
        if (envelope.Recipients.Count == 0)
        {
            throw new ArgumentException("A mail needs a recipient.", nameof(envelope));
        }

        // Nothing that could end the command line early gets into it.
        if ((envelope.ReversePath.Length > 0 && !SmtpPath.IsMailbox(envelope.ReversePath))
            || envelope.Recipients.Append(envelope.ReversePath).Any(address => address.Any(c => char.IsControl(c) || c is '<' or '>' or ' '))
            || !envelope.Recipients.All(SmtpPath.IsMailbox))
        {
            throw new ArgumentException("Not a mail address in the envelope.", nameof(envelope));
        }

        if (!DotStuffer.HasOnlyCrLf(message))
        {
            throw new ArgumentException("The lines of a message must end with CRLF.", nameof(message));
        }
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (_endpoint.Tls == SmtpTlsMode.Implicit)
        {
            await _wire.StartTlsAsync(_endpoint, cancellationToken).ConfigureAwait(false);
        }

        Demand("Connecting", await _wire.ReadReplyAsync(_endpoint.CommandTimeout, cancellationToken).ConfigureAwait(false));
        await HelloAsync(cancellationToken).ConfigureAwait(false);
        if (_endpoint.Tls == SmtpTlsMode.Implicit)
        {
            return;
        }

        if (_extensions.ContainsKey("STARTTLS"))
        {
            var reply = await CommandAsync("STARTTLS", cancellationToken).ConfigureAwait(false);
            if (reply.Code == 220)
            {
                await _wire.StartTlsAsync(_endpoint, cancellationToken).ConfigureAwait(false);
                await HelloAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
        }

        if (_endpoint.Tls == SmtpTlsMode.StartTlsRequired)
        {
            throw new SmtpProtocolException("The server offers no encryption (STARTTLS), which is required here.");
        }
    }

    private async Task HelloAsync(CancellationToken cancellationToken)
    {
        var reply = await CommandAsync("EHLO " + _endpoint.HeloName, cancellationToken).ConfigureAwait(false);
        if (reply.IsPositive)
        {
            _extensions = reply.Text.Split('\n').Skip(1).Select(line => line.Split(' ', 2)).GroupBy(words => words[0].ToUpperInvariant())
                .ToDictionary(group => group.Key, group => group.First().ElementAtOrDefault(1)?.Trim() ?? "");
            return;
        }

        _extensions = [];
        Demand("HELO", await CommandAsync("HELO " + _endpoint.HeloName, cancellationToken).ConfigureAwait(false));
    }

    private string MailCommand(SmtpEnvelope envelope, ReadOnlySpan<byte> message)
    {
        var builder = new StringBuilder("MAIL FROM:<").Append(envelope.ReversePath).Append('>');
        if (_extensions.TryGetValue("SIZE", out var limit))
        {
            if (long.TryParse(limit, out var octets) && octets > 0 && message.Length > octets)
            {
                throw new SmtpCommandException("MAIL", new SmtpReply(552, "5.3.4", $"The message has {message.Length} octets, the server takes {octets}"));
            }

            builder.Append(" SIZE=").Append(message.Length);
        }

        if (_extensions.ContainsKey("8BITMIME") && !Ascii.IsValid(message))
        {
            builder.Append(" BODY=8BITMIME");
        }

        if (!envelope.Recipients.Append(envelope.ReversePath).All(address => Ascii.IsValid(address)))
        {
            if (!_extensions.ContainsKey("SMTPUTF8"))
            {
                throw new SmtpCommandException("MAIL", new SmtpReply(553, "5.6.7", "The server can not take addresses outside of ASCII (SMTPUTF8)"));
            }

            builder.Append(" SMTPUTF8");
        }

        if (envelope.EnvelopeId is { } id && _extensions.ContainsKey("DSN"))
        {
            builder.Append(" ENVID=").Append(Xtext.Encode(id));
        }

        return builder.ToString();
    }

    private async Task<IReadOnlyList<SmtpReply>> TransactAsync(string mail, IReadOnlyList<string> recipients, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var isPipelined = _extensions.ContainsKey("PIPELINING");
        var commands = recipients.Select(recipient => $"RCPT TO:<{recipient}>").Prepend(mail).Append("DATA").ToList();
        var replies = new List<SmtpReply>(commands.Count);
        Task sending = Task.CompletedTask;
        if (isPipelined)
        {
            // Reading goes on while writing: two peers that only write wait for each other for ever (RFC 2920 §3.1).
            commands.ForEach(command => _wire.Write(command + "\r\n"));
            sending = _wire.FlushAsync(_endpoint.CommandTimeout, cancellationToken);
        }

        foreach (var command in commands)
        {
            if (!isPipelined && command == "DATA" && !replies.Skip(1).Any(reply => reply.IsPositive))
            {
                break;
            }

            replies.Add(isPipelined
                ? await _wire.ReadReplyAsync(_endpoint.CommandTimeout, cancellationToken).ConfigureAwait(false)
                : await CommandAsync(command, cancellationToken).ConfigureAwait(false));
            if (!isPipelined && !replies[0].IsPositive)
            {
                break;
            }
        }

        await sending.ConfigureAwait(false);
        return await FinishAsync(replies, recipients.Count, message, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<SmtpReply>> FinishAsync(List<SmtpReply> replies, int count, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var data = replies.Count == count + 2 ? replies[^1] : null;
        var answers = replies.Skip(1).Take(count).ToArray();
        var isWanted = replies[0].IsPositive && answers.Any(reply => reply.IsPositive);
        if (data is { Code: 354 })
        {
            // A server that says 354 although nobody is there to receive gets an empty message (RFC 2920 §3.1).
            data = await SendDataAsync(isWanted ? message : default, cancellationToken).ConfigureAwait(false);
        }
        else if (data is { IsPositive: true })
        {
            throw new SmtpProtocolException("The server did not answer DATA with 354.");
        }

        if (!isWanted || data?.IsPositive != true)
        {
            await ResetAsync(cancellationToken).ConfigureAwait(false);
        }

        Demand("MAIL", replies[0]);
        return [.. answers.Select(reply => reply.IsPositive ? data! : reply)];
    }

    private async Task ResetAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CommandAsync("RSET", cancellationToken).ConfigureAwait(false);
        }
        catch (SmtpProtocolException)
        {
            // A server may hang up after a refusal (421); the refusal is what the caller needs to hear.
            _isGone = true;
        }
    }

    private async Task<SmtpReply> SendDataAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var atLineStart = true;
        for (var at = 0; at < message.Length; at += PieceOctets)
        {
            DotStuffer.Write(message.Span.Slice(at, Math.Min(PieceOctets, message.Length - at)), _wire.Output, ref atLineStart);
            await _wire.FlushAsync(_endpoint.CommandTimeout, cancellationToken).ConfigureAwait(false);
        }

        DotStuffer.WriteEnd(_wire.Output, atLineStart);
        await _wire.FlushAsync(_endpoint.CommandTimeout, cancellationToken).ConfigureAwait(false);
        return await _wire.ReadReplyAsync(_endpoint.DataTimeout, cancellationToken).ConfigureAwait(false);
    }

    private async Task<SmtpReply> CommandAsync(string command, CancellationToken cancellationToken)
    {
        _wire.Write(command + "\r\n");
        await _wire.FlushAsync(_endpoint.CommandTimeout, cancellationToken).ConfigureAwait(false);
        return await _wire.ReadReplyAsync(_endpoint.CommandTimeout, cancellationToken).ConfigureAwait(false);
    }

    private static void Demand(string command, SmtpReply reply)
    {
        if (!reply.IsPositive)
        {
            throw new SmtpCommandException(command, reply);
        }
    }
}
