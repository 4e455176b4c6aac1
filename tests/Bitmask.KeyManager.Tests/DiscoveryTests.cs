using System.Net;
using Bitmask.Keys.Discovery;

namespace Bitmask.Keys.Tests;

public class DiscoveryTests
{
    private static readonly Uri KeyServerUrl = new("https://keys.test/vks/v1/by-email/bob%40blue.test");

    [Fact]
    public async Task FindAsync_DomainPublishesIt_ProviderTrustAndNobodyElseAsked()
    {
        var web = new WebDouble();
        using var desk = new Desk(web);
        var bob = desk.MakeKey(Desk.BobAddress);
        web.Publish(Desk.BobAddress, bob);

        var found = Assert.IsType<KeyLookup.Found>(await desk.Keys.FindAsync(Desk.BobAddress));

        Assert.Equal((bob.Fingerprint, ValidationLevel.ProviderTrust, KeySource.WebKeyDirectory), (found.Certificate.Fingerprint, found.Level, found.Source));
        Assert.Equal(["openpgpkey.blue.test", "blue.test"], web.Questions.Select(url => url.Host));
        Assert.Empty(desk.Questions);
        var told = Assert.Single(desk.Keys.Explain(Desk.BobAddress).History);
        Assert.Equal(("taken", "WebKeyDirectory", "first contact", desk.Now), (told.Act, told.Source, told.Rule, told.At));
    }

    [Fact]
    public async Task FindAsync_AdvancedHostThere_DirectNeverAsked()
    {
        var web = new WebDouble().Put(WebKeyDirectory.Policy(Desk.BobAddress, isAdvanced: true), []);
        using var desk = new Desk(web);
        web.Publish(Desk.BobAddress, desk.MakeKey(Desk.BobAddress));

        Assert.IsType<KeyLookup.NotFound>(await desk.Keys.FindAsync(Desk.BobAddress));
        Assert.Equal(WebKeyDirectory.Advanced(Desk.BobAddress), Assert.Single(web.Questions));
    }

    [Theory]
    [InlineData(404, true)]
    [InlineData(403, true)]
    [InlineData(301, true)]
    [InlineData(500, false)]
    [InlineData(503, false)]
    [InlineData(429, false)]
    public async Task FindAsync_DirectoryAnswersOtherwise_NoneOrCouldNotLook(int status, bool isNone)
    {
        using var desk = new Desk(new WebDouble().Put(WebKeyDirectory.Direct(Desk.BobAddress), (HttpStatusCode)status));

        Assert.IsType(isNone ? typeof(KeyLookup.NotFound) : typeof(KeyLookup.Failed), await desk.Keys.FindAsync(Desk.BobAddress));
    }

    [Fact]
    public async Task FindAsync_PageForEveryPath_None()
    {
        using var desk = new Desk(new WebDouble().Put(WebKeyDirectory.Direct(Desk.BobAddress), "<html>Welcome</html>"u8.ToArray()));

        Assert.IsType<KeyLookup.NotFound>(await desk.Keys.FindAsync(Desk.BobAddress));
    }

    [Fact]
    public async Task FindAsync_TooLargeOrBroken_CouldNotLook()
    {
        var url = WebKeyDirectory.Direct(Desk.BobAddress);
        using var large = new Desk(new WebDouble().Put(url, [0xC6, .. new byte[WkdClient.MaxOctets]]));
        using var broken = new Desk(new WebDouble().Put(url, [0xC6, 3, 4, 5]));
        using var silent = new Desk(new WebDouble().Put(url, () => throw new HttpRequestException("The certificate is not valid.")));

        Assert.IsType<KeyLookup.Failed>(await large.Keys.FindAsync(Desk.BobAddress));
        Assert.IsType<KeyLookup.Failed>(await broken.Keys.FindAsync(Desk.BobAddress));
        Assert.True(Assert.IsType<KeyLookup.Failed>(await silent.Keys.FindAsync(Desk.BobAddress)).IsTransient);
    }

    [Fact]
    public async Task FindAsync_SeveralKeys_TheUsableOneWithTheAddress()
    {
        var web = new WebDouble();
        using var desk = new Desk(web);
        var old = desk.MakeKey(Desk.BobAddress);
        desk.Clock.Advance(TimeSpan.FromDays(731));
        var (now, other) = (desk.MakeKey(Desk.BobAddress), desk.MakeKey(Desk.RalfAddress));
        web.Put(WebKeyDirectory.Direct(Desk.BobAddress), [.. other.ToBinary(), .. old.ToBinary(), .. now.ToBinary()]);

        Assert.Equal(now.Fingerprint, Assert.IsType<KeyLookup.Found>(await desk.Keys.FindAsync(Desk.BobAddress)).Certificate.Fingerprint);
    }

    [Fact]
    public async Task FindAsync_OneSourceDownAnotherHasIt_Found()
    {
        using var desk = new Desk(new WebDouble().Put(WebKeyDirectory.Direct(Desk.BobAddress), HttpStatusCode.BadGateway));
        desk.Publish(Desk.BobAddress, desk.MakeKey(Desk.BobAddress));

        Assert.Equal(ValidationLevel.WeakChain, Assert.IsType<KeyLookup.Found>(await desk.Keys.FindAsync(Desk.BobAddress)).Level);
    }

