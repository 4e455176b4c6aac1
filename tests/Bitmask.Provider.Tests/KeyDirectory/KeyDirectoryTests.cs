using System.Net;
using Bitmask.Protocol.KeyDirectory;
using Bitmask.Provider.Tests.World;

namespace Bitmask.Provider.Tests.KeyDirectory;

/// <summary>Keys of our own users, and of another domain's through its provider.</summary>
public sealed class KeyDirectoryTests
{
    [Fact]
    public async Task OwnUser_IsFoundByAddressInAnyForm_OthersAreNot()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider, "alice", withKey: true);
        using var keyless = await Person.SealedAsync(provider, "keyless");

        foreach (var address in (string[])["alice@red.test", "Alice@RED.test", "alice%2Blists@red.test"])
        {
            var (status, reply) = await AskAsync(provider, address);
            Assert.Equal((200, Uri.UnescapeDataString(address), "provider"), (status, reply!.Address, reply.Source));
            Assert.Contains("BEGIN PGP PUBLIC KEY BLOCK", reply.OpenPgp, StringComparison.Ordinal);
        }

        Assert.Equal((404, 404, 400), ((await AskAsync(provider, "nobody@red.test")).Status, (await AskAsync(provider, "keyless@red.test")).Status, (await AskAsync(provider, "not-an-address")).Status));
    }

    [Fact]
    public async Task OtherDomainsUser_IsAskedThere()
    {
        await using var world = await TwoDomains.StartAsync();
        using var bob = await Person.SealedAsync(world.Blue, "bob", withKey: true);

        var (status, reply) = await AskAsync(world.Red, bob.Address);

        Assert.Equal((200, "nicknym"), (status, reply!.Source));
        Assert.Contains("BEGIN PGP PUBLIC KEY BLOCK", reply.OpenPgp, StringComparison.Ordinal);
        Assert.Equal(404, (await AskAsync(world.Red, "nobody@blue.test")).Status);
    }

    [Fact]
    public async Task FailedLookUp_IsNeverAbsence()
    {
        await using var world = await TwoDomains.StartAsync();
        using var bob = await Person.SealedAsync(world.Blue, "bob", withKey: true);
        world.Dns.Zone.Failing.Add("flaky.test");
        world.Dns.Zone.Addresses["other.test"] = "127.0.0.1"; // answers, but its certificate is blue's

        Assert.Equal(502, (await AskAsync(world.Red, "x@flaky.test")).Status);
        Assert.Equal(502, (await AskAsync(world.Red, "x@other.test")).Status);
        Assert.Equal(404, (await AskAsync(world.Red, "x@does-not-exist.test")).Status);
        Assert.Equal(200, (await AskAsync(world.Red, bob.Address)).Status);
        await world.Blue.StopAsync();
        Assert.Equal(502, (await AskAsync(world.Red, bob.Address)).Status);
        await world.Blue.StartHostAsync();
        Assert.Equal(200, (await AskAsync(world.Red, bob.Address)).Status);
    }

    private static async Task<(int Status, NicknymReply? Reply)> AskAsync(TestProvider provider, string address)
    {
        using var response = await provider.Nicknym.GetAsync($"/?address={address}");
        NicknymReply? reply = null;
        Assert.True(response.StatusCode != HttpStatusCode.OK || NicknymReply.TryParse(await response.Content.ReadAsByteArrayAsync(), out reply));
        return ((int)response.StatusCode, reply);
    }
}
