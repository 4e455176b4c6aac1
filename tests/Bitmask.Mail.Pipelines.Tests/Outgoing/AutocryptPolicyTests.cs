using System.Text;
using Bitmask.Keys;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines.Tests.Outgoing;

/// <summary>The policy <em>as Autocrypt recommends</em>, row by row. Bob writes; Eve's provider has no directory.</summary>
public class AutocryptPolicyTests
{
    private const string Mail = "From: bob@blue.test\r\nTo: eve@plain.test\r\nSubject: Tulips\r\n\r\nThe marker.\r\n";

    private static readonly EmailAddress Eve = EmailAddress.Parse("eve@plain.test");
    private static readonly OpenPgpSecretKey EveKey = OpenPgpSecretKey.Generate(Eve, Person.NewClock().GetUtcNow());
    private static readonly OpenPgpSecretKey OtherKey = OpenPgpSecretKey.Generate(Eve, Person.NewClock().GetUtcNow());

    [Theory]
    [InlineData("nothing", false, true, false)]
    [InlineData("header", false, true, false)]
    [InlineData("header mutual", true, true, true)]
    [InlineData("header mutual", false, false, false)]
    [InlineData("gossip", false, true, false)]
    [InlineData("authenticated", false, true, false)]
    [InlineData("authenticated mutual", true, true, true)]
    public async Task NoKeyThatBinds_AutocryptDecides(string known, bool isEncrypted, bool prefers, bool isToldBefore)
    {
        await using var world = await StartAsync();
        world.Bob.Sending.PrefersEncryption = prefers;
        await ShowAsync(world, known, EveKey.Certificate);

        var told = (await world.Bob.Outgoing.PreflightAsync([Eve.Address]))[0];
        await SendAsync(world.Bob, Mail);

        Assert.Equal(isEncrypted, IsEncrypted(world.Bob));
        Assert.Equal(PreflightCodes.None, told.Code); // a key that nobody vouches for is never shown as known
        Assert.Equal(isToldBefore, told.Reason!.StartsWith("It will be encrypted", StringComparison.Ordinal));
        Assert.DoesNotContain(world.Bob.Keys.List(), key => key.Address?.Equals(Eve) == true && (key.EncryptUsed || key.Level > ValidationLevel.WeakChain) && !known.StartsWith("authenticated", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("In-Reply-To", "header", true)]
    [InlineData("References", "gossip", true)]
    [InlineData("X-Reply", "header", false)]
    [InlineData("In-Reply-To", "nothing", false)]
    public async Task AnswerToWhatCameEncrypted_IsEncryptedWhenThereIsAKey(string field, string known, bool isEncrypted)
    {
        await using var world = await StartAsync();
        await world.Alice.SubmitAsync("From: alice@red.test\r\nTo: bob@blue.test\r\nMessage-ID: <secret@red.test>\r\n\r\nPsst.\r\n", "bob@blue.test");
        await world.Alice.Outgoing.WorkAsync();
        await world.ReceiveAsync(world.Alice.Relay.CopyFor("bob@blue.test"));
        await ShowAsync(world, known, EveKey.Certificate);

        await SendAsync(world.Bob, $"{field}: <other@red.test> <secret@red.test>\r\n" + Mail);

        Assert.Equal(isEncrypted, IsEncrypted(world.Bob));
    }

    [Fact]
    public async Task KeyThatBinds_IsUsedWhateverAutocryptSays()
    {
        await using var world = await StartAsync();
        await world.Bob.Keys.ImportAsync(EveKey.Certificate, Eve);

        Assert.Equal(PreflightCodes.Confirmed, (await world.Bob.Outgoing.PreflightAsync([Eve.Address]))[0].Code);
        await SendAsync(world.Bob, Mail);

        Assert.True(IsEncrypted(world.Bob));
    }

    [Fact]
    public async Task KeyNobodyVouchesFor_IsUsedByTheUsualPolicy()
    {
        await using var world = await StartAsync();
        world.Bob.Sending.Policy = OutboxPolicy.WheneverPossible;
        await ShowAsync(world, "authenticated", EveKey.Certificate);

        await SendAsync(world.Bob, Mail);

        Assert.True(IsEncrypted(world.Bob));
    }

    [Fact]
    public async Task CouldNotLookUp_Waits()
    {
        await using var world = await StartAsync();
        await ShowAsync(world, "header mutual", EveKey.Certificate);
        world.Directory.IsDown = true;

        await SendAsync(world.Bob, Mail);

        Assert.Empty(world.Bob.Relay.Taken);
        Assert.Equal(OutboxState.Waiting, world.Bob.Account.Outbox.All()[0].Recipients[0].State);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FrozenToTheKeyShown_LaterAdviceDoesNotWeakenIt_AnotherKeyHoldsIt(bool isOtherKey)
    {
        await using var world = await StartAsync();
        await ShowAsync(world, "header mutual", EveKey.Certificate);
        world.Bob.Relay.IsDown = true;
        await SendAsync(world.Bob, Mail);
        world.Clock.Advance(TimeSpan.FromHours(2));
        await ShowAsync(world, isOtherKey ? "header mutual" : "header", isOtherKey ? OtherKey.Certificate : EveKey.Certificate);
        world.Bob.Relay.IsDown = false;

        await world.Bob.Outgoing.WorkAsync();

        Assert.Equal(isOtherKey ? [] : [Eve.Address], world.Bob.Relay.Taken.Select(copy => copy.Recipient));
        Assert.Equal(isOtherKey ? [OutboxState.Held] : [], world.Bob.Account.Outbox.All().Select(item => item.Recipients[0].State));
        Assert.True(isOtherKey || IsEncrypted(world.Bob));
    }

    private static async Task<World> StartAsync()
    {
        var world = await World.StartAsync();
        world.Bob.Sending.Policy = OutboxPolicy.AsAutocryptRecommends;
        return world;
    }

    private static Task ShowAsync(World world, string known, OpenPgpCertificate certificate)
    {
        var (keys, now) = (world.Bob.Keys, world.Clock.GetUtcNow());
        var header = AutocryptHeader.Parse(AutocryptHeader.Format(Eve, certificate, now, known.Contains("mutual", StringComparison.Ordinal))!);
        return world.Bob.Store.WriteAsync(tx => keys.Harvest(tx, known switch
        {
            "nothing" => new ShownKeys(Eve, now, false, null, [], []),
            "gossip" => new ShownKeys(EmailAddress.Parse("carol@green.test"), now, false, null, [header!], []),
            _ => new ShownKeys(Eve, now, known.StartsWith("authenticated", StringComparison.Ordinal), header, [], []),
        }));
    }

    private static async Task SendAsync(Person person, string mail)
    {
        await person.SubmitAsync(mail, Eve.Address);
        await person.Outgoing.WorkAsync();
    }

    private static bool IsEncrypted(Person person)
    {
        var copy = person.Relay.CopyFor(Eve.Address);
        var isEncrypted = RawMessage.Parse(copy).ContentType.IsMimeType("multipart", "encrypted");
        Assert.Equal(!isEncrypted, Encoding.UTF8.GetString(copy).Contains("The marker.", StringComparison.Ordinal));
        return isEncrypted;
    }
}
