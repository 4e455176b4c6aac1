namespace Bitmask.Mail.Tests;

/// <summary>Lists of messages against plain lists, and what they share.</summary>
public class MessageListTests
{
    private static readonly IReadOnlySet<Uid> None = new HashSet<Uid>();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void With_AnyChanges_IsWhatAPlainListBecomes(int seed)
    {
        var random = new Random(seed);
        var (plain, list, next) = (new SortedDictionary<uint, MessageEntry>(), MessageList.Empty, 1u);
        for (var round = 0; round < 200; round++)
        {
            var changed = new SortedDictionary<uint, MessageEntry>();
            var removed = new HashSet<Uid>();
            foreach (var known in plain.Keys.Where(_ => random.Next(50) == 0))
            {
                changed[known] = Entry(known, round);
            }

            for (var more = random.Next(3) == 0 ? random.Next(700) : random.Next(3); more > 0; more--)
            {
                next += (uint)random.Next(1, 4); // numbers that were given to nobody may be taken by one that comes back
                changed[next] = Entry(next, round);
            }

            if (random.Next(10) == 0 && next > 3)
            {
                var back = (uint)random.Next(1, (int)next);
                changed[back] = Entry(back, round);
            }

            foreach (var gone in plain.Keys.Where(uid => round % 3 == 0 && random.Next(9) == 0 && !changed.ContainsKey(uid)))
            {
                removed.Add(new Uid(gone));
            }

            var before = list.ToList();
            var after = list.With([.. changed.Values], removed);
            Assert.Equal(before, list);
            foreach (var (uid, entry) in changed)
            {
                plain[uid] = entry;
            }

            removed.ToList().ForEach(uid => plain.Remove(uid.Value));
            list = after;
            Assert.Equal(plain.Values, list);
            Assert.Equal(plain.Count, list.Count);
            foreach (var (uid, position) in plain.Keys.Select((uid, i) => (uid, i)).Where(_ => random.Next(20) == 0))
            {
                Assert.Equal(position, list.IndexOf(new Uid(uid)));
                Assert.Same(plain[uid], list[position]);
            }

            var absent = (uint)random.Next(1, (int)next + 5);
            if (!plain.ContainsKey(absent))
            {
                Assert.Equal(~plain.Keys.Count(uid => uid < absent), list.IndexOf(new Uid(absent)));
            }
        }
    }

    [Fact]
    public void With_OneChanged_SharesAllThatIsFarFromIt()
    {
        var list = MessageList.Of(Enumerable.Range(1, 100_000).Select(static i => Entry((uint)i, 0)));

        var changed = list.With([Entry(50_000, 1)], None);
        var added = list.With([Entry(100_001, 1)], None);
        var removed = list.With([], new HashSet<Uid> { new(99_999) });

        Assert.All([changed, added, removed], other => Assert.True(Same(list, other) > 98_000));
        Assert.Equal(100_000, Same(list, list.With([], None)));
        Assert.Equal(0, Same(list, MessageList.Of(list)));
    }

    private static int Same(MessageList one, MessageList other)
    {
        var same = 0;
        for (var i = 0; i < one.Count;)
        {
            var until = one.SameUntil(other, i);
            Assert.All(Enumerable.Range(i, until - i), position => Assert.Same(one[position], other[position]));
            same += until - i;
            i = Math.Max(until, i + 1);
        }

        return same;
    }

    private static MessageEntry Entry(uint uid, int modseq)
        => new(new Uid(uid), new EntryId(uid), new HeadId(uid), new HashSet<string>(), new ModSeq(modseq), MailHome.Start, 1);
}
