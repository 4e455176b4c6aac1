using System.IO.Pipelines;
using System.Security.Cryptography;
using Bitmask.Imap.Commands;
using Bitmask.Imap.Protocol;
using Bitmask.Mail;
using Microsoft.Extensions.Logging;

namespace Bitmask.Imap.Session;

/// <summary>
/// One connection: reads a command, runs it, tells the client what changed meanwhile, answers, and reads the next. Commands run one
/// after the other, so nothing here needs a lock; <see cref="ImapInput.Wake"/> is the only thing that others may call.
/// </summary>
internal sealed partial class ImapSession : IDisposable
{
    private const int MaxBadCommandsBeforeLogin = 10;
    private static readonly TimeSpan ByeTimeout = TimeSpan.FromSeconds(2);

    private readonly IDuplexPipe _pipe;
    private readonly string _connection;
    private readonly ILogger _logger;
    private readonly string _source;
    private readonly LoginDelays _delays;
    private CancellationTokenSource _stop = new();
    private CancellationTokenRegistration _lockRegistration;
    private CancellationToken _locked;
    private int _badCommands;

    public ImapSession(
        IDuplexPipe pipe, string connection, IImapAuthenticator authenticator, ImapOptions options, TimeProvider clock, ILogger logger,
        string source = "", LoginDelays? delays = null)
    {
        (_pipe, _connection, _logger) = (pipe, connection, logger);
        (_source, _delays) = (source, delays ?? new LoginDelays(options, clock));
        (Authenticator, Options, Clock) = (authenticator, options, clock);
        Input = new ImapInput(pipe.Input, options, clock);
        Output = new ImapOutput(pipe.Output, options.WriteTimeout, clock);
    }

    public IImapAuthenticator Authenticator { get; }

    public ImapOptions Options { get; }

    public TimeProvider Clock { get; }

    public ImapInput Input { get; private set; }

    public ImapOutput Output { get; private set; }

    /// <summary>The account after login.</summary>
    public MailAccount Account => _account ?? throw new InvalidOperationException("Not logged in.");

    private MailAccount? _account;

    /// <summary>The selected mailbox, or null.</summary>
    public SelectedMailbox? Selected { get; private set; }

    /// <summary>Wrong logins on this connection so far.</summary>
    public int FailedLogins { get; private set; }

    /// <summary>The login was right.</summary>
    public bool IsLoggedIn => _account is not null;

    /// <summary>What the BYE says when the host stops this session; shutting down unless told otherwise.</summary>
    public string DropReason { get; set; } = "[UNAVAILABLE] Shutting down";

    /// <summary>What the BYE says when a command ends the session.</summary>
    public string? Bye { get; set; }

    /// <summary>The tag of the running command.</summary>
    public string Tag { get; private set; } = "*";

    /// <summary>What the client switched on.</summary>
    public Features Features { get; private set; }

    /// <summary>LOGOUT was said.</summary>
    public bool IsLeaving { get; set; }

    public ConnectionStates State
        => Selected is not null ? ConnectionStates.Selected : _account is not null ? ConnectionStates.Authenticated : ConnectionStates.NotAuthenticated;

    /// <summary>How long silence is borne now.</summary>
    public TimeSpan Patience => _account is null ? Options.LoginTimeout : Options.IdleTimeout;

    /// <summary>Serves the connection to its end.</summary>
    /// <param name="stopping">The host shuts down: say BYE.</param>
    /// <param name="closed">The connection is gone.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken closed)
    {
        _stop.Dispose();
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stopping, closed);
        using var wake = _stop.Token.UnsafeRegister(static session => ((ImapSession)session!).Input.Wake(), this);
        string? bye = null;
        Exception? failure = null;
        LogConnected(_connection);
        try
        {
            if (Options.Tls == ImapTls.Implicit)
            {
                await StartTlsAsync().ConfigureAwait(false);
            }

            Output.Untagged($"OK [CAPABILITY {CapabilityCommand.Capabilities(this)}] Bitmask Mail ready");
            await Output.FlushAsync(_stop.Token).ConfigureAwait(false);
            bye = await ServeAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Said below, if there is anybody left to say it to.
        }
        catch (IOException e)
        {
            failure = e;   // the other end broke off
        }
        catch (Exception e)
        {
            // The account may have been locked under a running command; anything else is a fault of ours.
            failure = e;
            if (!_stop.IsCancellationRequested)
            {
                LogFailed(e, _connection, "session");
                bye = "[SERVERBUG] Internal error";
            }
        }

