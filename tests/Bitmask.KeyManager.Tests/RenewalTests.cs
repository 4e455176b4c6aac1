using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;

namespace Bitmask.Keys.Tests;

public class RenewalTests
{
    [Theory]
    [InlineData(100, false)]
    [InlineData(669, false)]
    [InlineData(671, true)]
    [InlineData(729, true)]
    [InlineData(900, true)]
    public async Task RenewOwnKeyAsync_ByTheDaysThatPassed_OnlyWhenItsEndIsNear(int days, bool isRenewed)
    {
        using var desk = new Desk();
        var made = await desk.Keys.CreateOwnKeyAsync((_, _) => Task.CompletedTask);
        desk.Named = made.Fingerprint;
        desk.Clock.Advance(TimeSpan.FromDays(days));

        var renewed = await desk.Keys.RenewOwnKeyAsync();

        Assert.Equal(isRenewed, renewed is not null);
        var own = Assert.IsType<OwnKey.Present>(desk.NewKeyManager().OwnKey()).Key.Certificate;
        Assert.Equal(made.Fingerprint, own.Fingerprint);
        if (isRenewed)
        {
            Assert.Equal(desk.Now + KeyManager.RenewedFor, own.Expires);
            Assert.True(own.CanEncryptAt(desk.Now.AddDays(700)));
            Assert.Equal(own.ToArmor(), desk.Keys.Export(Desk.AliceAddress));
            Assert.Null(await desk.Keys.RenewOwnKeyAsync());
        }
    }

    [Fact]
    public async Task RenewOwnKeyAsync_NotHere_NothingMade()
    {
        using var desk = new Desk { Named = new Fingerprint(new string('A', 40)) };

        Assert.Null(await desk.Keys.RenewOwnKeyAsync());
        await Assert.ThrowsAsync<OwnKeyWithheldException>(() => desk.Keys.RotateOwnKeyAsync());
        Assert.Equal(0, desk.Store.Read(reader => reader.Generation));
    }

    [Fact]
    public async Task RotateOwnKeyAsync_NewSubkeyEncryptsOldOnesStillRead()
    {
        using var desk = new Desk();
        var made = await desk.Keys.CreateOwnKeyAsync((_, _) => Task.CompletedTask);
        using var bob = OpenPgpSecretKey.Generate(Desk.BobAddress, desk.Now);
        var old = MessageSigner.EncryptAndSign("old mail"u8.ToArray(), [made], bob, desk.Now);
        desk.Clock.Advance(TimeSpan.FromDays(30));

        var rotated = await desk.Keys.RotateOwnKeyAsync();

        Assert.Equal(made.Fingerprint, rotated.Fingerprint);
        var now = desk.Now.AddMinutes(1);
        Assert.DoesNotContain(Assert.Single(rotated.EncryptionSubkeysAt(now)).Fingerprint, made.EncryptionSubkeysAt(now).Select(key => key.Fingerprint));
        var young = MessageSigner.EncryptAndSign("new mail"u8.ToArray(), [OpenPgpCertificate.Parse(desk.Keys.Export(Desk.AliceAddress)!)], bob, now);
        var keys = desk.NewKeyManager().SecretKeys();
        Assert.Equal("old mail"u8.ToArray(), Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(old, keys, [], now)).Data);
        Assert.Equal("new mail"u8.ToArray(), Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(young, keys, [], now)).Data);
    }
}
