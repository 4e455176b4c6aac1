using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>
/// The account's news: what changed, in which order. Rows are written in the transaction of the change they tell of; subscribers are
/// woken after it is durable. Nothing else carries news.
/// </summary>
public sealed class ChangeStream
{
    private const int PageSize = 1000;

    private readonly Database _database;
    private readonly ChangeLog _log;

    internal ChangeStream(Database database, ChangeLog log) => (_database, _log) = (database, log);

    /// <summary>The number of the latest durable change; 0 before the first.</summary>
    public long Sequence => _database.Read(Latest);

    /// <summary>
    /// The lowest number that <see cref="Since"/> can go on from; who knows only an older one has to look at everything again.
    /// </summary>
    public long Oldest => _database.Read(OldestKnown);

    /// <summary>The changes after <paramref name="sequence"/>, oldest first, at most <paramref name="limit"/>.</summary>
    public IReadOnlyList<MailChange> Since(long sequence, int limit = PageSize)
        => _database.Read(tx => tx.Query(
            "SELECT sequence, kind, mailbox, entry, uid FROM mail_change WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
            static row => new MailChange(
                row.GetInt64(0),
                (MailChangeKind)row.GetInt32(1),
                row.GetBytesOrNull(2) is { } mailbox ? new MailboxId(HexId.Read(mailbox)) : default,
                row.GetBytesOrNull(3) is { } entry ? new EntryId(HexId.Read(entry)) : null,
                row.GetInt64OrNull(4) is { } uid ? new Uid((uint)uid) : null),
            sequence,
            limit));

    /// <summary>
    /// Has <paramref name="wake"/> called after every commit that changed something, with its changes in order. It is called on the
    /// writer's thread: it must be quick, must not throw and must not wait for a write.
    /// </summary>
    /// <returns>Ends the subscription.</returns>
    public IDisposable Subscribe(Action<IReadOnlyList<MailChange>> wake)
    {
        ArgumentNullException.ThrowIfNull(wake);
        return _log.Subscribe(wake);
    }

    /// <summary>All changes after <paramref name="sequence"/>, then every new one as it comes, until cancelled.</summary>
    public async IAsyncEnumerable<MailChange> ReadAsync(long sequence, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // The channel only says that there is news; what it is, is read from the table, so that nothing piles up here.
        var news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var subscription = Subscribe(_ => news.Writer.TryWrite(true));
        while (true)
        {
            var changes = Since(sequence);
            foreach (var change in changes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                sequence = change.Sequence;
                yield return change;
            }

            if (changes.Count < PageSize)
            {
                await news.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    internal static long Latest(ReadTransaction tx) => tx.ScalarInt64("SELECT seq FROM sqlite_sequence WHERE name = 'mail_change'") ?? 0;

    internal static long OldestKnown(ReadTransaction tx) => tx.ScalarInt64("SELECT min(sequence) - 1 FROM mail_change") ?? Latest(tx);
}
