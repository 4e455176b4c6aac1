using System.Text.Json;
using Bitmask.Provider.Setup;
using Bitmask.Provider.Tests.Blobs;
using Bitmask.Provider.Tests.World;
using Bitmask.Smtp;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Tests.SoledadServer;

/// <summary>One room for documents, mail and blobs of an account: what a full one still takes, and that nothing is lost by its being full.</summary>
public sealed class QuotaTests
{
    private const string Outside = "someone@outside.test";
    private const int Quota = 1_000_000;

    [Fact]
    public async Task Upload_OfAFullAccount_IsRefusedWhole_ButItCanDeleteAndGoOn()
    {
        await using var provider = await StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var replica = new Replica(alice);
        Assert.Equal(200, (await replica.UploadAsync(("large", $"{replica.Uid}:1", Replica.SealedOf(700_000)))).Status);
        var used = provider.Store.UsedOctets(alice.Id);
        var (small, large) = (("d-1", $"{replica.Uid}:1", (string?)Replica.Sealed), ("d-2", $"{replica.Uid}:1", (string?)Replica.SealedOf(700_000)));

        var uploading = new Replica(alice);
        var (status, body) = await uploading.UploadAsync(small, large);
        Assert.Equal((403, "user quota exceeded"), (status, JsonDocument.Parse(body).RootElement.GetProperty("error").GetString()));
        Assert.Equal((1, used), (provider.Store.ReadHeads(alice.Id).Generation, provider.Store.UsedOctets(alice.Id)));

        // Blobs take the rest of the quota; documents may then still use the twentieth that is theirs alone.
        Assert.Equal(200, await alice.PutAsync("a", new byte[290_000]));
        Assert.Equal(507, await alice.PutAsync("b", new byte[20_000]));
        Assert.Equal(200, (await replica.UploadAsync(("flags", $"{replica.Uid}:1", Replica.SealedOf(50_000)))).Status);
        Assert.Equal(403, (await new Replica(alice).UploadAsync(("more", "x:1", Replica.SealedOf(50_000)))).Status);

        // A deletion, and whatever else does not grow, is always taken; then there is room again.
        Assert.Equal(200, (await replica.UploadAsync(("large", $"{replica.Uid}:2", Replica.SealedOf(512)))).Status);
        Assert.Equal(200, (await new Replica(alice).UploadAsync(("more", "x:1", Replica.SealedOf(50_000)))).Status);
        Assert.Equal(200, await alice.PutAsync("b", new byte[20_000]));
        await AssertCountedAsync(provider);
    }

    [Fact]
    public async Task SyncInformation_OfASealedAccount_TellsItsRoom()
    {
        await using var provider = await StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var replica = new Replica(alice);
        await replica.UploadAsync(("d-1", $"{replica.Uid}:1", Replica.SealedOf(5_000)));
        Assert.Equal(200, await alice.PutAsync("a", new byte[20_000]));

        using var answer = await alice.SoledadAsync(HttpMethod.Get, replica.Path);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());

