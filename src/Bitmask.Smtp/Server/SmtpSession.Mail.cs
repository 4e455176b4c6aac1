using Bitmask.Smtp.Protocol;
using Microsoft.Extensions.Logging;

namespace Bitmask.Smtp.Server;

/// <content>The mail transaction: MAIL, RCPT, and DATA (RFC 5321 §3.3) or BDAT (RFC 3030).</content>
public sealed partial class SmtpSession
{
    private static readonly SmtpReply NoRecipients = new(554, "5.5.1", "No valid recipients");
    private static readonly SmtpReply BadPath = new(501, "5.5.4", "Address or parameters not understood");

    private async Task<SmtpReply> MailAsync(SmtpCommand command)
    {
        if (_helo is null || _transaction is not null)
        {
            return BadSequence;
        }

        if ((options.Authentication == SmtpAuthentication.Password && _user is null)
            || (options.Authentication == SmtpAuthentication.ClientCertificate && _certificate is null))
        {
            return SmtpReply.AuthenticationRequired;
        }

        if (!SmtpPath.TryParse(command.Argument, "FROM:", out var path))
        {
            return BadPath;
        }

        if (MailParameters.CheckMail(path, options) is { } refusal)
        {
            return refusal;
        }

        var transaction = new SmtpTransaction
        {
            AuthenticatedUser = _user,
            ClientCertificate = _certificate,
            RemoteAddress = peer.RemoteAddress,
            Helo = _helo,
            IsExtended = _isExtended,
            IsTls = IsTls,
            TlsVersion = _tlsVersion,
            ReversePath = path.Address,
            EnvelopeId = path.Parameters.GetValueOrDefault("ENVID") is { } id ? Xtext.Decode(id) : null,
            Return = path.Parameters.GetValueOrDefault("RET")?.ToUpperInvariant(),
            DeclaredSize = MailParameters.Size(path.Parameters.GetValueOrDefault("SIZE")),
            SmtpUtf8 = path.Parameters.ContainsKey("SMTPUTF8"),
            Is8Bit = string.Equals(path.Parameters.GetValueOrDefault("BODY"), "8BITMIME", StringComparison.OrdinalIgnoreCase),
        };
        var reply = await AskAsync("MAIL", () => sink.CheckSenderAsync(transaction, _closed).AsTask()).ConfigureAwait(false);
        _transaction = reply.IsPositive ? transaction : null;
        return reply;
    }

    private async Task<SmtpReply> RecipientAsync(SmtpCommand command)
    {
        if (_transaction is null || _chunks is not null)
        {
            return BadSequence;
        }

        if (_transaction.Recipients.Count >= options.MaxRecipients)
        {
            return new SmtpReply(452, "4.5.3", "Too many recipients");
        }

        if (!SmtpPath.TryParse(command.Argument, "TO:", out var path) || path.Address.Length == 0)
        {
            return BadPath;
        }

        if (MailParameters.CheckRecipient(path, _transaction.SmtpUtf8, options) is { } refusal)
        {
            return refusal;
        }

        var recipient = new SmtpRecipient(path.Address)
        {
            Notify = path.Parameters.GetValueOrDefault("NOTIFY")?.ToUpperInvariant(),
            OriginalRecipient = path.Parameters.GetValueOrDefault("ORCPT") is { } original ? Xtext.Decode(original) : null,
        };
        var transaction = _transaction;
        var reply = await AskAsync("RCPT", () => sink.CheckRecipientAsync(transaction, recipient, _closed).AsTask()).ConfigureAwait(false);
        if (reply.IsPositive)
        {
            transaction.Recipients.Add(recipient);
        }

        return reply;
    }

