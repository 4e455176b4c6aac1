using System.Text.Json;
using Bitmask.Keys.Documents;
using Bitmask.Primitives;

namespace Bitmask.Keys.Tests;

public class ActsTests
{
    [Fact]
    public async Task ConfirmAsync_KeyInUse_HighestLevelAndWrittenDown()
    {
        using var desk = new Desk();
        var bob = desk.MakeKey(Desk.BobAddress);
        desk.Publish(Desk.BobAddress, bob);
        await desk.Keys.FindAsync(Desk.BobAddress);
        var read = string.Join(' ', bob.Fingerprint.Value.Chunk(4).Select(group => new string(group))).ToLowerInvariant();

        await desk.Keys.ConfirmAsync(Desk.BobAddress, read);

        var explained = desk.Keys.Explain(Desk.BobAddress);
        Assert.Equal((ValidationLevel.Fingerprint, true), (explained.InUse!.Level, explained.Binds));
        Assert.Equal(["taken", "raised"], explained.History.Select(told => told.Act));
        Assert.Equal(["Weak_Chain", "Fingerprint"], explained.History.Select(told => told.Validation));
    }

    [Theory]
    [InlineData("", "bad-fingerprint")]
    [InlineData("hello", "bad-fingerprint")]
    [InlineData("OPENPGP4FPR:1234", "bad-fingerprint")]
    [InlineData("OPENPGP4FPR:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA#a=bob", "unknown-key")]
    public async Task ConfirmAsync_NotThatKey_RefusedAndNothingChanged(string text, string code)
    {
        using var desk = new Desk();
        await desk.Keys.ImportAsync(desk.MakeKey(Desk.BobAddress), Desk.BobAddress, ValidationLevel.WeakChain);
        var generation = desk.Store.Read(reader => reader.Generation);

        Assert.Equal(code, (await Assert.ThrowsAsync<KeyActException>(() => desk.Keys.ConfirmAsync(Desk.BobAddress, text))).Code);
        Assert.Equal(generation, desk.Store.Read(reader => reader.Generation));
    }

    [Fact]
    public async Task DistrustAsync_KeyInUse_NeverBackAndMailWaits()
    {
        using var desk = new Desk();
        var bob = desk.MakeKey(Desk.BobAddress);
        desk.Publish(Desk.BobAddress, bob);
        await desk.Keys.FindAsync(Desk.BobAddress);

        await desk.Keys.DistrustAsync(Desk.BobAddress);

        Assert.Contains("distrust", Assert.IsType<KeyLookup.Rejected>(await desk.Keys.FindAsync(Desk.BobAddress)).Reason);
        Assert.Empty(desk.Keys.Signers(Desk.BobAddress));
        desk.Answer(System.Net.HttpStatusCode.NotFound);
        desk.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.IsType<KeyLookup.Rejected>(await desk.Keys.FindAsync(Desk.BobAddress));

        Assert.IsType<KeyLookup.Found>(await desk.Keys.ImportAsync(bob, Desk.BobAddress));
        Assert.Empty(desk.Keys.Explain(Desk.BobAddress).Distrusted);
    }

    [Fact]
    public async Task ReleaseAsync_KeyKnown_ReleasedUntilBoundAgain()
    {
        using var desk = new Desk();
        await desk.Keys.ImportAsync(desk.MakeKey(Desk.BobAddress), Desk.BobAddress);

        await desk.Keys.ReleaseAsync(Desk.BobAddress, isReleased: true);
        Assert.Equal(desk.Now, Assert.IsType<KeyLookup.Released>(await desk.Keys.FindAsync(Desk.BobAddress)).Since);
        await desk.Keys.ReleaseAsync(Desk.BobAddress, isReleased: false);

        Assert.IsType<KeyLookup.Found>(await desk.Keys.FindAsync(Desk.BobAddress));
        Assert.Equal(["taken", "released", "bound"], desk.Keys.Explain(Desk.BobAddress).History.Select(told => told.Act));
        Assert.Empty(desk.Questions);
    }

    [Fact]
    public async Task DeleteAsync_KeyInUse_AsIfNeverKnown()
    {
        using var desk = new Desk();
        await desk.Keys.ImportAsync(desk.MakeKey(Desk.BobAddress), Desk.BobAddress);

        await desk.Keys.DeleteAsync(Desk.BobAddress);

        Assert.Empty(desk.Keys.List());
        Assert.IsType<KeyLookup.NotFound>(await desk.Keys.FindAsync(Desk.BobAddress));
        Assert.Equal("deleted", desk.Keys.Explain(Desk.BobAddress).History[^1].Act);
        await Assert.ThrowsAsync<KeyActException>(() => desk.Keys.DeleteAsync(Desk.BobAddress));
    }

    [Fact]
    public async Task Acts_OnTheOwnKey_Refused()
    {
        using var desk = new Desk();
        await desk.Keys.CreateOwnKeyAsync((_, _) => Task.CompletedTask);

        await Assert.ThrowsAsync<KeyActException>(() => desk.Keys.DistrustAsync(Desk.AliceAddress));
        await Assert.ThrowsAsync<KeyActException>(() => desk.Keys.DeleteAsync(Desk.AliceAddress));
        await Assert.ThrowsAsync<KeyActException>(() => desk.Keys.ReleaseAsync(Desk.AliceAddress, isReleased: true));
        await Assert.ThrowsAsync<KeyActException>(() => desk.Keys.RefreshAsync(Desk.AliceAddress));
    }

    [Fact]
    public void Merge_PeerDocuments_SameFromBothSidesAndNothingLost()
    {
        var chance = new Random(5);
        var resolver = new PeerConflictResolver();
        for (var i = 0; i < 200; i++)
        {
            var (ours, theirs) = (Peer(chance), Peer(chance));

            var merged = resolver.Merge(ours, theirs)!;

            Assert.Equal(merged, resolver.Merge(theirs, ours));
            Assert.Equal(merged, resolver.Merge(merged, theirs));
            var read = KeyDocuments.Read(merged, KeyJson.Default.PeerDocument)!;
            Assert.Superset(Acts(ours).Union(Acts(theirs)).ToHashSet(), read.History.Select(told => told.At).ToHashSet());
        }

        static IEnumerable<DateTimeOffset> Acts(string json) => KeyDocuments.Read(json, KeyJson.Default.PeerDocument)!.History.Select(told => told.At);
    }

    private static string Peer(Random chance)
    {
        var peer = PeerDocument.Of(Desk.BobAddress);
        for (var i = 0; i < 5; i++)
        {
            var at = DateTimeOffset.UnixEpoch.AddHours(chance.Next(50));
            var key = new Fingerprint(new string((char)('A' + chance.Next(4)), 40));
            peer = chance.Next(5) switch
            {
                0 => peer.Distrusting(key, at),
                1 => peer with { Release = new EncryptionRelease(chance.Next(2) == 0, at) },
                2 => peer with { Candidates = [.. peer.Candidates.Where(other => other.Fingerprint != key.Value), new CandidateKey { Fingerprint = key.Value, Source = "Gossip", At = at, Reason = "x", KeyData = "AA" + chance.Next(3) }] },
                3 => peer with { WrittenTo = at },
                _ => peer.With(new KeyEvent { Act = "taken", At = at, Fingerprint = key.Value }),
            };
        }

        return JsonSerializer.Serialize(peer, KeyJson.Default.PeerDocument);
    }
}
