using Bitmask.Protocol.Soledad;
using Bitmask.Testing;

namespace Bitmask.Protocol.Tests.Soledad;

public sealed class RevisionTests
{
    [Fact]
    public void VectorClocks_EveryCase_Matches()
    {
        const string File = "soledad/vector_clocks.json";
        using var vectors = Vectors.Read(File);
        var root = vectors.RootElement;
        var cases = 0;
        foreach (var row in root.GetProperty("comparisons").EnumerateArray())
        {
            var (left, right) = (Revision.Parse(row.GetProperty("left").GetString()), Revision.Parse(row.GetProperty("right").GetString()));
            Assert.Equal(row.GetProperty("left_newer").GetBoolean(), left.IsNewerThan(right));
            Assert.Equal(row.GetProperty("right_newer").GetBoolean(), right.IsNewerThan(left));
            Assert.Equal(row.GetProperty("relation").GetString() == "equal", left.Equals(right));
            cases++;
        }

        foreach (var row in root.GetProperty("increment").EnumerateArray())
        {
            var result = Revision.Parse(row.GetProperty("rev").GetString()).Increment(row.GetProperty("replica").GetString()!);
            Assert.Equal(row.GetProperty("result").GetString(), result.ToString());
            cases++;
        }

        foreach (var row in root.GetProperty("maximize").EnumerateArray())
        {
            var result = Revision.Parse(row.GetProperty("rev").GetString()).Maximize(Revision.Parse(row.GetProperty("other").GetString()));
            Assert.Equal(row.GetProperty("result").GetString(), result.ToString());
            cases++;
        }

        foreach (var row in root.GetProperty("ensure_maximal_rev").EnumerateArray())
        {
            var others = row.GetProperty("extra").EnumerateArray().Select(e => Revision.Parse(e.GetString()));
            var result = Revision.Parse(row.GetProperty("cur").GetString()).Supersede(others, row.GetProperty("replica").GetString()!);
            Assert.Equal(row.GetProperty("result").GetString(), result.ToString());
            cases++;
        }

        // Stricter than the original on purpose: it reads signs, blanks, repeats and nameless replicas, and a trailing newline in an id.
        string[] refusedHere = [":1", "A:-1", "A: 1", "A:1|A:3", "A:+1"];
        foreach (var row in root.GetProperty("parse").EnumerateArray())
        {
            var input = row.GetProperty("input").GetString()!;
            Assert.Equal(row.GetProperty("ok").GetBoolean() && !refusedHere.Contains(input), Revision.TryParse(input, out _));
            cases++;
        }

        foreach (var row in root.GetProperty("doc_id_validity").EnumerateArray())
        {
            var id = row.GetProperty("doc_id").GetString()!;
            Assert.Equal(row.GetProperty("valid").GetBoolean() && id != "a\n", DocumentId.IsValid(id));
            cases++;
        }

        Vectors.Report(File, cases);
    }

    [Theory]
    [InlineData("")]
    [InlineData("|")]
    [InlineData("a:01")]
    [InlineData("a:1|")]
    [InlineData("a:9223372036854775808")]
    [InlineData("a b:1")]
    [InlineData("a:1\n")]
    [InlineData("ä:1")]
    public void Parse_Malformed_ThrowsProtocolException(string text)
        => Assert.Equal(WireErrors.BadRequest, Assert.Throws<SoledadProtocolException>(() => Revision.Parse(text)).Error);

    [Fact]
    public void Parse_Unsorted_WritesCanonical() => Assert.Equal("A:2|B:1|a:3", Revision.Parse("a:3|B:1|A:2").ToString());

    [Fact]
    public void Increment_AtEnd_ThrowsInsteadOfWrapping()
        => Assert.Throws<SoledadProtocolException>(() => Revision.Parse($"a:{long.MaxValue}").Increment("a"));
}