    private async Task<SmtpReply?> DataAsync(SmtpCommand command)
    {
        if (command.Argument.Length > 0)
        {
            return NoArgument;
        }

        if (_transaction is not { } transaction || _chunks is not null)
        {
            return BadSequence;
        }

        if (transaction.Recipients.Count == 0)
        {
            // With PIPELINING this answer is what keeps the client from sending the message (RFC 2920 §3.1).
            return NoRecipients;
        }

        _wire.Write(new SmtpReply(354, "", "Go ahead, end with <CRLF>.<CRLF>"));
        using var reader = new DataReader(options.MaxMessageOctets, budget);
        var isWhole = await _wire.ReadMessageAsync(reader).ConfigureAwait(false);
        _transaction = null;
        if (!isWhole)
        {
            _isOver = true;
            return null;
        }

        return Refusal(reader) ?? await AcceptAsync("DATA", transaction, reader).ConfigureAwait(false);
    }

    /// <summary>
    /// One chunk (RFC 3030 §2). Its octets are read whatever the answer is, for they follow the command without waiting for one; what is no size
    /// ends the connection, because then nobody knows where the next command begins.
    /// </summary>
    private async Task<SmtpReply?> ChunkAsync(SmtpCommand command)
    {
        var words = command.Argument.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var isLast = words.Length == 2 && words[1].Equals("LAST", StringComparison.OrdinalIgnoreCase);
        if (words.Length is 0 or > 2 || (words.Length == 2 && !isLast) || MailParameters.Size(words[0]) is not { } octets)
        {
            _isOver = true;
            return new SmtpReply(501, "5.5.4", "BDAT takes a size and perhaps LAST");
        }

        if (_transaction is not null)
        {
            _chunks ??= new ChunkReader(options.MaxMessageOctets, budget);
        }

        // Out of order there is nothing to keep it for.
        var reader = _chunks ?? new ChunkReader(0);
        reader.Begin(octets);
        if (!await _wire.ReadMessageAsync(reader).ConfigureAwait(false))
        {
            _isOver = true;
            return null;
        }

        if (_transaction is not { } transaction)
        {
            return BadSequence;
        }

        if (isLast)
        {
            reader.End();
        }

        var refusal = transaction.Recipients.Count == 0 ? NoRecipients : Refusal(reader);
        if (refusal is null && !isLast)
        {
            return new SmtpReply(250, "2.0.0", FormattableString.Invariant($"{octets} octets received"));
        }

        try
        {
            // After a refusal the rest of the message comes out of order, unless the client begins anew (RFC 3030 §2).
            _transaction = null;
            return refusal ?? await AcceptAsync("BDAT", transaction, reader).ConfigureAwait(false);
        }
        finally
        {
            EndTransaction();
        }
    }

    private void EndTransaction()
    {
        _transaction = null;
        _chunks?.Dispose();
        _chunks = null;
    }

    private static SmtpReply? Refusal(MessageReader reader)
    {
        if (reader.HasBareLineBreak)
        {
            return new SmtpReply(554, "5.6.0", "Lines must end with CRLF: the message holds a bare CR or LF");
        }

        if (reader.IsTooBig)
        {
            return SmtpReply.TooBig;
        }

        if (reader.IsOutOfRoom)
        {
            return new SmtpReply(452, "4.3.1", "Too much mail is coming in at present, try again later");
        }

        return null;
    }

    private async Task<SmtpReply> AcceptAsync(string verb, SmtpTransaction transaction, MessageReader reader)
    {
        transaction.Message = reader.Message;
        var reply = await AskAsync(verb, () => sink.AcceptAsync(transaction, _closed)).ConfigureAwait(false);
        LogMessage(logger, reader.Message.Length, transaction.Recipients.Count, reply.Code);
        return reply;
    }

    [LoggerMessage(3001, LogLevel.Debug, "SMTP connection ended: {Reason}")]
    private static partial void LogEnded(ILogger logger, string reason);

    [LoggerMessage(3002, LogLevel.Error, "SMTP command {Verb} failed")]
    private static partial void LogFailed(ILogger logger, Exception exception, string verb);

    [LoggerMessage(3003, LogLevel.Information, "SMTP message of {Octets} octets for {Recipients} recipients answered {Code}")]
    private static partial void LogMessage(ILogger logger, int octets, int recipients, int code);
}