    [Fact]
    public async Task FindAsync_OwnProviderOnly_NoStrangerLearnsAndNothingIsRemembered()
    {
        var web = new WebDouble();
        using var desk = new Desk(web);
        web.Publish(Desk.BobAddress, desk.MakeKey(Desk.BobAddress));

        Assert.IsType<KeyLookup.NotFound>(await desk.Keys.FindAsync(Desk.BobAddress, LookupScope.OwnProvider));
        Assert.Empty(web.Questions);
        Assert.IsType<KeyLookup.Found>(await desk.Keys.FindAsync(Desk.BobAddress));
    }

    [Fact]
    public async Task FindAsync_OwnDomain_OnlyTheOwnProvider()
    {
        var web = new WebDouble { HasKeyServer = true };
        using var desk = new Desk(web);

        Assert.IsType<KeyLookup.NotFound>(await desk.Keys.FindAsync(Desk.RalfAddress));
        Assert.Empty(web.Questions);
    }

    [Fact]
    public async Task FindAsync_KeyServer_AskedLastAndOnlyWhenNamed()
    {
        var web = new WebDouble { HasKeyServer = true };
        using var desk = new Desk(web);
        var bob = desk.MakeKey(Desk.BobAddress);
        web.Put(KeyServerUrl, System.Text.Encoding.ASCII.GetBytes(bob.ToArmor()));

        var found = Assert.IsType<KeyLookup.Found>(await desk.Keys.FindAsync(Desk.BobAddress));

        Assert.Equal((KeySource.KeyServer, ValidationLevel.WeakChain), (found.Source, found.Level));
        Assert.Equal(KeyServerUrl, web.Questions[^1]);
        Assert.Single(desk.Questions);
    }

    [Fact]
    public async Task FindAsync_SilentSource_EndsByTheClock()
    {
        using var asked = new SemaphoreSlim(0);
        using var http = new HttpClient(new SilentHandler(asked));
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var answer = new KeyFetch(http, TimeSpan.FromSeconds(30), clock).GetAsync(KeyServerUrl, "It", 100, CancellationToken.None);
        Assert.True(await asked.WaitAsync(TimeSpan.FromMinutes(2)));

        clock.Advance(TimeSpan.FromSeconds(31));

        Assert.True(Assert.IsType<FetchAnswer.Failed>(await answer).IsTransient);
    }

    [Fact]
    public async Task AuditOwnKeyAsync_AnotherKeyShown_Alarm()
    {
        var web = new WebDouble();
        using var desk = new Desk(web);
        var own = await desk.Keys.CreateOwnKeyAsync((_, _) => Task.CompletedTask);
        var forged = desk.MakeKey(Desk.AliceAddress);
        desk.Publish(Desk.AliceAddress, own);
        web.Publish(Desk.AliceAddress, forged);

        var lines = await desk.Keys.AuditOwnKeyAsync();

        Assert.Equal([(own.Fingerprint, false), (forged.Fingerprint, true)], lines.Select(line => (line.Shown!.Value, line.IsAlarm)));
        Assert.Equal(own.Fingerprint, Assert.IsType<OwnKey.Present>(desk.Keys.OwnKey()).Key.Fingerprint);
    }

    [Fact]
    public async Task AuditOwnKeyAsync_NothingShownOrDown_NoAlarm()
    {
        using var desk = new Desk();
        await desk.Keys.CreateOwnKeyAsync((_, _) => Task.CompletedTask);
        Assert.False(Assert.Single(await desk.Keys.AuditOwnKeyAsync()).IsAlarm);

        desk.Answer(HttpStatusCode.BadGateway);
        var line = Assert.Single(await desk.Keys.AuditOwnKeyAsync());
        Assert.Equal((false, true), (line.IsAlarm, line.Trouble is not null));
    }

    [Fact]
    public async Task RefreshOneAsync_DomainHasAnotherByNow_RulesDecide()
    {
        var web = new WebDouble();
        using var desk = new Desk(web);
        var (old, next) = (desk.MakeKey(Desk.BobAddress), desk.MakeKey(Desk.BobAddress));
        await desk.Keys.ImportAsync(old, Desk.BobAddress, ValidationLevel.WeakChain);
        web.Publish(Desk.BobAddress, next);

        Assert.Equal(Desk.BobAddress, await desk.Keys.RefreshOneAsync(new Random(1)));

        var explained = desk.Keys.Explain(Desk.BobAddress);
        Assert.Equal((next.Fingerprint, old.Fingerprint.Value), (explained.InUse!.Certificate.Fingerprint, explained.History[^1].Replaced));
        Assert.Equal("old not successfully used, new level higher", explained.History[^1].Rule);
        Assert.Equal(2, desk.Keys.Signers(Desk.BobAddress).Count);
    }

    [Fact]
    public async Task RefreshOneAsync_NoKeys_Null()
    {
        using var desk = new Desk();
        await desk.Keys.CreateOwnKeyAsync((_, _) => Task.CompletedTask);

        Assert.Null(await desk.Keys.RefreshOneAsync(new Random(1)));
        Assert.Empty(desk.Questions);
    }

    private sealed class SilentHandler(SemaphoreSlim asked) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            asked.Release();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            throw new InvalidOperationException("Never.");
        }
    }
}
