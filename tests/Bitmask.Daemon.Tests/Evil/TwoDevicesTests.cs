using Bitmask.Daemon.Tests.World;
using Bitmask.Protocol.Soledad;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Tests.Evil;

/// <summary>What only shows between two devices: a provider that tells them different stories (security.md B1), and a device that is there twice (B5).</summary>
[Collection(TownTests.Name)]
[Trait(TownTests.Kind, TownTests.WholeSystem)]
public sealed class TwoDevicesTests(Town town) : IAsyncLifetime
{
    private string _address = null!;

    public ValueTask InitializeAsync()
    {
        town.Proxy.Reset();
        town.Proxy.CertificateFor = town.CertificateFor;
        _address = town.NewAddress();
        return default;
    }

    public ValueTask DisposeAsync()
    {
        town.Proxy.Reset();
        return default;
    }

    [Fact]
    public async Task Snapshot_OldForOneOfTwoDevices_IsProviderInconsistentAfterADay()
    {
        var (laptopsClock, phonesClock) = (new ShiftedClock(), new ShiftedClock());
        await using var laptop = await Device.StartAsync(town.Settings, clock: laptopsClock);
        await laptop.CreateAsync(_address);
        await town.DeliverAsync(_address, "one");
        await laptop.InboxAsync(_address, 1);
        await using var phone = await Device.StartAsync(town.Settings, clock: phonesClock);
        await phone.GoOnlineAsync(_address);
        await phone.InboxAsync(_address, 1);
        var before = await Vault.TruthAsync(phone, _address);
        HashSet<string> known;
        string laptopsHead, phonesReplica;
        IReadOnlyList<(string Name, byte[] Octets)> secrets;
        using (var vault = Vault.Open(phone, _address))
        {
            var ids = vault.Store.Read(static reader => reader.Sql.Query("SELECT doc_id FROM document", static row => row.GetText(0)));
            known = [.. ids.Select(vault.WireId)];
            laptopsHead = vault.WireId(ids.Single(id => id.StartsWith("device-head-", StringComparison.Ordinal) && !id.EndsWith(vault.Store.DeviceId.ToString(), StringComparison.Ordinal)));
            phonesReplica = vault.Store.ReplicaUid;
            secrets = vault.Secrets();
        }

        // The laptop gets another mail, and says so in its head; the phone is shown that head and nothing that is new.
        laptopsClock.Shift(TimeSpan.FromHours(1));
        await HeadAsync(async () =>
        {
            await town.DeliverAsync(_address, "two");
            await laptop.InboxAsync(_address, 2);
        });
        await laptop.LogoutAsync(_address);
        town.Proxy.Rewrite("POST", $"/user-{town.UserOf(_address).Id.Value}/sync-from/{phonesReplica}", (request, answer) => request.Headers.Contains(SyncMediaTypes.Get, StringComparison.Ordinal)
            ? Streams.Change(answer, entries => entries.Where(entry => known.Contains(entry.Id)))
            : answer);
        await phone.GoOnlineAsync(_address);
        Assert.Empty(await phone.EventsAsync(_address)); // it may be on its way

        // A day later both are there again, and each notes that it is.
        phonesClock.Shift(TimeSpan.FromHours(25));
        laptopsClock.Shift(TimeSpan.FromHours(25));
        await phone.LogoutAsync(_address);
        await phone.GoOnlineAsync(_address);
        await HeadAsync(() => laptop.GoOnlineAsync(_address));
        await Device.UntilAsync(
            async () =>
            {
                await phone.LogoutAsync(_address);
                await phone.GoOnlineAsync(_address);
                return (await phone.EventsAsync(_address)).Contains(SoledadCodes.ProviderInconsistent);
            },
            SoledadCodes.ProviderInconsistent);

        Assert.DoesNotContain(SoledadCodes.DeviceRejoined, await phone.EventsAsync(_address));
        Assert.Equal(before, await Vault.TruthAsync(phone, _address), TruthComparer.AnotherDay);
        Leaks.AssertNoSecrets(town.Proxy.Requests, secrets);

        async Task HeadAsync(Func<Task> act)
        {
            town.Proxy.Forget();
            await act();
            await Device.UntilAsync(
                () => Task.FromResult(town.Proxy.Requests.Any(request => request.Headers.Contains(SyncMediaTypes.Put, StringComparison.Ordinal) && request.Text.Contains(laptopsHead, StringComparison.Ordinal))),
                "the laptop's head");
        }
    }

    /// <summary>Both wrote before either spoke to the provider: the same revision of the same document, with two contents.</summary>
    [Fact]
    public async Task Home_CopiedAndBothRun_OneTakesANewNameAndNothingIsLost()
    {
        await using var original = await Device.StartAsync(town.Settings);
        await original.CreateAsync(_address);
        await town.DeliverAsync(_address, "one");
        await original.InboxAsync(_address, 1);
        await original.LogoutAsync(_address);
        await original.StopAsync();
        await using var copy = await Device.StartAsync(town.Settings, home: original.Home);
        await original.StartAsync();
        await WriteAsync(original, "original");
        await WriteAsync(copy, "copy");

        await original.GoOnlineAsync(_address);
        await copy.AuthAsync(_address);
        await copy.EventAsync(_address, SoledadCodes.DeviceRejoined);
        await town.DeliverAsync(_address, "two");
        await original.InboxAsync(_address, 2);
        await copy.InboxAsync(_address, 2);
        Assert.DoesNotContain(SoledadCodes.DeviceRejoined, await original.EventsAsync(_address));
        await Device.UntilAsync(
            async () =>
            {
                await original.GoOnlineAsync(_address);
                await copy.GoOnlineAsync(_address);
                return (await Vault.TruthAsync(original, _address)).Documents.SequenceEqual((await Vault.TruthAsync(copy, _address)).Documents);
            },
            "the same on both");

        using var one = Vault.Open(original, _address);
        using var other = Vault.Open(copy, _address);
        Assert.NotEqual(one.Store.DeviceId, other.Store.DeviceId);
        Assert.Equal(["{\"from\":\"copy\"}", "{\"from\":\"original\"}"], Versions(one).Concat(Versions(other)).Distinct().Order(StringComparer.Ordinal));
        foreach (var (vault, id) in ((Vault, string)[])[(one, "only-copy"), (other, "only-original")])
        {
            Assert.NotNull(vault.Store.Read(reader => reader.Get(id)));
        }
    }

    private async Task WriteAsync(Device device, string name)
    {
        using var vault = Vault.Open(device, _address);
        await vault.Store.WriteAsync(tx => tx.Create("clash", $$"""{"from":"{{name}}"}"""));
        await vault.Store.WriteAsync(tx => tx.Create("only-" + name, "{}"));
    }

    /// <summary>The current version of what both wrote, and those that are kept beside it.</summary>
    private static List<string> Versions(Vault vault) => vault.Store.Read(static reader => reader.Sql.Query(
        "SELECT json FROM document WHERE doc_id = 'clash' UNION ALL SELECT json FROM conflict_archive WHERE doc_id = 'clash'", static row => row.GetText(0)));
}