        Assert.Equal((Quota, provider.Store.UsedOctets(alice.Id)), (json.RootElement.GetProperty("quota_octets").GetInt64(), json.RootElement.GetProperty("used_octets").GetInt64()));
        Assert.InRange(json.RootElement.GetProperty("used_octets").GetInt64(), 25_000, 26_000);
    }

    [Fact]
    public async Task SyncInformation_OfALeapAccount_IsAsLeapHasIt()
    {
        await using var provider = await StartAsync();
        using var leo = await Person.LeapAsync(provider);
        var replica = new Replica(leo);
        await replica.UploadAsync(("d-1", $"{replica.Uid}:1", Replica.Sealed));

        using var answer = await leo.SoledadAsync(HttpMethod.Get, replica.Path);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());

        Assert.Equal(
            ["source_replica_generation", "source_replica_uid", "source_transaction_id", "target_replica_generation", "target_replica_transaction_id", "target_replica_uid"],
            json.RootElement.EnumerateObject().Select(static member => member.Name).Order());
    }

    [Fact]
    public async Task Upload_FarLongerThanTheRoom_IsRefusedBeforeItsEnd()
    {
        await using var provider = await StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var replica = new Replica(alice);

        var (status, _) = await replica.UploadAsync([.. Enumerable.Range(1, 4).Select(i => ($"d-{i}", "x:1", (string?)Replica.SealedOf(6_000_000)))]);

        Assert.Equal(403, status);
        Assert.Equal(0, provider.Store.UsedOctets(alice.Id));
        await provider.StopAsync();
        using (var database = Database.OpenPlain(new DataFolder(provider.DataPath).Database, new DatabaseOptions()))
        {
            Assert.Equal(0, database.Read(t => t.ScalarInt64("SELECT count(*) FROM sync_staged")));
        }

        await provider.StartHostAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Mail_ForAFullMailbox_StaysWithItsSender_AndComesOnceThereIsRoom(bool isSealed)
    {
        await using var provider = await StartAsync();
        using var bob = isSealed ? await Person.SealedAsync(provider, "bob", withKey: true) : await Person.LeapAsync(provider, "bob", withKey: true);
        using var carol = await Person.SealedAsync(provider, "carol", withKey: true);
        using var alice = await Person.SealedAsync(provider, withKey: true);
        await alice.RequestCertificateAsync();
        Assert.Equal(200, await bob.PutAsync("a", new byte[Quota - 10_000]));
        var large = Post.Mail(Outside, bob.Address, id: "<large@outside.test>", body: new string('x', 50_000) + "\r\n");
        var internalMail = Post.Mail(alice.Address, bob.Address, id: "<internal@red.test>", body: new string('x', 50_000) + "\r\n");

        // There is room left, but not for this one; the other recipient has it, and will not get it twice.
        AssertFull(await Post.ToExchangerAsync(provider, Outside, [carol.Address, bob.Address], large));
        AssertFull(await Post.SubmitAsync(alice, bob.Address, internalMail, "outbox-1"));
        await FillAsync(provider, bob);
        AssertFull(await Post.ToExchangerAsync(provider, Outside, [bob.Address], large)); // told at RCPT
        AssertFull(await Post.SubmitAsync(alice, bob.Address, internalMail, "outbox-1"));
        var before = Mails(provider, bob);

        await provider.Store.ForgetBlobAsync(new(bob.Id, "default", "a"), default);
        Assert.Equal(250, (await Post.ToExchangerAsync(provider, Outside, [carol.Address, bob.Address], large))[^1].Code);
        Assert.Equal(250, (await Post.SubmitAsync(alice, bob.Address, internalMail, "outbox-1"))[0].Code);
        Assert.Equal(before + 2, Mails(provider, bob));
        Assert.Equal(1, Mails(provider, carol));
        await AssertCountedAsync(provider);
    }

    private static Task<TestProvider> StartAsync() => TestProvider.StartAsync(change: static settings => settings with { MaxMessageBytes = 65_536, QuotaOctets = Quota });

    private static void AssertFull(IReadOnlyList<SmtpReply> replies) => Assert.Equal((452, "4.2.2"), (replies[^1].Code, replies[^1].EnhancedCode));

    private static long Mails(TestProvider provider, Person person)
        => provider.Store.FindUser(person.Id)!.Mode == Bitmask.Provider.Store.AccountMode.Leap
            ? provider.Store.ReadHeads(person.Id).Generation
            : provider.Store.ListIncoming(person.Id, 0, 100).Count;

    private static async Task FillAsync(TestProvider provider, Person person)
    {
        var left = Quota - provider.Store.UsedOctets(person.Id);
        Assert.Equal(200, await person.PutAsync("filler", new byte[left]));
    }

    /// <summary>What is kept beside every change is what one finds by counting.</summary>
    private static async Task AssertCountedAsync(TestProvider provider)
    {
        await provider.StopAsync();
        using (var database = Database.OpenPlain(new DataFolder(provider.DataPath).Database, new DatabaseOptions()))
        {
            foreach (var (kept, counted) in database.Read(t => t.Query(
                """
                SELECT documents + incoming + blobs,
                    (SELECT ifnull(sum(length(ifnull(content, '')) + length(rev) + length(doc_id)), 0) FROM document d WHERE d.account = u.account)
                    + (SELECT ifnull(sum(length(body)), 0) FROM incoming i WHERE i.account = u.account)
                    + (SELECT ifnull(sum(size), 0) FROM blob b WHERE b.account = u.account) FROM usage u
                """,
                static row => (row.GetInt64(0), row.GetInt64(1)))))
            {
                Assert.Equal(counted, kept);
            }
        }

        await provider.StartHostAsync();
    }
}
