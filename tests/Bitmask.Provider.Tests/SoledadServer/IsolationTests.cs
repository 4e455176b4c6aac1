using System.Text.Json;
using Bitmask.Protocol.Bonafide;
using Bitmask.Provider.Store;
using Bitmask.Provider.Tests.Blobs;
using Bitmask.Provider.Tests.World;
using Microsoft.AspNetCore.Routing;

namespace Bitmask.Provider.Tests.SoledadServer;

/// <summary>Whatever a route is for: somebody else's account looks like one that does not exist, and nothing of it can be read or changed.</summary>
public sealed class IsolationTests
{
    private static readonly string Nobody = new('0', 32);

    [Fact]
    public async Task EveryRoute_WithAForeignAccount_AnswersAsForNone_AndChangesNothing()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var mallory = await Person.SealedAsync(provider, "mallory");
        using var leo = await Person.LeapAsync(provider);
        var device = await FurnishAsync(alice);
        await FurnishAsync(mallory);
        var before = Picture(provider, alice);

        var tried = 0;
        foreach (var (method, path) in Requests(provider, "uuid", alice.Id.Value, device))
        {
            foreach (var other in (Person[])[mallory, leo])
            {
                var foreign = await AskAsync(other, method, path);
                var nobody = await AskAsync(other, method, path.Replace(alice.Id.Value, Nobody, StringComparison.Ordinal));
                Assert.Equal(nobody, foreign);
                Assert.Equal(404, foreign.Status);
                tried++;
            }
        }

