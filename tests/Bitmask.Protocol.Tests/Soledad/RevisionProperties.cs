using Bitmask.Protocol.Soledad;
using FsCheck.Xunit;

namespace Bitmask.Protocol.Tests.Soledad;

/// <summary>The laws of vector clocks, over histories of up to four replicas.</summary>
public sealed class RevisionProperties
{
    private static readonly string[] Replicas = ["A", "B", "a", "zz"];

    [Property(MaxTest = 200)]
    public bool Write_ThenParse_IsIdentity(byte[] history)
    {
        var revision = Replay(history);
        return revision.IsEmpty || Revision.Parse(revision.ToString()).Equals(revision);
    }

    [Property(MaxTest = 200)]
    public bool Increment_IsNewer_AndOnlyThatWay(byte[] history, byte replica)
    {
        var before = Replay(history);
        var after = before.Increment(Replicas[replica % 4]);
        return after.IsNewerThan(before) && !before.IsNewerThan(after) && !after.IsNewerThan(after);
    }

    [Property(MaxTest = 200)]
    public bool Newer_IsTransitiveAndAntisymmetric(byte[] one, byte[] two, byte[] three)
    {
        var (a, b, c) = (Replay(one), Replay(two), Replay(three));
        return !(a.IsNewerThan(b) && b.IsNewerThan(a)) && (!(a.IsNewerThan(b) && b.IsNewerThan(c)) || a.IsNewerThan(c));
    }

    [Property(MaxTest = 200)]
    public bool Maximize_IsTheLeastUpperBound(byte[] one, byte[] two, byte[] three)
    {
        var (a, b, c) = (Replay(one), Replay(two), Replay(three));
        var both = a.Maximize(b);
        return AtLeast(both, a) && AtLeast(both, b) && both.Equals(b.Maximize(a)) && both.Maximize(both).Equals(both)
            && a.Maximize(b).Maximize(c).Equals(a.Maximize(b.Maximize(c)))
            && (!AtLeast(c, a) || !AtLeast(c, b) || AtLeast(c, both));
    }

    [Property(MaxTest = 500)]
    public bool Parse_AnyText_OnlyAnswersOrThrowsItsOwn(string? text)
    {
        try
        {
            _ = Revision.Parse(text).ToString();
            return true;
        }
        catch (SoledadProtocolException)
        {
            return true;
        }
    }

    private static bool AtLeast(Revision left, Revision right) => left.Equals(right) || left.IsNewerThan(right);

    private static Revision Replay(byte[]? history)
        => (history ?? []).Aggregate(Revision.Empty, (revision, step) => revision.Increment(Replicas[step % 4]));
}
