using Bitmask.Keys;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.Primitives;
using Bitmask.Smtp;
using Bitmask.Smtp.Client;
using Bitmask.Soledad;
using Bitmask.Sqlite;
using Microsoft.Extensions.Logging;

namespace Bitmask.Mail.Pipelines;

/// <summary>
/// Takes mail that the user sends and works off the outbox (security.md C10). A mail is accepted when its row is on disk. Then, for each
/// recipient: decide whether it leaves encrypted, and freeze that; make the copies; hand them to the provider; retry, hold or give up, and
/// tell the user. A look-up that failed is not "no key": the mail waits. Stopped anywhere, it goes on where it was; what the provider took
/// twice it knows by its ENVID.
/// </summary>
public sealed partial class OutgoingPipeline : IDisposable
{
    private static readonly SmtpReply WrongFrom = new(550, "5.7.1", "The From header must name the account that you are logged in to, and no other");

    private const int MaxAnswered = 20;

    private readonly SoledadStore _store;
    private readonly MailAccount _account;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly OutgoingOptions _options;
    private readonly Func<CancellationToken, Task<IReadOnlyList<SmtpEndpoint>>> _relays;
    private readonly RecipientJudge _judge;
    private readonly CopyMaker _copies;
    private readonly KeyManager _keys;
    private readonly Backoff _backoff;
    private readonly WorkLoop _loop;
    private readonly SemaphoreSlim _gate = new(1);

    /// <summary>Held while one mail is decided on and handed over, so that nobody takes it back meanwhile.</summary>
    private readonly SemaphoreSlim _turn = new(1);
    private volatile bool _isBack;

    /// <summary>Makes a pipeline; it borrows all it gets.</summary>
    /// <param name="store">The account's store.</param>
    /// <param name="account">The account's mail, over the same store.</param>
    /// <param name="keys">The account's keys, over the same store.</param>
    /// <param name="relays">
    /// Gives the provider's submission servers, the first to use first, with a client certificate that is valid now. What it throws is the reason why mail waits: an
    /// <see cref="IOException"/>'s message is shown to the user.
    /// </param>
    /// <param name="clock">The time.</param>
    /// <param name="logger">Ids and codes; never addresses or contents.</param>
    /// <param name="options">Waits and limits.</param>
    public OutgoingPipeline(
        SoledadStore store, MailAccount account, KeyManager keys, Func<CancellationToken, Task<IReadOnlyList<SmtpEndpoint>>> relays, TimeProvider clock, ILogger<OutgoingPipeline> logger,
        OutgoingOptions? options = null)
    {
        (_store, _account, _keys, _relays, _clock, _logger, _options) = (store, account, keys, relays, clock, logger, options ?? new OutgoingOptions());
        _backoff = new Backoff(_options.FirstDelay, _options.LongestDelay, _options.Chance);
        _judge = new RecipientJudge(account.Outbox, keys, clock, _options, _backoff);
        _copies = new CopyMaker(keys, account.Address, _options, clock);
        _loop = new WorkLoop(PassAsync, _options.Interval, _backoff, clock, logger);
    }

    /// <summary>The provider does not accept the client certificate that it was shown (530): whoever hears this gets another before the mail is tried again.</summary>
    public event Action? CertificateRefused;

    /// <summary>Why the last pass did not get through, for a person to read; null when it did.</summary>
    public string? Trouble => _loop.Trouble;

    /// <summary>There is something to do: a held recipient was released, for example.</summary>
    public void Wake() => _loop.Wake();

    /// <summary>The provider answers again: what waited for that need not wait for the rest of its pause.</summary>
    public void ProviderIsBack()
    {
        _isBack = true;
        Wake();
    }

    /// <summary>Works off the outbox until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => _loop.RunAsync(cancellationToken);

    /// <summary>Whether this account may be the envelope's sender: by its address, with any <c>+suffix</c>.</summary>
    public SmtpReply CheckSender(SmtpTransaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return EmailAddress.TryParse(transaction.ReversePath, out var sender) && _account.Address.Owns(sender) ? SmtpReply.SenderOk : SmtpReply.SenderNotOwned;
    }

    /// <summary>Whether mail can be sent to an address at all; its key is looked for later, so that a client never waits for it.</summary>
    public static SmtpReply CheckRecipient(SmtpRecipient recipient)
    {
        ArgumentNullException.ThrowIfNull(recipient);
        return EmailAddress.TryParse(recipient.Address, out _) ? SmtpReply.RecipientOk : new SmtpReply(553, "5.1.3", "Not an address that mail can be sent to");
    }