        bye ??= Bye;
        bye = _locked.IsCancellationRequested ? "[UNAVAILABLE] Account locked" : stopping.IsCancellationRequested ? DropReason : bye;
        if (bye is not null && !closed.IsCancellationRequested && !Output.IsInsideResponse)
        {
            await SayByeAsync(bye).ConfigureAwait(false);
        }

        LogDisconnected(failure, _connection);
        await CloseLayersAsync().ConfigureAwait(false);
        await _pipe.Output.CompleteAsync().ConfigureAwait(false);
        await _pipe.Input.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Takes the account over after a right login.</summary>
    public void LogIn(ImapLogin.Accepted login)
    {
        _account = login.Account;
        _locked = login.Locked;
        _lockRegistration = login.Locked.UnsafeRegister(static stop => ((CancellationTokenSource)stop!).Cancel(), _stop);
        Input.Reader.IsAuthenticated = true;
        LogLoggedIn(_connection);
    }

    /// <summary>Counts a wrong login and waits: longer each time, never for ever (security.md C5).</summary>
    public async ValueTask DelayLoginAsync(CancellationToken cancellationToken)
    {
        FailedLogins++;
        LogWrongLogin(_connection, FailedLogins);
        await Task.Delay(_delays.Next(_source), Clock, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Selects a mailbox; what was selected before is forgotten without a word.</summary>
    public void Select(SelectedMailbox mailbox) => Selected = mailbox;

    /// <summary>Back to the authenticated state.</summary>
    public void Deselect() => Selected = null;

    /// <summary>The selected mailbox, which the state table has made sure of.</summary>
    public SelectedMailbox Mailbox => Selected ?? throw new InvalidOperationException("No mailbox selected.");

    /// <summary>Whether the client switched something on.</summary>
    public bool Has(Features feature) => (Features & feature) != 0;

    /// <summary>Switches something on, for good.</summary>
    public void Enable(Features features)
    {
        Features |= features;
        Output.Writer.IsUtf8 = SpeaksUtf8;
    }

    /// <summary>Names and strings are in UTF-8 (RFC 6855 §3, RFC 9051 §5.1).</summary>
    private bool SpeaksUtf8 => Has(Features.Utf8 | Features.Rev2);

    /// <summary>
    /// A command said that the client knows mod-sequences; the first one is told where the selected mailbox stands (RFC 7162 §3.1).
    /// </summary>
    public void EnableCondStore()
    {
        if (!Has(Features.CondStore) && Selected is { } selected)
        {
            Output.Untagged($"OK [HIGHESTMODSEQ {selected.Told}] Highest");
        }

        Enable(Features.CondStore);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _watch?.Dispose();
        _lockRegistration.Dispose();
        Input.Dispose();
        Output.Dispose();
        _stop.Dispose();
    }

    /// <summary>The loop; returns the words of the BYE, or null when none is due.</summary>
    private async Task<string?> ServeAsync()
    {
        while (!IsLeaving)
        {
            var status = await Input.ReadCommandAsync(Patience).ConfigureAwait(false);
            _stop.Token.ThrowIfCancellationRequested();
            switch (status)
            {
                case InputStatus.Ready:
                    if (await HandleAsync(Input.Reader.Command!).ConfigureAwait(false) is { } bye)
                    {
                        return bye;
                    }

                    break;
                case InputStatus.Woken:
                    if (await TellBetweenCommandsAsync().ConfigureAwait(false) is { } gone)
                    {
                        return gone;
                    }

                    break;
                case InputStatus.NeedContinuation:
                    Output.Writer.Raw("+ OK\r\n"u8);
                    break;
                case InputStatus.Refused:
                    Answer(Input.Reader.RefusedTag, ImapReply.No("Literal too large", "TOOBIG"));
                    break;
                case InputStatus.HangUp:
                    return Input.Reader.HangUpReason;
                case InputStatus.TimedOut:
                    return _account is null ? "Too long without login" : "Idle for too long";
                case InputStatus.Closed:
                    return null;
            }

            await FlushAnswerAsync().ConfigureAwait(false);
        }

        return null;
    }

    private async ValueTask<string?> HandleAsync(RawCommand raw)
    {
        var parsed = CommandTable.Parse(raw, State, SpeaksUtf8);
        if (parsed.Command is not { } command)
        {
            Answer(parsed.Tag, parsed.Error!);
            return _account is null && ++_badCommands >= MaxBadCommandsBeforeLogin ? "Too many bad commands" : null;
        }

        ImapReply reply;
        Tag = parsed.Tag;
        using var _ = command.GoesFirst ? _account?.BeginForeground() : null;
        try
        {
            reply = await command.ExecuteAsync(this, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException && !Output.IsInsideResponse)
        {
            _stop.Token.ThrowIfCancellationRequested();
            reply = Failures.Reply(e);
            if (reply.Code == "SERVERBUG")
            {
                LogFailed(e, _connection, command.GetType().Name);
            }
        }
        finally
        {
            if (command is LoginCommand or AuthenticateCommand)
            {
                Wipe(raw);
            }
        }

        try
        {
            await TellNewsAsync(command.AllowsExpunge, command.IsUidForm, command.Removes, _stop.Token).ConfigureAwait(false);
        }
        catch (MailException e) when (e.Error == MailError.MailboxNotFound)
        {
            return SelectedIsGone;
        }

        Answer(parsed.Tag, WithHighestModSeq(reply));
        WakeForRemovals();
        return null;
    }

    /// <summary>
    /// The answer with the mod-sequence from which the client may resynchronise: after removals were told, and while some are held
    /// back, so that none is lost with the connection (RFC 7162 §3.2, §6).
    /// </summary>
    private ImapReply WithHighestModSeq(ImapReply reply)
    {
        if (!Has(Features.CondStore) || Selected?.TakeHighestModSeq() is not { } highest)
        {
            return reply;
        }

        var code = $"HIGHESTMODSEQ {highest}";
        if (reply is { Status: "OK", Code: null })
        {
            return reply with { Code = code };
        }

        Output.Untagged($"OK [{code}] Highest");
        return reply;
    }

    private void Answer(string tag, ImapReply reply)
    {
        Output.Writer.Raw(tag);
        Output.Writer.Raw(" "u8);
        Output.Writer.Line(reply.ToString());
    }

    private async Task SayByeAsync(string text)
    {
        try
        {
            Output.Untagged("BYE " + text);
            using var patience = new CancellationTokenSource(ByeTimeout, Clock);
            await Output.FlushAsync(patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException)
        {
            // Nobody listens any more.
        }
    }

    /// <summary>A password leaves no copy behind in our own buffers.</summary>
    private static void Wipe(RawCommand raw)
    {
        foreach (var text in raw.Text)
        {
            CryptographicOperations.ZeroMemory(text);
        }

        foreach (var literal in raw.Literals)
        {
            CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsMemory(literal).Span);
        }
    }

    [LoggerMessage(4001, LogLevel.Debug, "IMAP {Connection} connected")]
    private partial void LogConnected(string connection);

    [LoggerMessage(4002, LogLevel.Debug, "IMAP {Connection} closed")]
    private partial void LogDisconnected(Exception? failure, string connection);

    [LoggerMessage(4003, LogLevel.Information, "IMAP {Connection} logged in")]
    private partial void LogLoggedIn(string connection);

    [LoggerMessage(4004, LogLevel.Warning, "IMAP {Connection} gave {Count} wrong logins")]
    private partial void LogWrongLogin(string connection, int count);

    [LoggerMessage(4005, LogLevel.Error, "IMAP {Connection}: {Command} failed")]
    private partial void LogFailed(Exception failure, string connection, string command);
}