        Assert.True(tried >= 30, $"Only {tried} requests were tried.");
        Assert.Equal(before, Picture(provider, alice));
    }

    [Fact]
    public async Task EveryRouteOfTheApi_WithAForeignAccount_AnswersAsForNone_AndChangesNothing()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var mallory = await Person.SealedAsync(provider, "mallory");
        var device = await FurnishAsync(alice);
        var before = Picture(provider, alice);

        foreach (var (method, path) in Requests(provider, "id", alice.Id.Value, device).Where(static r => r.Path.StartsWith("/1/users/", StringComparison.Ordinal)))
        {
            var form = new SignUpFields { PasswordSalt = "AB", PasswordVerifier = "AB", PublicKey = "x" }.ToForm();
            using var foreign = await mallory.ApiAsync(method, path, new FormUrlEncodedContent(form));
            using var nobody = await mallory.ApiAsync(method, path.Replace(alice.Id.Value, Nobody, StringComparison.Ordinal), new FormUrlEncodedContent(form));
            Assert.Equal((403, 403), ((int)foreign.StatusCode, (int)nobody.StatusCode));
            Assert.Equal(await nobody.Content.ReadAsStringAsync(), await foreign.Content.ReadAsStringAsync());
        }

        using var device1 = await mallory.ApiAsync(HttpMethod.Delete, "/1/devices/" + device);
        using var device2 = await mallory.ApiAsync(HttpMethod.Delete, "/1/devices/0000000000000001");
        Assert.Equal((404, 404), ((int)device1.StatusCode, (int)device2.StatusCode));
        Assert.Equal(before, Picture(provider, alice));
        Assert.NotNull(provider.Store.FindUser(alice.Id));
    }

    [Fact]
    public async Task EveryRoute_WithoutAToken_WithAnothersToken_OrForRecoveryOnly_IsClosed()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var mallory = await Person.SealedAsync(provider, "mallory");
        var device = await FurnishAsync(alice);
        var before = Picture(provider, alice);
        var recovery = await provider.Store.CreateTokenAsync(alice.Id, default, SessionKind.Recovery);
        var own = alice.Token;

        foreach (var (method, path) in Requests(provider, "uuid", alice.Id.Value, device))
        {
            using var request = new HttpRequestMessage(method, path) { Content = Body(method) };
            using var anonymous = await provider.Soledad.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal(404, (int)anonymous.StatusCode);
            alice.Token = mallory.Token; // her name, another's token
            Assert.Equal(401, (await AskAsync(alice, method, path)).Status);
            alice.Token = recovery;
            var isRecord = path.EndsWith("/keyrecord", StringComparison.Ordinal);
            Assert.Equal(isRecord, (await AskAsync(alice, method, path)).Status != 401);
            alice.Token = own;
        }

        Assert.Equal(before, Picture(provider, alice));
    }

    [Fact]
    public async Task SharedDocuments_OfAnotherLeapAccount_AreNotThere()
    {
        await using var provider = await TestProvider.StartAsync();
        using var leo = await Person.LeapAsync(provider);
        using var mallory = await Person.LeapAsync(provider, "mallory");
        const string Path = "/shared/doc/0123456789abcdef";
        using var put = await leo.SoledadAsync(HttpMethod.Put, Path, Person.Content("{\"secret\": 1}", "application/json"));
        Assert.Equal(201, (int)put.StatusCode);

        using var read = await mallory.SoledadAsync(HttpMethod.Get, Path);
        using var own = await mallory.SoledadAsync(HttpMethod.Put, Path, Person.Content("{\"other\": 1}", "application/json"));
        using var deleted = await mallory.SoledadAsync(HttpMethod.Delete, Path + "?old_rev=" + Uri.EscapeDataString(JsonDocument.Parse(await own.Content.ReadAsStringAsync()).RootElement.GetProperty("rev").GetString()!));
        using var still = await leo.SoledadAsync(HttpMethod.Get, Path);

        Assert.Equal((404, 201, 200), ((int)read.StatusCode, (int)own.StatusCode, (int)deleted.StatusCode));
        Assert.Equal("{\"secret\": 1}", await still.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Token_AtSoledad_EndsAfterAnHourUnused_AndAfterADayInAnyCase()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var path = $"/user-{alice.Id.Value}/keyrecord";
        async Task<int> AskAfterAsync(TimeSpan time)
        {
            provider.Clock.Advance(time);
            return (await AskAsync(alice, HttpMethod.Get, path)).Status;
        }

        for (var i = 0; i < 24; i++)
        {
            Assert.Equal(404, await AskAfterAsync(TimeSpan.FromMinutes(59)));
        }

        Assert.Equal(401, await AskAfterAsync(TimeSpan.FromMinutes(59)));
        alice.Token = await provider.Store.CreateTokenAsync(alice.Id, default);
        Assert.Equal(404, await AskAfterAsync(TimeSpan.FromMinutes(60)));
        Assert.Equal(401, await AskAfterAsync(TimeSpan.FromMinutes(61)));
    }

    /// <summary>An account with something of everything; answers its device.</summary>
    private static async Task<string> FurnishAsync(Person person)
    {
        var store = person.Provider.Store;
        await new Replica(person).UploadAsync("d-1");
        await person.PutAsync("blob", [1, 2, 3]);
        await store.AddIncomingAsync(person.Id, "mail", [1], null, TimeSpan.Zero, default);
        var device = Bitmask.Primitives.DeviceId.New();
        await store.PutDeviceAsync(person.Id, device, [1, 2, 3], person.Token, default);
        return device.ToString();
    }

    /// <summary>Everything of an account that a request could change.</summary>
    private static string Picture(TestProvider provider, Person person)
    {
        var (store, user) = (provider.Store, provider.Store.FindUser(person.Id));
        return $"{user} {store.ReadHeads(person.Id)} {store.UsedOctets(person.Id)} {store.ListIncoming(person.Id, 0, 10).Count} {store.FindKeyRecord(person.Id)?.Rev}"
            + $" {string.Join(' ', store.ListBlobs(person.Id, "default", 0, false, 0, false, 10))} {store.ReadHorizon(person.Id)}";
    }

    /// <summary>Every route that names an account by <paramref name="parameter"/>, filled in, with each of its methods.</summary>
    private static IEnumerable<(HttpMethod Method, string Path)> Requests(TestProvider provider, string parameter, string account, string device)
        => from route in provider.Host.Routes
           where route.RoutePattern.GetParameter(parameter) is not null
           from method in route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
           let text = route.RoutePattern.RawText!.Replace($"{{{parameter}}}", account, StringComparison.Ordinal)
           select (new HttpMethod(method), text
               .Replace("{source}", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", StringComparison.Ordinal).Replace("{device}", device, StringComparison.Ordinal)
               .Replace("{name}", "blob", StringComparison.Ordinal).Replace("{id}", "mail", StringComparison.Ordinal));

    private static ByteArrayContent? Body(HttpMethod method)
        => method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Delete ? null : Person.Content("[]", "application/json");

    private static async Task<(int Status, string Body)> AskAsync(Person person, HttpMethod method, string path)
    {
        using var response = await person.SoledadAsync(method, path, Body(method));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
