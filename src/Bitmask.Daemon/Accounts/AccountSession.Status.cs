using Bitmask.Daemon.Jobs;
using Bitmask.Keys;
using Bitmask.Mail;
using Bitmask.Mail.Pipelines;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon.Accounts;

/// <summary>What an unlocked account tells about itself.</summary>
internal sealed partial class AccountSession
{
    /// <summary>The provider has shown all it wants to show, and the own key was not among it (security.md A3).</summary>
    public const string Withheld = "withheld";

    public AccountStatus Status() => new()
    {
        Address = Address.Address,
        Uuid = User.Value,
        Mode = Mode,
        Unlocked = true,
        Sync = _jobs?.SyncState ?? "waiting",
        SyncReason = _jobs is null ? _trouble : _jobs.SyncReason,
        SyncProgress = SyncLines.Of(_jobs?.Progress),
        LastSync = _jobs?.LastSync,
        Outbox = OutboxCount,
        Attachments = _jobs?.Attachments,
        Quota = Mail.Quota() is { } quota ? new QuotaStatus(quota.UsedOctets, quota.LimitOctets) : null,
        Unread = (int)(Inbox()?.Unseen ?? 0),
        OwnKey = _keys.OwnKey() is OwnKey.Present ? "present" : IsOnline ? Withheld : "awaited",
        Events = _events.Latest(),
    };

    public UserAnswer Answer(bool online) => new(Address.Address, User.Value, _keyring.Current.OwnKeyFingerprint, online);

    public async Task<MailStatus> MailStatusAsync(CancellationToken cancellationToken)
    {
        var inbox = Inbox();
        return new MailStatus
        {
            Address = Address.Address,
            Messages = (int)(inbox?.Messages ?? 0),
            Unread = (int)(inbox?.Unseen ?? 0),
            Outbox = ListOutbox(),
            Incoming = _jobs is null
                ? []
                : [.. (await _jobs.IncomingItemsAsync(cancellationToken)).Where(item => item.State != IncomingState.Removed)
                    .Select(item => new IncomingLine(item.Id, item.State.ToString().ToLowerInvariant(), item.Attempts, item.Reason))],
        };
    }

    /// <summary>Compares the tables of mail with its documents; away from the caller's thread, for it reads everything.</summary>
    public Task<MailCheckAnswer> CheckMailAsync()
        => Task.Run(() => new MailCheckAnswer(Address.Address, Mail.Check(), Mail.Index.Waiting), Locking);

    /// <summary>Derives those tables anew, and says what is still wrong.</summary>
    public async Task<MailReindexAnswer> ReindexMailAsync(CancellationToken cancellationToken)
    {
        await Mail.ReindexAsync(cancellationToken);
        var check = await CheckMailAsync();
        return new MailReindexAnswer(check.Address, check.Differences, check.Waiting);
    }

    /// <summary>What was found about a mail when it was filed, in words, and what is to be said of it with the keys known now, as codes.</summary>
    public MessageSecurity MessageSecurity(string messageId)
    {
        if (Mail.FindByMessageId(messageId) is not [var entry, ..])
        {
            throw new DaemonException("unknown-message", "No mailbox holds a mail with that Message-ID.", null);
        }

        var facts = Mail.Security(entry);
        var verdict = new VerdictReader(Mail, _keys, _clock).Read(entry);
        var signatures = facts?.Layers.Where(layer => layer.Kind == SecurityLayer.Signature).ToList() ?? [];
        var isEncrypted = facts?.Layers.Any(layer => layer.Kind == SecurityLayer.Encryption && layer.Result == SecurityLayer.Good) == true;
        return new MessageSecurity(
            messageId,
            isEncrypted ? "encrypted" : facts?.Wrapper == SecurityFacts.WrappedByMx ? "provider" : "none",
            signatures.FirstOrDefault()?.Result ?? "none",
            facts?.Signer,
            facts?.From,
            verdict.Encryption,
            verdict.Signature);
    }

    private MailboxStatus? Inbox() => Mail.Find("INBOX") is { } inbox ? Mail.Status(inbox.Id) : null;
}
