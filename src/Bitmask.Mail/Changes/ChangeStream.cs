namespace Bitmask.Mail;

/// <summary>
/// The account's news: what changed, in which order. Rows are written in the transaction of the change they tell of; subscribers are
/// woken after it is durable. Nothing else carries news.
/// </summary>
public sealed class ChangeStream
{
    internal ChangeStream()
    {
    }

    /// <summary>The number of the latest durable change; 0 before the first.</summary>
    public long Sequence => throw new NotImplementedException();

    /// <summary>The oldest number that <see cref="Since"/> still answers for; older readers have to look at everything again.</summary>
    public long Oldest => throw new NotImplementedException();

    /// <summary>The changes after <paramref name="sequence"/>, oldest first, at most <paramref name="limit"/>.</summary>
    public IReadOnlyList<MailChange> Since(long sequence, int limit = 1000) => throw new NotImplementedException();

    /// <summary>
    /// Has <paramref name="wake"/> called after every commit that changed something, with its changes in order. It is called on the
    /// writer's thread: it must be quick, must not throw and must not wait for a write.
    /// </summary>
    /// <returns>Ends the subscription.</returns>
    public IDisposable Subscribe(Action<IReadOnlyList<MailChange>> wake) => throw new NotImplementedException();

    /// <summary>All changes after <paramref name="sequence"/>, then every new one as it comes, until cancelled.</summary>
    public IAsyncEnumerable<MailChange> ReadAsync(long sequence, CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
