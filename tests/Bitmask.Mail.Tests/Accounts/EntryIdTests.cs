namespace Bitmask.Mail.Tests;

/// <summary>Ids of messages that are made here (docs/decisions/0042).</summary>
public class EntryIdTests
{
    private static readonly DateTimeOffset Time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Ids_SortByTime()
    {
        var times = Enumerable.Range(0, 100).Select(static i => Time.AddMilliseconds(i)).ToList();
        var ids = times.ConvertAll(HexId.New);
        Assert.Equal(ids.Order(), ids);
        Assert.Equal("019b7ca9", HexId.Format(HexId.New(Time))[..8]);
    }

    [Fact]
    public void Ids_OfOneMoment_AreAllDifferent()
    {
        var ids = Enumerable.Range(0, 10_000).Select(static _ => HexId.New(Time)).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Single(ids.Select(static id => id >> 80).Distinct());
    }

    [Fact]
    public void Ids_BeforeTheEpoch_AreIdsOfItsFirstMoment() => Assert.Equal(UInt128.Zero, HexId.New(DateTimeOffset.MinValue) >> 80);
}