    /// <summary>Takes a mail into the outbox; a positive answer means that it is on disk.</summary>
    public async Task<SmtpReply> AcceptAsync(SmtpTransaction transaction, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        var message = RawMessage.Parse(transaction.Message);
        if (message.Fields.Count == 0)
        {
            return SmtpReply.BadMessage("The message has no header");
        }

        // Two readers of two From fields may see two authors, so there must be exactly one (RFC 5322 §3.6).
        if (MailAddresses.Single(message, "From") is not { } from || !_account.Address.Owns(from))
        {
            return WrongFrom;
        }

        try
        {
            var recipients = transaction.Recipients.ConvertAll(recipient => EmailAddress.Parse(recipient.Address));
            var now = _clock.GetUtcNow();
            var raw = OutgoingMessage.Complete(message, transaction.Message, _account.Address, recipients, now);
            var terms = new OutboxTerms(_options.Policy, _options.UndoWindow > TimeSpan.Zero ? now + _options.UndoWindow : null, _options.KeepCopy);
            var sender = EmailAddress.TryParse(transaction.ReversePath, out var given) && _account.Address.Owns(given) ? given : _account.Address;
            var item = await _account.SendAsync(sender, recipients, raw, terms, cancellationToken).ConfigureAwait(false);
            LogAccepted(_logger, item.Id, recipients.Count);
            Wake();
            return new SmtpReply(250, "2.0.0", "Accepted as " + item.Id);
        }
        catch (DatabaseFullException)
        {
            return new SmtpReply(452, "4.3.1", "The disk is full: make room, then send again");
        }
    }

    /// <summary>One pass over all mails that are due.</summary>
    /// <exception cref="DatabaseException">The disk is full, for example; nothing is lost.</exception>
    public async Task WorkAsync(CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isBack)
            {
                _isBack = false;
                await _account.Outbox.HurryAsync(cancellationToken).ConfigureAwait(false);
            }

            var relay = new RelaySession(_relays, _clock, () => CertificateRefused?.Invoke());
            await using (relay.ConfigureAwait(false))
            {
                foreach (var item in _account.Outbox.Due(_clock.GetUtcNow(), limit: 10_000))
                {
                    await WorkAsync(item, relay, cancellationToken).ConfigureAwait(false);
                }
            }

