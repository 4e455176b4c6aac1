using Bitmask.Mail;

namespace Bitmask.Imap.Session;

/// <summary>The stored summaries of many messages, read ahead page by page while a command walks through them in order.</summary>
internal sealed class SummaryPages(MailAccount account, SelectedMailbox mailbox, IReadOnlyList<int> positions, SummaryParts parts)
{
    private const int PageSize = 128;

    private IReadOnlyList<MessageSummary?> _page = [];
    private int _start;

    /// <summary>The summary of the message at <c>positions[index]</c>; null when nothing is wanted or the message is gone.</summary>
    public MessageSummary? At(int index)
    {
        if (parts == SummaryParts.None)
        {
            return null;
        }

        if (index < _start || index >= _start + _page.Count)
        {
            var page = new MessageEntry[Math.Min(PageSize, positions.Count - index)];
            for (var i = 0; i < page.Length; i++)
            {
                page[i] = mailbox.Messages[positions[index + i]];
            }

            (_start, _page) = (index, account.Summaries(page, parts));
        }

        return _page[index - _start];
    }
}
