using System.Text;
using Bitmask.Daemon.Tests.World;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using Bitmask.Protocol.Daemon;
using Bitmask.Testing;

namespace Bitmask.Daemon.Tests.Keys;

/// <summary>What a user decides about keys, over the control socket of a real daemon.</summary>
public sealed class KeyDecisionsTests(Town town) : AccountTest(town)
{
    private const string Bob = "bob@elsewhere.test";

    [Fact]
    public async Task Decisions_OneAfterTheOther_ExplainedAndDated()
    {
        var (one, two) = (NewKey(), NewKey());
        var armor = new KeyDecision { Armor = one.Armor };

        Assert.Equal("unknown-key", await Owner.CodeAsync(DecideAsync("confirm", new KeyDecision { Fingerprint = one.Fingerprint })));
        Assert.Equal("bad-key", await Owner.CodeAsync(DecideAsync("import", new KeyDecision { Armor = "hello" })));
        Assert.Equal((one.Fingerprint, "Fingerprint", true), (await DecideAsync("import", armor)) is var taken ? (taken.Fingerprint, taken.Validation, taken.Binds) : default);
        Assert.Equal("other-key", await Owner.CodeAsync(DecideAsync("import", new KeyDecision { Armor = two.Armor })));
        Assert.Equal(two.Fingerprint, (await DecideAsync("replace", new KeyDecision { Armor = two.Armor })).Fingerprint);
        Assert.NotNull((await DecideAsync("release", new KeyDecision())).Released);
        Assert.Null((await DecideAsync("release", new KeyDecision { Undo = true })).Released);
        Assert.Equal((null, two.Fingerprint), (await DecideAsync("distrust", new KeyDecision())) is var left ? (left.Fingerprint, Assert.Single(left.Distrusted)) : default);
        await DecideAsync("replace", armor);
        Assert.Null((await DecideAsync("delete", new KeyDecision())).Fingerprint);

        var history = (await First.Client.ExplainKeyAsync(Address, Bob)).History;
        Assert.Equal(["taken", "replaced", "released", "bound", "distrusted", "taken", "deleted"], history.Select(told => told.Act));
        Assert.Equal(one.Fingerprint, history[1].Replaced);
        Assert.Equal("own-key", await Owner.CodeAsync(First.Client.DecideKeyAsync(Address, "distrust", Address, new KeyDecision())));
    }

    [Fact]
    public async Task Rotate_OwnKey_ProviderEncryptsToTheNewSubkeyAndItIsRead()
    {
        var before = await First.Client.ExplainKeyAsync(Address, Address);

        var after = await First.Client.DecideKeyAsync(Address, "rotate", Address, new KeyDecision());

        Assert.Equal((before.Fingerprint, null), (after.Fingerprint, after.Trouble));
        await Town.DeliverAsync(Address, "one");
        await First.InboxAsync(Address, 1);
        Assert.Equal("not-own-key", await Owner.CodeAsync(First.Client.DecideKeyAsync(Address, "rotate", Bob, new KeyDecision())));
    }

    [Fact]
    public async Task ExportSecret_OwnKey_GpgOpensItWithThePassphraseAndReadsMail()
    {
        var exported = await First.Client.ExportSecretKeyAsync(Address, new AccountSecrets { NewPassphrase = "tr\u00e4umt süß" });
        Assert.Equal("empty-passphrase", await Owner.CodeAsync(First.Client.ExportSecretKeyAsync(Address, new AccountSecrets())));

        using var gpg = new Gpg();
        gpg.Import(Encoding.ASCII.GetBytes(exported.Armor));
        var sealedText = gpg.Run(["--encrypt", "--recipient", exported.Fingerprint], "dear gpg"u8.ToArray()).Succeeded().Output;

        Assert.NotEqual(0, gpg.Run(["--passphrase", "another", "--decrypt"], sealedText).ExitCode);
        Assert.Equal("dear gpg", gpg.Run(["--passphrase", "tr\u00e4umt süß", "--decrypt"], sealedText).Succeeded().Text);
        Assert.Equal((await First.Client.ExportKeyAsync(Address, Address)).Fingerprint, exported.Fingerprint);
    }

    private static (string Fingerprint, string Armor) NewKey()
    {
        using var key = OpenPgpSecretKey.Generate(EmailAddress.Parse(Bob), TimeProvider.System.GetUtcNow());
        return (key.Fingerprint.Value, key.Certificate.ToArmor());
    }

    private Task<KeyExplained> DecideAsync(string act, KeyDecision decision) => First.Client.DecideKeyAsync(Address, act, Bob, decision);
}
