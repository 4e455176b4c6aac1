using Bitmask.Imap.Threading;
using Bitmask.Imap.Tests.Protocol;
using Bitmask.Mail;

namespace Bitmask.Imap.Tests.Threading;

/// <summary>REFERENCES and ORDEREDSUBJECT (RFC 5256 §3). A message is written as "id&lt;reference reference|subject"; numbers say who is under whom.</summary>
public class ThreadTests
{
    [Theory]
    [InlineData("(1 2 3)", "a", "b<a", "c<a b")]
    [InlineData("(1 (2)(3))", "a", "b<a", "c<a")]
    [InlineData("(1 2)(3)", "a", "b<a", "c")]
    [InlineData("(3 1 2)", "b<a", "c<b", "a")]
    [InlineData("((1)(2))", "b<x", "c<x")]
    [InlineData("(1)", "b<x")]
    [InlineData("(1 2)", "b<x y", "c<x y b")]
    [InlineData("(1)(2)", "a", "a")]
    [InlineData("(2 1)", "a<b", "b<a")]
    [InlineData("(1 2)", "a|X", "b|Re: X")]
    [InlineData("((1)(2))", "a|X", "b|X")]
    [InlineData("(2 1)", "b|Re: X", "a|X")]
    [InlineData("((1)(2)(3))", "a|X", "b|X", "c|X")]
    [InlineData("(1 3)(2)", "a|X", "b|Y", "c|re: x")]
    [InlineData("(1)(2)", "a|", "b|Re:")]
    [InlineData("(1 (2 3)(4))", "a", "b<a", "c<a b", "d<a")]
    [InlineData("(1)(3 2)", "a", "b<a c", "c<b")]
    public void References_OfMessages_GiveTheThreads(string expected, params string[] messages)
        => Assert.Equal(expected, Write(ReferenceThreads.Build(Messages(messages))));

    [Theory]
    [InlineData("(1 2)(3)", "a|X", "b|Re: X", "c|Y")]
    [InlineData("(1 (2)(4))(3)", "a|X", "b|Re: X", "c|Y", "d|re: x")]
    public void OrderedSubject_OfMessages_GivesTheThreads(string expected, params string[] messages)
        => Assert.Equal(expected, Write(SubjectThreads.Build(Messages(messages))));

    [Fact]
    public void References_FarDown_AreWrittenWithoutRecursion()
    {
        var messages = Enumerable.Range(0, 3000).Select(static i => i == 0 ? "m0" : $"m{i}<m{i - 1}").ToArray();
        Assert.Equal("(" + string.Join(' ', Enumerable.Range(1, 3000)) + ")", Write(ReferenceThreads.Build(Messages(messages))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void References_AtRandom_ShowEveryMessageOnce(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var count = random.Next(1, 20);
            var messages = Enumerable.Range(0, count).Select(_ =>
                $"m{random.Next(12)}<{string.Join(' ', Enumerable.Range(0, random.Next(4)).Select(_ => $"m{random.Next(14)}"))}|{(random.Next(2) == 0 ? "Re: " : "")}{"xyz"[random.Next(3)]}").ToArray();
            var text = Write(ReferenceThreads.Build(Messages(messages)));
            Assert.Equal(Enumerable.Range(1, count), text.Split(['(', ')', ' '], StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).Order());
        }
    }

    private static string Write(List<ThreadNode> threads) => Wire.Write(w => threads.ForEach(t => t.Write(w, static i => i + 1)));

    private static List<ThreadedMessage> Messages(string[] texts)
        => [.. texts.Select((text, i) =>
        {
            var (ids, subject) = text.Split('|') is [var a, var b] ? (a, b) : (text, $"subject {i}");
            var parts = ids.Split('<');
            var references = parts.Length > 1 ? parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
            var isReply = subject.StartsWith("re:", StringComparison.OrdinalIgnoreCase);
            var @base = subject[(isReply ? 3 : 0)..].Trim().ToUpperInvariant();
            return new ThreadedMessage(i, new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(i), new MessageOrder(null, @base, isReply, "", "", "", parts[0], references));
        })];
}
