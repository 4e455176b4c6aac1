using System.IO.Pipelines;
using System.Security.Cryptography.X509Certificates;
using Bitmask.Smtp.Protocol;
using Microsoft.Extensions.Logging;

namespace Bitmask.Smtp.Server;

/// <summary>
/// One SMTP connection, from greeting to QUIT (RFC 5321), over any duplex pipe. The listener's options make it a mail exchange, the
/// provider's submission or the local one.
/// </summary>
/// <param name="transport">The octets.</param>
/// <param name="peer">The other end.</param>
/// <param name="options">What this listener offers.</param>
/// <param name="sink">Where the mail goes.</param>
/// <param name="clock">The time, for time-outs and the delay after bad logins.</param>
/// <param name="logger">Ids, counts and codes; never addresses or contents.</param>
/// <param name="budget">The memory for messages, shared with other sessions; null for no limit but that of each message.</param>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001", Justification = "RunAsync makes the wire and disposes it.")]
public sealed partial class SmtpSession(IDuplexPipe transport, SmtpPeer peer, SmtpServerOptions options, IMessageSink sink, TimeProvider clock, ILogger logger, MessageBudget? budget = null)
{
    private static readonly SmtpReply BadSequence = new(503, "5.5.1", "Not now: commands came in the wrong order");
    private static readonly SmtpReply NoArgument = new(501, "5.5.4", "This command takes no argument");

    private CancellationToken _closed;
    private SmtpWire _wire = null!;
    private SmtpAuthenticator _authenticator = null!;
    private string? _helo;
    private bool _isExtended;
    private string? _user;
    private string? _tlsVersion = peer.TlsVersion;
    private X509Certificate2? _certificate = peer.ClientCertificate;
    private SmtpTransaction? _transaction;
    private ChunkReader? _chunks;
    private int _errors;
    private bool _isOver;

