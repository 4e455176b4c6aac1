namespace Bitmask.Keys.Tests;

/// <summary>Whose a signature may be, found by name and not by looking at all keys.</summary>
public class SignersTests
{
    [Fact]
    public async Task Signers_TheOneInUseFirst_ThenEarlierOnes()
    {
        using var desk = new Desk();
        var (old, current, other) = (desk.MakeKey(Desk.BobAddress), desk.MakeKey(Desk.BobAddress), desk.MakeKey(Desk.RalfAddress));
        await desk.Keys.ImportAsync(old, Desk.BobAddress);
        await desk.Keys.ImportAsync(current, Desk.BobAddress);
        await desk.Keys.ImportAsync(other, Desk.RalfAddress);

        Assert.Equal([current.Fingerprint, old.Fingerprint], desk.Keys.Signers(Desk.BobAddress).Select(key => key.Fingerprint));
    }

    [Fact]
    public async Task Holders_ByKeyIdOfPrimaryOrSubkey()
    {
        using var desk = new Desk();
        var (bob, ralf) = (desk.MakeKey(Desk.BobAddress), desk.MakeKey(Desk.RalfAddress));
        await desk.Keys.ImportAsync(bob, Desk.BobAddress);
        await desk.Keys.ImportAsync(ralf, Desk.RalfAddress);

        Assert.Equal([bob.Fingerprint], desk.Keys.Holders([bob.KeyId]).Select(key => key.Fingerprint));
        Assert.Equal([bob.Fingerprint], desk.Keys.Holders(bob.KeyIds).Select(key => key.Fingerprint));
        Assert.Equal([ralf.Fingerprint], desk.Keys.Holders([ralf.KeyIds.Last()]).Select(key => key.Fingerprint));
        Assert.Empty(desk.Keys.Holders(["0123456789ABCDEF"]));
        Assert.Empty(desk.Keys.Holders([]));
    }

    [Fact]
    public async Task Entries_TheKeyInUseAndTheSigner()
    {
        using var desk = new Desk();
        var (old, current) = (desk.MakeKey(Desk.BobAddress), desk.MakeKey(Desk.BobAddress));
        await desk.Keys.ImportAsync(old, Desk.BobAddress);
        await desk.Keys.ImportAsync(current, Desk.BobAddress);

        var entries = desk.Keys.Entries(Desk.BobAddress, old.Fingerprint);

        Assert.Equal([(current.Fingerprint, Desk.BobAddress), (old.Fingerprint, null)], entries.Select(entry => (entry.Certificate.Fingerprint, entry.Address)));
        Assert.Empty(desk.Keys.Entries(null, null));
        Assert.Empty(desk.Keys.Entries(Desk.RalfAddress, null));
    }

    [Fact]
    public async Task Names_FollowTheDocuments_WhateverTheirIds()
    {
        using var desk = new Desk { RandomIds = true };
        var keys = desk.NewKeyManager();
        var bob = desk.MakeKey(Desk.BobAddress);
        await keys.ImportAsync(bob, Desk.BobAddress);
        Assert.Equal(4 + 2, Names(desk)); // of the key its fingerprint, two key ids and the address; of the active document and the peer's the address
        Assert.Equal([bob.Fingerprint], keys.Signers(Desk.BobAddress).Select(key => key.Fingerprint));

        await keys.DeleteAsync(Desk.BobAddress);

        Assert.Empty(keys.Signers(Desk.BobAddress));
        Assert.Empty(keys.Holders(bob.KeyIds));
        Assert.Equal(1, Names(desk)); // the peer's
    }

    [Fact]
    public async Task Names_LeftOverBySalvage_AreInNobodysWay()
    {
        using var desk = new Desk();
        var bob = desk.MakeKey(Desk.BobAddress);
        await desk.Keys.ImportAsync(bob, Desk.BobAddress);
        await desk.Keys.DeleteAsync(Desk.BobAddress);
        await desk.Store.WriteAsync(tx => tx.Sql.Execute("INSERT INTO key_name(name, doc_id) VALUES (?1, ?2)", "OpenPGPKey:" + bob.KeyId, "K-" + bob.Fingerprint.Value));

        Assert.Empty(desk.Keys.Holders([bob.KeyId]));
        await desk.Keys.ImportAsync(bob, Desk.BobAddress);

        Assert.Single(desk.Keys.Holders([bob.KeyId]));
    }

    [Fact]
    public void Find_AsksAnIndex()
    {
        using var desk = new Desk();
        var plan = desk.Store.Read(reader => reader.Sql.Query("EXPLAIN QUERY PLAN SELECT doc_id FROM key_name WHERE name = 'x'", static row => row.GetText(3)));
        Assert.StartsWith("SEARCH key_name USING PRIMARY KEY", Assert.Single(plan), StringComparison.Ordinal);
    }

    private static long Names(Desk desk) => desk.Store.Read(static reader => reader.Sql.ScalarInt64("SELECT count(*) FROM key_name")) ?? 0;
}
