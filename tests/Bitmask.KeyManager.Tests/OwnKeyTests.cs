using Bitmask.OpenPgp;
using Bitmask.Primitives;

namespace Bitmask.Keys.Tests;

public class OwnKeyTests
{
    [Fact]
    public async Task CreateOwnKeyAsync_NewAccount_StoredAndUploaded()
    {
        using var desk = new Desk();
        OpenPgpCertificate? uploaded = null;

        var made = await desk.Keys.CreateOwnKeyAsync((certificate, _) => { uploaded = certificate; return Task.CompletedTask; });

        desk.Named = made.Fingerprint;
        Assert.Equal(made.Fingerprint, uploaded!.Fingerprint);
        Assert.Equal(made.Fingerprint, Assert.IsType<OwnKey.Present>(desk.NewKeyManager().OwnKey()).Key.Fingerprint);
        Assert.Single(desk.Keys.SecretKeys());
        Assert.Equal(uploaded.ToArmor(), desk.Keys.Export(Desk.AliceAddress));
        Assert.IsType<KeyLookup.Found>(await desk.Keys.FindAsync(Desk.AliceAddress));
        Assert.True(Assert.Single(desk.Keys.List()).HasSecret);
        Assert.Empty(desk.Questions);
    }

    [Fact]
    public async Task CreateOwnKeyAsync_UploadFailed_SameKeyNextTime()
    {
        using var desk = new Desk();
        Fingerprint? first = null;

        await Assert.ThrowsAsync<HttpRequestException>(() => desk.Keys.CreateOwnKeyAsync((certificate, _) =>
        {
            first = certificate.Fingerprint;
            throw new HttpRequestException("down");
        }));
        var again = await desk.Keys.CreateOwnKeyAsync((_, _) => Task.CompletedTask);

        Assert.Equal(first, again.Fingerprint);
        Assert.Single(desk.Keys.SecretKeys());
    }

    [Fact]
    public async Task OwnKey_KeysetNamesOneThatIsNotThere_WithheldAndNeverMadeAnew()
    {
        using var desk = new Desk { Named = new Fingerprint(new string('A', 40)) };

        Assert.Equal(desk.Named, Assert.IsType<OwnKey.Withheld>(desk.Keys.OwnKey()).Fingerprint);
        await Assert.ThrowsAsync<OwnKeyWithheldException>(() => desk.Keys.CreateOwnKeyAsync((_, _) => throw new InvalidOperationException("uploaded")));
        Assert.IsType<KeyLookup.Failed>(await desk.Keys.FindAsync(Desk.AliceAddress));
        Assert.Equal(0, desk.Store.Read(reader => reader.Generation));
    }

    [Fact]
    public async Task OwnKey_AnotherThanTheKeysetNames_Withheld()
    {
        using var desk = new Desk();
        await desk.Keys.CreateOwnKeyAsync((_, _) => Task.CompletedTask);

        desk.Named = new Fingerprint(new string('B', 40));

        Assert.IsType<OwnKey.Withheld>(desk.Keys.OwnKey());
        Assert.Single(desk.Keys.SecretKeys());
    }

    [Fact]
    public void OwnKey_NothingNamedNothingThere_Absent()
    {
        using var desk = new Desk();
        Assert.IsType<OwnKey.Absent>(desk.Keys.OwnKey());
    }

    [Fact]
    public async Task ImportAsync_ForeignKeyForOwnAddress_Rejected()
    {
        using var desk = new Desk();
        var own = await desk.Keys.CreateOwnKeyAsync((_, _) => Task.CompletedTask);

        var answer = await desk.Keys.ImportAsync(desk.MakeKey(Desk.AliceAddress), Desk.AliceAddress);

        Assert.Equal(own.Fingerprint, Assert.IsType<KeyLookup.Rejected>(answer).Known);
    }

    [Fact]
    public async Task SecretKeys_ManagerDisposed_Wiped()
    {
        using var desk = new Desk();
        await desk.Keys.CreateOwnKeyAsync((_, _) => Task.CompletedTask);
        var key = desk.Keys.SecretKeys()[0];

        desk.Keys.Dispose();

        Assert.Throws<ObjectDisposedException>(() => key.Export());
    }
}
