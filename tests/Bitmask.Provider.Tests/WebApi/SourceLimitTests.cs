using Bitmask.Provider.Tests.World;
using Bitmask.Provider.WebApi;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Provider.Tests.WebApi;

public sealed class SourceLimitTests
{
    [Fact]
    public void Source_MayAskSoOftenAtOnce_AndThenAsOftenAsTimeAllows()
    {
        var clock = new FakeTimeProvider();
        var limit = new SourceLimit(clock, burst: 3, perSecond: 0.5);
        for (var i = 0; i < 3; i++)
        {
            Assert.Null(limit.Take("a"));
        }

        Assert.Equal(2, limit.Take("a"));
        Assert.Null(limit.Take("b"));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, limit.Take("a"));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(limit.Take("a"));
        Assert.Equal(2, limit.Take("a"));
        clock.Advance(TimeSpan.FromDays(1)); // no more is saved up than a burst
        Assert.Equal([null, null, null, 2], Enumerable.Range(0, 4).Select(_ => limit.Take("a")));
        clock.AdjustTime(clock.GetUtcNow().AddDays(-1)); // a clock set back gives nothing, and takes nothing
        Assert.Equal(2, limit.Take("a"));
    }

    [Fact]
    public void ManySources_DoNotFillTheMemory_NorFreeTheOneThatAsksMost()
    {
        var limit = new SourceLimit(new FakeTimeProvider(), burst: 3, perSecond: 0.01);
        for (var i = 0; i < 3; i++)
        {
            limit.Take("a");
        }

        for (var i = 0; i < 200_000; i++)
        {
            Assert.Null(limit.Take($"source-{i}"));
            Assert.InRange(limit.Known, 1, SourceLimit.MaxSources);
        }

        Assert.Equal(100, limit.Take("a"));
    }

    [Theory]
    [InlineData("sign-up", 422)]
    [InlineData("login", 400)]
    [InlineData("lookup", 404)]
    public async Task SignUpsLoginsAndLookups_OfOneSource_AreLimited_AndGoOnLater(string what, int usual)
    {
        await using var provider = await TestProvider.StartAsync();
        Task<HttpResponseMessage> AskAsync() => what switch
        {
            "sign-up" => provider.Api.PostAsync("/1/users", new FormUrlEncodedContent([KeyValuePair.Create("user[login]", "x")])),
            "login" => provider.Api.PostAsync("/1/sessions", new FormUrlEncodedContent([KeyValuePair.Create("login", "x")])),
            _ => provider.Nicknym.GetAsync("/?address=nobody@red.test"),
        };

        var asked = 0;
        HttpResponseMessage answer;
        for (; (int)(answer = await AskAsync()).StatusCode == usual; asked++)
        {
            answer.Dispose();
        }

        Assert.Equal(429, (int)answer.StatusCode);
        Assert.True(asked >= 50);
        provider.Clock.Advance(answer.Headers.RetryAfter!.Delta!.Value);
        Assert.Equal(usual, (int)(await AskAsync()).StatusCode);
    }

    [Fact]
    public async Task Greeting_SaysWhatThereIs_ToAnybody()
    {
        await using var provider = await TestProvider.StartAsync();

        Assert.Equal("{\"blobs\": true, \"version\": \"0.1\"}\r\n", await provider.Soledad.GetStringAsync("/"));
        Assert.Equal("User-agent: *\nDisallow: /\n", await provider.Soledad.GetStringAsync("/robots.txt"));
    }
}
