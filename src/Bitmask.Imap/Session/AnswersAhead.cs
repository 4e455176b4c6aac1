using System.Runtime.ExceptionServices;
using Bitmask.Imap.Protocol;
using Bitmask.Mail;

namespace Bitmask.Imap.Session;

/// <summary>
/// What a FETCH answers, read and proved page by page while it walks through the messages in order: as one page is written to the client, the next is read, decrypted
/// and put together on another thread. Nothing of a message is written before all of it is here, so that a fault leaves no half answer.
/// </summary>
internal sealed class AnswersAhead : IAsyncDisposable
{
    private const int MaxMessages = 128;

    /// <summary>Octets of the messages of a page, and one message more. Two pages are in memory at most.</summary>
    private const int MaxOctets = 256 * 1024;

    private readonly MailAccount _account;
    private readonly SelectedMailbox _mailbox;
    private readonly IReadOnlyList<int> _positions;
    private readonly Func<int, IReadOnlyList<FetchItem>> _itemsOf;
    private readonly SummaryParts _summaries;
    private readonly bool _readsContents;
    private readonly CancellationTokenSource _closing;
    private Page _page = new(0);
    private Task<Page>? _next;
    private volatile bool _isClosed;

    /// <param name="account">The account.</param>
    /// <param name="mailbox">The mailbox; it stays as it is while this is in use.</param>
    /// <param name="positions">The messages, in the order in which they are asked for.</param>
    /// <param name="items">All that may be wanted of a message.</param>
    /// <param name="itemsOf">What is wanted of the message at a position.</param>
    /// <param name="cancellationToken">Ends the wait for what has to be fetched.</param>
    public AnswersAhead(
        MailAccount account, SelectedMailbox mailbox, IReadOnlyList<int> positions, IReadOnlyList<FetchItem> items, Func<int, IReadOnlyList<FetchItem>> itemsOf,
        CancellationToken cancellationToken)
    {
        (_account, _mailbox, _positions, _itemsOf) = (account, mailbox, positions, itemsOf);
        foreach (var item in items)
        {
            _summaries |= Summary(item);
            _readsContents |= ReadsContent(item);
        }

        _closing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    }

    /// <summary>The answers for the message at <c>positions[index]</c>, one for each of its items, valid until the next is asked for.</summary>
    /// <exception cref="MailException">The message is gone.</exception>
    /// <exception cref="IOException">The message is damaged, or can not be fetched.</exception>
    public async ValueTask<object?[]> AtAsync(int index)
    {
        if (index >= _page.End)
        {
            _page.Dispose();
            var next = _next ?? PrepareAsync(index);
            _next = null;
            _page = await next.ConfigureAwait(false);
            var end = _page.End;
            _next = end < _positions.Count ? Task.Run(() => PrepareAsync(end)) : null;
        }

        return _page.At(index);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _isClosed = true;
        await _closing.CancelAsync().ConfigureAwait(false);
        if (_next is { } next)
        {
            try
            {
                // It writes to buffers that are the pool's afterwards.
                (await next.ConfigureAwait(false)).Dispose();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // Nobody asked for it any more.
            }
        }

        _page.Dispose();
        _closing.Dispose();
    }

    /// <summary>What of the stored summaries an item needs; who reads the whole message anyway has the header in it.</summary>
    private static SummaryParts Summary(FetchItem item) => item switch
    {
        FetchItem.Envelope => SummaryParts.Envelope,
        FetchItem.Structure or FetchItem.Binary or FetchItem.BinarySize => SummaryParts.Structure,
        FetchItem.Preview => SummaryParts.Preview,
        FetchItem.Section { Body: { Part.Count: 0, Text: not (SectionText.Whole or SectionText.Text) } } => SummaryParts.Header,
        FetchItem.Section { Body: { Part.Count: 0, Text: SectionText.Whole } } => SummaryParts.None,
        FetchItem.Section => SummaryParts.Structure,
        _ => SummaryParts.None,
    };

    private static bool ReadsContent(FetchItem item) => item switch
    {
        FetchItem.Binary or FetchItem.BinarySize => true,
        FetchItem.Section { Body: var body } => body.Part.Count > 0 || body.Text is SectionText.Whole or SectionText.Text,
        _ => false,
    };

    private async Task<Page> PrepareAsync(int start)
    {
        var messages = Some(start);
        var summaries = _summaries == SummaryParts.None ? null : _account.Summaries(messages, _summaries);
        var contents = _readsContents ? _account.OpenContents(messages) : null;
        var page = new Page(start);
        try
        {
            var count = Math.Min(summaries?.Count ?? messages.Count, contents?.Count ?? messages.Count);
            for (var i = 0; i < count && !_isClosed; i++)
            {
                var sections = new MessageSections(_account, messages[i], summaries?[i], contents?[i]);
                await page.AddAsync(sections, _itemsOf(_positions[start + i]), _closing.Token).ConfigureAwait(false);
            }

            return page;
        }
        catch
        {
            page.Dispose();
            throw;
        }
    }

    private List<MessageEntry> Some(int start)
    {
        var messages = new List<MessageEntry>();
        for (var octets = 0L; start < _positions.Count && messages.Count < MaxMessages && octets < MaxOctets; start++)
        {
            var message = _mailbox.Messages[_positions[start]];
            messages.Add(message);
            octets += _readsContents ? message.Size : 0;
        }

        return messages;
    }

    /// <summary>Answers for some messages that follow each other.</summary>
    private sealed class Page(int start) : IDisposable
    {
        private readonly HeldBuffers _held = new();
        private readonly List<(object?[]? Answers, ExceptionDispatchInfo? Failure)> _messages = [];

        public int End => start + _messages.Count;

        public object?[] At(int index)
        {
            var (answers, failure) = _messages[index - start];
            failure?.Throw();
            return answers!;
        }

        public async ValueTask AddAsync(MessageSections sections, IReadOnlyList<FetchItem> items, CancellationToken cancellationToken)
        {
            try
            {
                _messages.Add((await AnswerAsync(sections, items, cancellationToken).ConfigureAwait(false), null));
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // Thrown when it is this message's turn.
                _messages.Add((null, ExceptionDispatchInfo.Capture(e)));
            }
        }

        public void Dispose() => _held.Dispose();

        private async ValueTask<object?[]> AnswerAsync(MessageSections sections, IReadOnlyList<FetchItem> items, CancellationToken cancellationToken)
        {
            var answers = new object?[items.Count];
            for (var i = 0; i < items.Count; i++)
            {
                answers[i] = items[i] switch
                {
                    FetchItem.Envelope => sections.Envelope,
                    FetchItem.Structure => sections.Structure,
                    FetchItem.Section s => (await sections.SectionAsync(s.Body, cancellationToken).ConfigureAwait(false))?.Part(s.Offset, s.Count),
                    FetchItem.Binary b => (await sections.DecodedAsync(b.Part, cancellationToken).ConfigureAwait(false))?.Part(b.Offset, b.Count),
                    FetchItem.BinarySize z => await sections.DecodedAsync(z.Part, cancellationToken).ConfigureAwait(false),
                    FetchItem.Preview => sections.Preview,
                    FetchItem.ThreadId => sections.Thread,
                    _ => null,
                };
                if (answers[i] is Octets octets && items[i] is not FetchItem.BinarySize)
                {
                    answers[i] = await octets.CheckAsync(_held, cancellationToken).ConfigureAwait(false);
                }
            }

            return answers;
        }
    }
}
