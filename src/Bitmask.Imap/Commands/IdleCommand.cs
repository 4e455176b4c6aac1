using Bitmask.Imap.Session;
using Bitmask.Mail;

namespace Bitmask.Imap.Commands;

/// <summary>
/// IDLE (RFC 2177): every commit of the account that touches the selected mailbox is told at once. The change stream only wakes the
/// waiting read; what changed is found by comparing views, so nothing is missed and nothing told twice. After NOTIFY it tells what that
/// asked for, and nothing else (RFC 5465 §4).
/// </summary>
internal sealed record IdleCommand : ImapCommand
{
    public override bool GoesFirst => false;

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        session.Output.Writer.Raw("+ idling\r\n"u8);
        var mailbox = session.Selected?.Id;
        using var subscription = mailbox is { } id && !session.IsWatching ? session.Account.Changes.Subscribe(changes => Wake(session, id, changes)) : null;
        while (true)
        {
            await session.TellNewsAsync(allowExpunge: true, withUids: false, removes: false, cancellationToken).ConfigureAwait(false);
            await session.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
            var status = await session.Input.ReadLineAsync(session.Patience).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            switch (status)
            {
                case InputStatus.Woken:
                    continue;
                case InputStatus.Ready:
                    return System.Text.Ascii.EqualsIgnoreCase(session.Input.Line, "DONE"u8)
                        ? ImapReply.Ok("IDLE completed")
                        : ImapReply.Bad("Expected DONE");
                default:
                    session.Bye = status == InputStatus.TimedOut ? "Idle for too long" : null;
                    throw new OperationCanceledException("The client left in IDLE.", cancellationToken);
            }
        }
    }

    private static void Wake(ImapSession session, MailboxId mailbox, IReadOnlyList<MailChange> changes)
    {
        foreach (var change in changes)
        {
            if (change.Mailbox == mailbox)
            {
                session.Input.Wake();
                return;
            }
        }
    }
}