            foreach (var done in _account.Outbox.All().Where(item => item.IsDone))
            {
                await _account.Outbox.RemoveAsync(done.Id, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _loop.Dispose();
        _gate.Dispose();
        _turn.Dispose();
    }

    private async Task<DateTimeOffset?> PassAsync(CancellationToken cancellationToken)
    {
        await WorkAsync(cancellationToken).ConfigureAwait(false);
        return _account.Outbox.NextAttempt();
    }

    private async Task WorkAsync(OutboxItem listed, RelaySession relay, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Read again: since the list was made the user may have taken it back, or put it off.
            if (_account.Outbox.Find(listed.Id) is { } item && !(item.NotBefore > _clock.GetUtcNow()))
            {
                await TryAsync(item, relay, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task TryAsync(OutboxItem item, RelaySession relay, CancellationToken cancellationToken)
    {
        try
        {
            await WorkAsync(item, DueOf(item), relay, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (DatabaseException or OperationCanceledException))
        {
            // Whatever is wrong with this mail, the next one goes on, and this one is not lost.
            LogItemFailed(_logger, item.Id, e);
            if (_account.Outbox.Find(item.Id) is { } now)
            {
                // Read again: recipients that were settled before the error stay settled.
                await SettleAsync(item, DueOf(now).ConvertAll(recipient => Later(recipient, $"An internal error, {e.GetType().Name}.")), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private List<OutboxRecipient> DueOf(OutboxItem item)
        => [.. item.Recipients.Where(recipient => recipient.State is OutboxState.Waiting or OutboxState.Held && Outbox.IsDue(recipient.NextAttempt, _clock.GetUtcNow()))];

    private async Task WorkAsync(OutboxItem item, List<OutboxRecipient> due, RelaySession relay, CancellationToken cancellationToken)
    {
        // 1. Decide for each recipient, and freeze the decision.
        var message = RawMessage.Parse(_account.Outbox.Content(item.Id));
        var protection = ClientProtections.Of(message);
        var traits = new MailTraits(
            protection == ClientProtection.Encrypted, item.Policy == OutboxPolicy.AsAutocryptRecommends && Answered(message).Any(id => _account.FindByMessageId(id).Any(CameEncrypted)));
        var ready = new List<ReadyRecipient>();
        var stopped = new List<OutboxRecipient>();
        foreach (var recipient in due)
        {
            var judgement = await _judge.JudgeAsync(item, recipient, traits, cancellationToken).ConfigureAwait(false);
            if (judgement.Ready is { } one)
            {
                ready.Add(one);
            }
            else
            {
                stopped.Add(judgement.Stopped!);
            }
        }

        await SettleAsync(item, stopped, cancellationToken).ConfigureAwait(false);
        if (ready.Count == 0)
        {
            return;
        }

        // 2. Make the copies: one for all who may see each other, one for each who is hidden, one in clear.
        var (copies, refused) = _copies.Make(message, protection, ready);
        await SettleAsync(item, [.. refused.Select(refusal => Later(refusal.Recipient.Row, refusal.Reason))], cancellationToken).ConfigureAwait(false);

        // 3. Hand them over; write down each answer before the next copy leaves.
        foreach (var copy in copies)
        {
            var replies = await relay.SendAsync(item, copy, cancellationToken).ConfigureAwait(false);
            await SettleAsync(item, [.. copy.Recipients.Zip(replies, (recipient, reply) => Answered(item, recipient.Row, reply))], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The mails that a mail answers, the nearest first.</summary>
    private static IEnumerable<string> Answered(RawMessage message) => ((string[])["In-Reply-To", "References"])
        .SelectMany(name => MimeKit.Utils.MimeUtils.EnumerateReferences(message.Find(name)?.Value ?? "").Reverse()).Distinct().Take(MaxAnswered);

    private bool CameEncrypted(EntryId entry)
        => _account.Security(entry)?.Layers.Any(layer => layer is { Kind: SecurityLayer.Encryption, Result: SecurityLayer.Good }) == true;

    private OutboxRecipient Answered(OutboxItem item, OutboxRecipient recipient, SmtpReply reply)
    {
        LogAnswered(_logger, item.Id, reply.Code);
        return reply switch
        {
            { IsPositive: true } => recipient with { State = OutboxState.Relayed, Attempts = recipient.Attempts + 1, NextAttempt = null, Reason = null },
            { IsPermanent: true } => recipient with { State = OutboxState.Failed, Attempts = recipient.Attempts + 1, NextAttempt = null, Reason = reply.ToString() },
            _ => Later(recipient, reply.ToString()),
        };
    }

    private OutboxRecipient Later(OutboxRecipient recipient, string reason) => recipient with
    {
        State = OutboxState.Waiting,
        Attempts = recipient.Attempts + 1,
        NextAttempt = _backoff.Next(_clock.GetUtcNow(), recipient.Attempts + 1),
        Reason = reason,
    };

    /// <summary>Writes where recipients stand, and in the same transaction tells the user of failures and holds.</summary>
    private async Task SettleAsync(OutboxItem item, List<OutboxRecipient> recipients, CancellationToken cancellationToken)
    {
        if (recipients.Count == 0)
        {
            return;
        }

        var told = recipients.Where(recipient => recipient.State is OutboxState.Failed or OutboxState.Held).ToList();
        var notice = told.Count == 0 ? null : DeliveryNotice.Create(_account.Address, item, told, RawMessage.Parse(_account.Outbox.Content(item.Id)), _clock.GetUtcNow());
        await _store.WriteAsync(
            tx =>
            {
                _account.Outbox.Update(tx, item.Id, [.. recipients.Select(recipient => told.Contains(recipient) ? recipient with { Notified = true } : recipient)]);
                if (notice is not null)
                {
                    _account.FileNotice(tx, notice);
                }

                foreach (var recipient in recipients.Where(recipient => recipient.State == OutboxState.Relayed))
                {
                    _keys.MarkWritten(tx, recipient.Address);
                    if (recipient is { Decision: { Kind: OutboxDecisionKind.Encrypt, Fingerprint: { } fingerprint } })
                    {
                        _keys.MarkEncrypted(tx, recipient.Address, fingerprint);
                    }
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    [LoggerMessage(5201, LogLevel.Information, "Outbox took {Mail} for {Recipients} recipients")]
    private static partial void LogAccepted(ILogger logger, OutboxId mail, int recipients);

    [LoggerMessage(5202, LogLevel.Information, "Outbox {Mail}: the provider answered {Code}")]
    private static partial void LogAnswered(ILogger logger, OutboxId mail, int code);

    [LoggerMessage(5203, LogLevel.Error, "Outbox {Mail} failed")]
    private static partial void LogItemFailed(ILogger logger, OutboxId mail, Exception exception);
}
