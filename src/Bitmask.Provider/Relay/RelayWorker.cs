using System.Collections.Concurrent;
using System.Threading.Channels;
using Bitmask.Primitives;
using Bitmask.Provider.Mx;
using Bitmask.Provider.Store;
using Bitmask.Smtp;

namespace Bitmask.Provider.Relay;

/// <summary>
/// Works off the queue. Each recipient is a row with its next attempt; a row goes when the other server
/// has the mail, or when its sender has the notice that it failed. Killed at any point, it goes on where the rows say.
/// </summary>
internal sealed partial class RelayWorker(
    ProviderSettings settings, ProviderStore store, QueueKeys keys, RelayRoute route, LocalDelivery delivery, RepeatHash repeats, RetrySchedule schedule, TimeProvider clock, ILogger<RelayWorker> logger)
{
    private const int MaxAtOnce = 16;
    private const int MaxPerDomain = 4;
    private const int DomainsOfOneMail = 4;
    private const int Page = 256;

    /// <summary>A row that can not even be worked on goes after more than five days of pauses; the log has said so every time.</summary>
    private const int MaxErrors = 50;

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan NoticeGiveUpAfter = TimeSpan.FromDays(10);
    private static readonly TimeSpan RememberNotice = TimeSpan.FromDays(30);

    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<(string Message, int Position), bool> _running = new();
    private readonly ConcurrentDictionary<Task, bool> _works = new();
    private readonly DomainSlots _slots = new(MaxPerDomain);

    /// <summary>Recipients whose server has the mail while no row says so yet: as long as the disk is full, it is not sent to them again.</summary>
    private readonly ConcurrentDictionary<(string Message, int Position), bool> _delivered = new();

    /// <summary>Mails whose rows could not be written, and until when they rest.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> _resting = new();

    /// <summary>There is new mail in the queue.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var now = clock.GetUtcNow();
                var due = store.DueRecipients(now, Page + _running.Count + _slots.ParkedCount);
                foreach (var mail in due.Where(row => MayStart(row, now)).GroupBy(row => (row.Account, row.Message)).Take(MaxAtOnce - _works.Count))
                {
                    Start(mail.Key.Account, mail.Key.Message, [.. mail], cancellationToken);
                }

                await WaitAsync(now, cancellationToken);
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                LogQueueFailed(e.Message);
                await Task.Delay(LongestWait, clock, cancellationToken).ContinueWith(static _ => { }, TaskScheduler.Default);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        await Task.WhenAll(_works.Keys);
    }

    private bool MayStart(QueuedRecipient row, DateTimeOffset now)
        => !_running.ContainsKey((row.Message, row.Position)) && _slots.MayEnter(row) && !(_resting.TryGetValue(row.Message, out var until) && until > now);

    private void Start(UserId account, string message, IReadOnlyList<QueuedRecipient> recipients, CancellationToken cancellationToken)
    {
        foreach (var recipient in recipients)
        {
            _running[(recipient.Message, recipient.Position)] = true;
            _slots.Unpark(recipient);
        }

        var work = new Task<Task>(() => RunAsync(account, message, recipients, cancellationToken));
        var whole = work.Unwrap();
        _works[whole] = true;
        _ = whole.ContinueWith(
            _ =>
            {
                _works.TryRemove(whole, out bool _);
                Wake();
            },
            TaskScheduler.Default);
        work.Start(TaskScheduler.Default);
    }

    private async Task RunAsync(UserId account, string message, IReadOnlyList<QueuedRecipient> recipients, CancellationToken cancellationToken)
    {
        try
        {
            await WorkAsync(account, message, recipients, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The rows stand as they are; the next start tries them again.
        }
        catch (Exception e)
        {
            await RecordErrorAsync(message, recipients);
            LogMailFailed(message, e);
        }
        finally
        {
            foreach (var recipient in recipients)
            {
                _running.TryRemove((recipient.Message, recipient.Position), out _);
            }
        }
    }

    /// <summary>When not even that can be written, the mail rests: else it would be tried again at once, and for ever.</summary>
    private async Task RecordErrorAsync(string message, IReadOnlyList<QueuedRecipient> recipients)
    {
        try
        {
            foreach (var recipient in recipients)
            {
                await (recipient.Attempts < MaxErrors ? LaterAsync(recipient, CancellationToken.None) : store.CompleteAsync(recipient, CancellationToken.None));
            }
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            _resting[message] = clock.GetUtcNow() + LongestWait;
        }
    }

    private async Task WorkAsync(UserId account, string message, IReadOnlyList<QueuedRecipient> recipients, CancellationToken cancellationToken)
    {
        _resting.TryRemove(message, out _);
        var settled = recipients.Where(IsDelivered).ToList();
        foreach (var recipient in settled)
        {
            await CompleteDeliveredAsync(recipient);
        }

        if (store.FindQueued(account, message) is not { } queued)
        {
            return;
        }

        if (keys.Find(queued.KeyDay) is not { } key)
        {
            // Somebody moved the folder and may put it back: the mail waits as long as any other.
            LogKeyGone(message, queued.KeyDay);
            foreach (var recipient in recipients)
            {
                await (clock.GetUtcNow() - queued.Created > RetrySchedule.GiveUpAfter
                    ? store.CompleteAsync(recipient, cancellationToken)
                    : LaterAsync(recipient, cancellationToken));
            }

            return;
        }

        var mail = QueuedMail.Open(queued.Sealed, key, account, message);
        await Parallel.ForEachAsync(
            recipients.Except(settled).GroupBy(recipient => EmailAddress.Parse(mail.Envelope.Recipients[recipient.Position].Address).Domain),
            new ParallelOptions { MaxDegreeOfParallelism = DomainsOfOneMail, CancellationToken = cancellationToken },
            async (domain, stop) => await SendAsync(domain.Key, [.. domain], mail, queued.Created, stop));
    }

    /// <summary>One domain's recipients of a mail. When the domain has its share of the relay, they wait for it without holding up others.</summary>
    private async Task SendAsync(string domain, IReadOnlyList<QueuedRecipient> rows, QueuedMail mail, DateTimeOffset created, CancellationToken cancellationToken)
    {
        if (!_slots.TryEnter(domain, rows))
        {
            return;
        }

        IReadOnlyList<RelayAnswer> answers;
        try
        {
            var addresses = rows.Select(row => mail.Envelope.Recipients[row.Position].Address).ToList();
            answers = await route.SendAsync(domain, mail.Envelope.ReversePath, addresses, mail.Envelope.EnvelopeId, mail.Message, cancellationToken);
        }
        finally
        {
            _slots.Leave(domain);
            Wake();
        }

        foreach (var (row, answer) in rows.Zip(answers))
        {
            if (answer is RelayAnswer.Delivered)
            {
                _delivered[(row.Message, row.Position)] = true;
            }
        }

        // Written down even when we are about to stop: what is known is not asked twice.
        foreach (var (row, answer) in rows.Zip(answers))
        {
            await SettleAsync(row, answer, mail, created, CancellationToken.None);
        }
    }

    private bool IsDelivered(QueuedRecipient row) => _delivered.ContainsKey((row.Message, row.Position));

    private async Task CompleteDeliveredAsync(QueuedRecipient row)
    {
        await store.CompleteAsync(row, CancellationToken.None);
        _delivered.TryRemove((row.Message, row.Position), out _);
        LogRelayed(row.Message, row.Position);
    }

    private async Task SettleAsync(QueuedRecipient row, RelayAnswer answer, QueuedMail mail, DateTimeOffset created, CancellationToken cancellationToken)
    {
        var expired = clock.GetUtcNow() - created > RetrySchedule.GiveUpAfter;
        switch (answer)
        {
            case RelayAnswer.Delivered:
                await CompleteDeliveredAsync(row);
                break;
            case RelayAnswer.Later when !expired:
                await LaterAsync(row, cancellationToken);
                break;
            case RelayAnswer.Later later:
                await FailAsync(row, new RelayAnswer.Failed(new SmtpReply(554, "5.4.7", "Given up after five days; last: " + later.Reason), null), mail, created, cancellationToken);
                break;
            case RelayAnswer.Failed failed:
                await FailAsync(row, failed, mail, created, cancellationToken);
                break;
        }
    }

    /// <summary>The reason is not kept: it names people and domains, which the queue holds sealed (security.md B9).</summary>
    private async Task LaterAsync(QueuedRecipient row, CancellationToken cancellationToken)
    {
        var next = clock.GetUtcNow() + schedule.Pause(row.Attempts + 1);
        await store.RetryLaterAsync(row, next, cancellationToken);
        LogLater(row.Message, row.Position, row.Attempts + 1, next);
    }

    /// <summary>The notice first, then the row: a crash between them repeats the notice, which is then known and dropped.</summary>
    private async Task FailAsync(QueuedRecipient row, RelayAnswer.Failed failed, QueuedMail mail, DateTimeOffset created, CancellationToken cancellationToken)
    {
        var (recipient, now) = (mail.Envelope.Recipients[row.Position], clock.GetUtcNow());
        if (recipient.Notify != "NEVER")
        {
            var delivered = false;
            if (delivery.Find(mail.Envelope.ReversePath) is RecipientAnswer.Deliverable sender)
            {
                var notice = FailureNotice.Write(settings.MxHost, settings.Domain, mail, recipient, failed.Reply, failed.Server, $"{row.Message}.{row.Position}", created, now);
                delivered = await delivery.DeliverAsync(sender, "", null, notice, repeats.OfNotice($"{row.Message}.{row.Position}"), RememberNotice, cancellationToken);
            }

            if (!delivered && now - created < NoticeGiveUpAfter)
            {
                await LaterAsync(row, cancellationToken); // the sender has no key for the notice, or no room
                return;
            }
        }

        await store.CompleteAsync(row, cancellationToken);
        LogGivenUp(row.Message, row.Position, failed.Reply.Code);
    }

    private async Task WaitAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var until = (store.NextDue(now) ?? DateTimeOffset.MaxValue) - clock.GetUtcNow();
        using var pause = new CancellationTokenSource(until < LongestWait ? until > TimeSpan.FromMilliseconds(10) ? until : TimeSpan.FromMilliseconds(10) : LongestWait, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(pause.Token, cancellationToken);
        try
        {
            await _wake.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time for the next attempt.
        }
    }

    [LoggerMessage(5301, LogLevel.Information, "Queued mail {Message}, recipient {Position}: delivered")]
    private partial void LogRelayed(string message, int position);

    [LoggerMessage(5302, LogLevel.Information, "Queued mail {Message}, recipient {Position}: attempt {Attempt} failed, next at {Next:u}")]
    private partial void LogLater(string message, int position, int attempt, DateTimeOffset next);

    [LoggerMessage(5303, LogLevel.Information, "Queued mail {Message}, recipient {Position}: given up, code {Code}")]
    private partial void LogGivenUp(string message, int position, int code);

    [LoggerMessage(5304, LogLevel.Error, "Queued mail {Message} can not be opened: the key of day {Day} is missing from the queue-keys folder. Put it back within five days")]
    private partial void LogKeyGone(string message, long day);

    [LoggerMessage(5305, LogLevel.Error, "Queued mail {Message} met an error")]
    private partial void LogMailFailed(string message, Exception exception);

    [LoggerMessage(5306, LogLevel.Error, "The queue can not be read: {Reason}")]
    private partial void LogQueueFailed(string reason);
}