    /// <summary>Serves the connection until it ends; completes both pipes.</summary>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        _closed = cancellationToken;
        _wire = new SmtpWire(transport, options, clock, cancellationToken);
        _authenticator = new SmtpAuthenticator(
            _wire, (user, password) => AskAsync("AUTH", () => sink.AuthenticateAsync(user, password, cancellationToken).AsTask()), clock);
        try
        {
            await ServeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            LogEnded(logger, e.GetType().Name);
        }
        finally
        {
            EndTransaction();
            try
            {
                await _wire.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                LogEnded(logger, e.GetType().Name);
            }
        }
    }

    private bool IsTls => _tlsVersion is not null;

    private async Task ServeAsync()
    {
        if (options.Tls == SmtpServerTls.Implicit)
        {
            await SecureAsync(null).ConfigureAwait(false);
        }

        _wire.Write(new SmtpReply(220, "", options.GreetingHost + " ESMTP Bitmask Mail"));
        try
        {
            while (!_isOver)
            {
                var (fault, line) = await _wire.ReadLineAsync(SmtpCommand.MaxLineOctets).ConfigureAwait(false);
                await (fault == LineFault.None ? AnswerAsync(line) : FailAsync(fault)).ConfigureAwait(false);
            }

            await _wire.FlushAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException || (e is OperationCanceledException && !_closed.IsCancellationRequested))
        {
            _wire.Write(new SmtpReply(421, "4.4.2", "Nothing was heard for too long, closing"));
            await _wire.FlushAsync().ConfigureAwait(false);
        }
    }

    private Task FailAsync(LineFault fault)
    {
        _isOver = true;
        if (fault != LineFault.Closed)
        {
            // What follows may be data that passes for commands, so nothing more is read.
            _wire.Write(fault == LineFault.TooLong ? new SmtpReply(500, "5.5.6", "Line is too long") : new SmtpReply(500, "5.5.2", "Lines must end with CRLF"));
        }

        return Task.CompletedTask;
    }

    private async Task AnswerAsync(byte[] line)
    {
        var isCommand = SmtpCommand.TryParse(line, out var command);
        Array.Clear(line);
        var reply = isCommand ? await ExecuteAsync(command).ConfigureAwait(false) : new SmtpReply(500, "5.5.2", "Command not understood");
        if (reply is null)
        {
            return;
        }

        _wire.Write(reply);
        if (!reply.IsPositive && ++_errors >= options.MaxErrors && !_isOver)
        {
            _wire.Write(new SmtpReply(421, "4.7.0", "Too many errors, closing"));
            _isOver = true;
        }
    }

    /// <summary>Asks the sink; when it fails, the client is told to try again and keeps its connection.</summary>
    private async Task<SmtpReply> AskAsync(string verb, Func<Task<SmtpReply>> question)
    {
        try
        {
            return await question().ConfigureAwait(false);
        }
        catch (Exception e) when (!_closed.IsCancellationRequested)
        {
            LogFailed(logger, e, verb);
            return SmtpReply.LocalError;
        }
    }

    private async Task<SmtpReply?> ExecuteAsync(SmtpCommand command)
    {
        switch (command.Verb)
        {
            case "HELO":
            case "EHLO":
                return Hello(command);
            case "STARTTLS":
                return await StartTlsAsync(command).ConfigureAwait(false);
            case "AUTH":
                return await AuthenticateAsync(command).ConfigureAwait(false);
            case "MAIL":
                return await MailAsync(command).ConfigureAwait(false);
            case "RCPT":
                return await RecipientAsync(command).ConfigureAwait(false);
            case "DATA":
                return await DataAsync(command).ConfigureAwait(false);
            case "BDAT":
                return await ChunkAsync(command).ConfigureAwait(false);
            case "RSET":
                EndTransaction();
                return command.Argument.Length > 0 ? NoArgument : new SmtpReply(250, "2.0.0", "Reset");
            case "NOOP":
                return new SmtpReply(250, "2.0.0", "OK");
            case "VRFY":
                return new SmtpReply(252, "2.5.2", "Not told; send mail and see");
            case "HELP":
                return new SmtpReply(214, "2.0.0", "See RFC 5321");
            case "QUIT":
                _isOver = true;
                return new SmtpReply(221, "2.0.0", "Bye");
            default:
                return new SmtpReply(502, "5.5.1", "Command not implemented");
        }
    }

    private SmtpReply Hello(SmtpCommand command)
    {
        // Whatever a client calls itself is written to a header later, so only what can be a name or an address literal passes.
        if (command.Argument.Length is 0 or > 255 || !command.Argument.All(c => c is > ' ' and < (char)127 and not ('(' or ')' or '<' or '>' or '"' or '\\' or ';' or ',' or '@')))
        {
            return new SmtpReply(501, "5.5.4", "A host name is needed");
        }

        (_helo, _isExtended) = (command.Argument, command.Verb == "EHLO");
        EndTransaction();
        return _isExtended ? new SmtpReply(250, "", options.GreetingHost + "\n" + string.Join('\n', Extensions())) : new SmtpReply(250, "", options.GreetingHost);
    }

    private IEnumerable<string> Extensions()
    {
        yield return FormattableString.Invariant($"SIZE {options.MaxMessageOctets}");
        yield return "PIPELINING";
        yield return "8BITMIME";
        yield return "SMTPUTF8";
        yield return "ENHANCEDSTATUSCODES";
        yield return "CHUNKING";
        if (options.OfferDsn)
        {
            yield return "DSN";
        }

        if (options.Tls == SmtpServerTls.StartTls && !IsTls)
        {
            yield return "STARTTLS";
        }

        if (OffersAuth && _user is null)
        {
            yield return "AUTH PLAIN LOGIN";
        }
    }

    /// <summary>A password is taken in clear only where the listener has no TLS to offer, that is on loopback.</summary>
    private bool OffersAuth => options.Authentication == SmtpAuthentication.Password && (IsTls || options.Tls == SmtpServerTls.None);

    private async Task<SmtpReply?> StartTlsAsync(SmtpCommand command)
    {
        if (options.Tls != SmtpServerTls.StartTls || IsTls)
        {
            return options.Tls == SmtpServerTls.StartTls ? BadSequence : new SmtpReply(502, "5.5.1", "STARTTLS is not offered");
        }

        if (command.Argument.Length > 0)
        {
            return NoArgument;
        }

        await SecureAsync(new SmtpReply(220, "2.0.0", "Go ahead")).ConfigureAwait(false);

        // Nothing said in clear counts any more (RFC 3207 §4.2).
        (_helo, _isExtended, _user) = (null, false, null);
        EndTransaction();
        return null;
    }

    private async Task SecureAsync(SmtpReply? goAhead)
    {
        var tls = await _wire.StartTlsAsync(goAhead).ConfigureAwait(false);
        _tlsVersion = TlsVersions.Name(tls.SslProtocol);
        _certificate = tls.RemoteCertificate is { } certificate ? certificate as X509Certificate2 ?? X509CertificateLoader.LoadCertificate(certificate.GetRawCertData()) : null;
    }

    private async Task<SmtpReply> AuthenticateAsync(SmtpCommand command)
    {
        if (options.Authentication != SmtpAuthentication.Password)
        {
            return new SmtpReply(502, "5.5.1", "AUTH is not offered");
        }

        if (!OffersAuth)
        {
            return new SmtpReply(538, "5.7.11", "Encryption is required: use STARTTLS first");
        }

        if (_helo is null || _user is not null || _transaction is not null)
        {
            return BadSequence;
        }

        (var reply, _user) = await _authenticator.RunAsync(command.Argument, _closed).ConfigureAwait(false);
        return reply;
    }
}
