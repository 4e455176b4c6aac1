using Bitmask.Soledad;
using Microsoft.Extensions.Logging;

namespace Bitmask.Mail.Pipelines;

/// <content>Mails that could not be opened, and then can.</content>
public sealed partial class IncomingPipeline
{
    /// <summary>The secret keys that notices were tried with; null before the first time since the start.</summary>
    private string? _triedKeys;

    /// <summary>When the account has other keys than at the last time, the mails behind the notices are tried again, and take their place.</summary>
    private async Task ReplaceNoticesAsync(CancellationToken cancellationToken)
    {
        var ring = string.Join(' ', _keys.SecretKeys().Select(key => key.Fingerprint.Value).Order(StringComparer.Ordinal));
        if (ring == _triedKeys)
        {
            return;
        }

        foreach (var row in _items.Notices())
        {
            await ReplaceNoticeAsync(row, cancellationToken).ConfigureAwait(false);
        }

        _triedKeys = ring;
    }

    private async Task ReplaceNoticeAsync(IncomingItem row, CancellationToken cancellationToken)
    {
        try
        {
            if (row.Entry is not { } notice || _account.Find(notice) is not var (_, entry))
            {
                // The user has thrown it away, and the mail with it.
                await _items.PutAsync(row with { IsNotice = false }, _clock.GetUtcNow(), cancellationToken).ConfigureAwait(false);
                return;
            }

            var wrapper = row.IsKept ? await _box.GetAsync(row.Id, cancellationToken).ConfigureAwait(false) : UnreadableNotice.Wrapper(_account.Content(notice));
            if (wrapper is null
                || await new ItemOpener(_account, _keys, _clock, _options).OpenAsync(wrapper, entry.InternalDate, row, cancellationToken).ConfigureAwait(false) is not ItemAnswer.Opened opened)
            {
                return;
            }

            // An item that is at the provider still goes the way of all filed ones: it is removed when the provider has the mail as documents.
            await FileAsync(row with { IsNotice = false, IsKept = false, Reason = null }, opened.Mail, opened.Facts, cancellationToken, replaced: notice).ConfigureAwait(false);
            LogNoticeReplaced(_logger, row.Id);
        }
        catch (Exception e) when (e is SoledadException or MailException or InvalidDataException)
        {
            LogItemFailed(_logger, row.Id, e);
        }
    }

    [LoggerMessage(5105, LogLevel.Information, "Incoming item {Item} could be opened at last")]
    private static partial void LogNoticeReplaced(ILogger logger, string item);
}
