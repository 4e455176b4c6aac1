using System.Text;
using Bitmask.OpenPgp;
using Bitmask.Provider.Setup;
using Bitmask.Provider.Store;
using Bitmask.Provider.Tests.Blobs;
using Bitmask.Provider.Tests.World;
using Bitmask.Sqlite;
using Bitmask.Testing;

namespace Bitmask.Provider.Tests.WebApi;

/// <summary>The end of an account: at once for everybody, for good after a week or now, and told to those who write to it (security.md B10).</summary>
public sealed class DeletionTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DeletedAccount_LeavesNoRowAndNoFile_ButTheHashOfItsAddress(bool now)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider, withKey: true);
        using var bob = await Person.SealedAsync(provider, "bob", withKey: true);
        await FurnishAsync(alice);
        await FurnishAsync(bob);

        using var deleted = await alice.ApiAsync(HttpMethod.Delete, $"/1/users/{alice.Id.Value}{(now ? "?now=true" : "")}");
        Assert.Equal(200, (int)deleted.StatusCode);
        Assert.Equal(401, (int)(await alice.SoledadAsync(HttpMethod.Get, $"/user-{alice.Id.Value}/documents")).StatusCode);
        if (!now)
        {
            Assert.True(await CountAsync(provider, alice) > 5);
            provider.Clock.Advance(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1));
            await provider.Store.PurgeDeletedAsync(default);
            Assert.True(await CountAsync(provider, alice) > 5);
            provider.Clock.Advance(TimeSpan.FromSeconds(1));
            await provider.RestartAsync(); // housekeeping begins at once
            await UntilAsync(() => !Directory.Exists(Path.Combine(provider.Host.Blobs.Root, alice.Id.Value)));
        }

        Assert.Equal(0, await CountAsync(provider, alice));
        Assert.True(await CountAsync(provider, bob) > 5);
        Assert.False(Directory.Exists(Path.Combine(provider.Host.Blobs.Root, alice.Id.Value)));
        Assert.True(Directory.Exists(Path.Combine(provider.Host.Blobs.Root, bob.Id.Value)));
        await Assert.ThrowsAnyAsync<Exception>(() => Person.SealedAsync(provider)); // the address is never given again
    }

    [Fact]
    public async Task Revocation_IsPublishedBeforeAndAfterDeletion_UntilTheDataAreGone()
    {
        Assert.SkipUnless(Gpg.IsThere || Environment.GetEnvironmentVariable("CI") is not null, "gpg is not installed");
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var gpg = new Gpg(provider.Clock.GetUtcNow());
        var fingerprint = gpg.MakeKey($"<{alice.Address}>", "future-default");
        Assert.Equal(204, await PublishAsync(alice, gpg.Export(fingerprint)));
        gpg.Import(Encoding.UTF8.GetBytes(gpg.ReadFile("openpgp-revocs.d", fingerprint + ".rev").Replace(":-----BEGIN", "-----BEGIN", StringComparison.Ordinal)));
        var revoked = gpg.Export(fingerprint);
        using var other = await Person.SealedAsync(provider, "other", withKey: true);
        Assert.Equal(422, await PublishAsync(other, revoked)); // not its key

        Assert.Equal(204, await PublishAsync(alice, revoked));
        Assert.True((await FindAsync(provider, alice))!.IsRevoked);
        Assert.Equal(450, (await Post.ToExchangerAsync(provider, "x@outside.test", [alice.Address], Post.Mail("x@outside.test", alice.Address)))[0].Code);
        using var deleted = await alice.ApiAsync(HttpMethod.Delete, $"/1/users/{alice.Id.Value}");
        using var otherDeleted = await other.ApiAsync(HttpMethod.Delete, $"/1/users/{other.Id.Value}");

        Assert.True((await FindAsync(provider, alice))!.IsRevoked);
        Assert.Null(await FindAsync(provider, other)); // a key that was not revoked is not offered for an account that is gone
        provider.Clock.Advance(TimeSpan.FromDays(8));
        await provider.Store.PurgeDeletedAsync(default);
        Assert.Null(await FindAsync(provider, alice));
    }

    [Fact]
    public async Task DeletedAccount_EndsItsFeedsAtOnce()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var feed = await alice.SoledadAsync(HttpMethod.Get, $"/user-{alice.Id.Value}/feed");
        using var reader = new StreamReader(await feed.Content.ReadAsStreamAsync());
        Assert.Equal("event: change", await reader.ReadLineAsync());

        using var deleted = await alice.ApiAsync(HttpMethod.Delete, $"/1/users/{alice.Id.Value}");

        Assert.DoesNotContain("event: change", await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromMinutes(1)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryTableWithAnAccount_IsEmptiedByAPurge()
    {
        await using var provider = await TestProvider.StartAsync();
        await provider.StopAsync();
        using (var database = Database.OpenPlain(new DataFolder(provider.DataPath).Database, new DatabaseOptions()))
        {
            var tables = database.Read(TablesOfAccounts);
            Assert.Equal(tables.Except(["retired"]).Order(StringComparer.Ordinal), ProviderStore.AccountTables.Order(StringComparer.Ordinal));
        }

        await provider.StartHostAsync();
    }

    private static List<string> TablesOfAccounts(ReadTransaction transaction)
        => transaction.Query("SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'account' WHERE m.type = 'table'", static row => row.GetText(0));

    private static async Task FurnishAsync(Person person)
    {
        var replica = new Replica(person);
        await replica.UploadAsync("d-1");
        await replica.DownloadAsync();
        await person.PutAsync("whole", [1, 2, 3]);
        await person.PutAsync("deleted", [1, 2, 3]);
        await person.TextAsync(HttpMethod.Delete, "deleted");
        await person.PutAsync("part", [1, 2, 3], "bytes 0-2/9");
        await person.RequestCertificateAsync();
        Assert.Equal(250, (await Post.ToExchangerAsync(person.Provider, "x@outside.test", [person.Address], Post.Mail("x@outside.test", person.Address)))[0].Code);
        await Post.SubmitAsync(person, "y@outside.test", Post.Mail(person.Address, "y@outside.test"));
        await person.Provider.Store.PutKeyRecordAsync(person.Id, null, [1], default);
        await person.Provider.Store.PutDeviceAsync(person.Id, Bitmask.Primitives.DeviceId.New(), [1], person.Token, default);
    }

    private static async Task<long> CountAsync(TestProvider provider, Person person)
    {
        await provider.StopAsync();
        long rows;
        using (var database = Database.OpenPlain(new DataFolder(provider.DataPath).Database, new DatabaseOptions()))
        {
            rows = database.Read(t => TablesOfAccounts(t).Where(static table => table != "retired")
                .Sum(table => t.ScalarInt64($"SELECT count(*) FROM {table} WHERE account = ?1", person.Id.Value) ?? 0)
                + (t.ScalarInt64("SELECT count(*) FROM user WHERE id = ?1", person.Id.Value) ?? 0));
            Assert.True(database.Read(t => t.ScalarInt64("SELECT count(*) FROM retired")) > 0);
        }

        await provider.StartHostAsync();
        return rows;
    }

    private static async Task<int> PublishAsync(Person person, byte[] key)
    {
        var armor = OpenPgpCertificate.Parse(key).ToArmor();
        using var response = await person.ApiAsync(HttpMethod.Put, $"/1/users/{person.Id.Value}", new FormUrlEncodedContent([KeyValuePair.Create("user[public_key]", armor)]));
        return (int)response.StatusCode;
    }

    private static async Task<OpenPgpCertificate?> FindAsync(TestProvider provider, Person person)
    {
        using var response = await provider.Nicknym.GetAsync("/key/" + person.Login);
        return response.IsSuccessStatusCode ? OpenPgpCertificate.Parse(await response.Content.ReadAsStringAsync()) : null;
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!holds())
        {
            await Task.Delay(20, patience.Token);
        }
    }
}
