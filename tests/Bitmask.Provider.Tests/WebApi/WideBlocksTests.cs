using Bitmask.Provider.WebApi;

namespace Bitmask.Provider.Tests.WebApi;

public class WideBlocksTests
{
    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(WideBlocks.BlockOctets)]
    public void Rent_WhateverIsAsked_GivesAWholeRecordsRoom(int asked)
    {
        using var pool = new WideBlocks();
        using var block = pool.Rent(asked);

        Assert.Equal(WideBlocks.BlockOctets, block.Memory.Length);
    }

    [Fact]
    public void Rent_MoreThanABlock_IsRefused()
    {
        using var pool = new WideBlocks();

        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(WideBlocks.BlockOctets + 1));
    }

    [Fact]
    public void Dispose_Twice_GivesTheBlockToOneOnly()
    {
        using var pool = new WideBlocks();
        var first = pool.Rent();
        first.Dispose();
        using var second = pool.Rent();
        first.Dispose();
        using var third = pool.Rent();

        second.Memory.Span.Fill(2);
        third.Memory.Span.Fill(3);

        Assert.Equal(2, second.Memory.Span[0]);
        Assert.Throws<ObjectDisposedException>(() => first.Memory);
    }

    [Fact]
    public void Rent_AfterOneCameBack_GivesItAgain()
    {
        using var pool = new WideBlocks();
        var first = pool.Rent();
        first.Memory.Span[0] = 42;
        first.Dispose();

        using var second = pool.Rent();

        Assert.Equal(42, second.Memory.Span[0]);
    }

    [Fact]
    public void Dispose_MoreThanAreKept_LetsTheRestGo()
    {
        using var pool = new WideBlocks();
        Enumerable.Range(0, WideBlocks.MaxKept + 2).Select(_ => pool.Rent()).ToList().ForEach(static block =>
        {
            block.Memory.Span[0] = 42;
            block.Dispose();
        });

        var known = Enumerable.Range(0, WideBlocks.MaxKept + 2).Select(_ => pool.Rent()).Count(static block => block.Memory.Span[0] == 42);

        Assert.Equal(WideBlocks.MaxKept, known);
    }
}
