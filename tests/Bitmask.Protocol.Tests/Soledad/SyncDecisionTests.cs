using System.Text.Json;
using Bitmask.Protocol.Soledad;
using Bitmask.Testing;
using FsCheck.Xunit;

namespace Bitmask.Protocol.Tests.Soledad;

public sealed class SyncDecisionTests
{
    [Fact]
    public void PutDocIfNewer_EveryCase_Matches()
    {
        const string File = "soledad/put_doc_if_newer.json";
        using var vectors = Vectors.Read(File);
        var cases = 0;
        foreach (var row in vectors.RootElement.GetProperty("vectors").EnumerateArray())
        {
            Check(row);
            cases++;
        }

        Vectors.Report(File, cases);
    }

    [Fact]
    public void Decide_EqualContentInAConflict_TakesOverItsClock()
    {
        var current = Version("A:1", """{"a":1}""");
        SyncVersion[] conflicts = [Version("B:1", """{"x": 2}"""), Version("C:1", """{"y":1}""")];
        var decided = SyncDecision.Decide(current, conflicts, Version("A:2", """{"x":2}"""), saveConflict: true, "R");
        Assert.Equal(SyncState.Superseded, decided.State);
        Assert.Equal("A:2|B:1|R:1", decided.Store!.Revision.ToString());
        Assert.Equal([conflicts[1]], decided.Conflicts);
    }

    /// <summary>Two clients that exchange what they have, with the server's rule in between, agree once nobody has a conflict.</summary>
    [Property(MaxTest = 200)]
    public bool Decide_InBothOrders_Converges(byte left, byte right)
    {
        var start = Version("A:1", """{"n":0}""");
        var a = new SyncVersion(Steps(start.Revision, "A", left % 3), left % 3 == 0 ? start.Json : $$"""{"n":{{left % 2}}}""");
        var b = new SyncVersion(Steps(start.Revision, "B", right % 3), right % 3 == 0 ? start.Json : $$"""{"n":{{right % 2}}}""");
        var atA = SyncDecision.Decide(a, [], b, saveConflict: true, "A");
        var atB = SyncDecision.Decide(b, [], a, saveConflict: true, "B");
        var (newA, newB) = (atA.Store ?? a, atB.Store ?? b);
        return atA.State == SyncState.Conflicted
            ? atB.State == SyncState.Conflicted && newA == b && newB == a && atA.Conflicts.SequenceEqual([a])
            : DocumentContent.AreEqual(newA.Json, newB.Json);
    }

    private static void Check(JsonElement row)
    {
        var result = row.GetProperty("result");
        var source = row.GetProperty("source");
        var known = row.GetProperty("source_known_before") is { ValueKind: JsonValueKind.Array } before
            ? (before[0].GetInt64(), before[1].GetString()!)
            : (0L, "");
        if (result.TryGetProperty("error", out _))
        {
            var error = Assert.Throws<SoledadProtocolException>(
                () => SyncDecision.CheckSource(known, source[1].GetInt64(), source[2].GetString()!));
            Assert.Equal(result.GetProperty("wire").GetString(), error.Error.Description);
            return;
        }

        SyncDecision.CheckSource(known, source[1].GetInt64(), source[2].GetString()!);
        var current = row.GetProperty("current_rev").GetString() is { } rev ? Version(rev, row.GetProperty("current_content").GetString()) : null;
        var decided = SyncDecision.Decide(
            current, Versions(row.GetProperty("current_conflicts")),
            Version(row.GetProperty("incoming_rev").GetString()!, row.GetProperty("incoming_content").GetString()),
            row.GetProperty("save_conflict").GetBoolean(), row.GetProperty("local_replica").GetString()!);

        Assert.Equal(result.GetProperty("state").GetString(), decided.State.ToString().ToLowerInvariant());
        Assert.Equal(Versions(result.GetProperty("conflicts")), decided.Conflicts);
        var stored = decided.Store ?? current!;
        Assert.Equal(result.GetProperty("current")[0].GetString(), stored.Revision.ToString());
        Assert.Equal(result.GetProperty("current")[1].GetString(), stored.Json);
        Assert.Equal(result.GetProperty("log_length").GetInt32(), (current is null ? 0 : 1) + (decided.Store is null ? 0 : 1));
    }

    private static Revision Steps(Revision revision, string replica, int count)
        => Enumerable.Range(0, count).Aggregate(revision, (r, _) => r.Increment(replica));

    private static SyncVersion Version(string rev, string? json) => new(Revision.Parse(rev), json);

    private static List<SyncVersion> Versions(JsonElement rows)
        => [.. rows.EnumerateArray().Select(r => Version(r[0].GetString()!, r[1].GetString()))];
}
