using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Bitmask.Bonafide;
using Bitmask.Daemon.Tests.World;
using Bitmask.Primitives;
using Bitmask.Protocol.Keys;
using Bitmask.Protocol.Soledad;
using Bitmask.Protocol.Soledad.Leap;
using Bitmask.Soledad;
using Bitmask.Testing.Tls;

namespace Bitmask.Daemon.Tests.Evil;

/// <summary>
/// Mallory turns evil after a device was set up and holds a mail. Each lie ends in a named event, and the account's files, documents and
/// INBOX stay as they were.
/// </summary>
[Collection(TownTests.Name)]
[Trait(TownTests.Kind, TownTests.WholeSystem)]
public sealed class SetUpDeviceTests(Town town) : IAsyncLifetime
{
    private Device _device = null!;
    private string _address = null!;
    private UserId _user;
    private Truth _before = null!;
    private IReadOnlyList<(string Name, byte[] Octets)> _secrets = [];

    public async ValueTask InitializeAsync()
    {
        town.Proxy.Reset();
        town.Proxy.CertificateFor = town.CertificateFor;
        _device = await Device.StartAsync(town.Settings);
        _address = town.NewAddress();
        await _device.CreateAsync(_address);
        _user = town.UserOf(_address).Id;
        await town.DeliverAsync(_address, "one");
        await _device.InboxAsync(_address, 1);
        _before = await Vault.TruthAsync(_device, _address);
        using var vault = Vault.Open(_device, _address);
        _secrets = vault.Secrets();
        Leaks.AssertNoSecrets(town.Proxy.Requests, _secrets);
        town.Proxy.Forget();
    }

    public ValueTask DisposeAsync() => _device.DisposeAsync();

    /// <summary>A re-join gives the device another id (security.md B5): the provider must know that one, or the next session asks for the passphrase.</summary>
    [Fact]
    public async Task Rejoin_DeviceIsRegisteredUnderItsNewId()
    {
        await _device.GoOnlineAsync(_address);
        var old = await OwnIdAsync();
        town.Proxy.Rewrite("GET", $"/user-{_user.Value}/sync-from/", (request, answer) =>
        {
            var info = JsonNode.Parse(answer.Body)!.AsObject();
            info["source_replica_generation"] = 4711;
            info["source_transaction_id"] = "T-" + new string('0', 32);
            return answer.With(info.ToJsonString());
        });
        await town.DeliverAsync(_address, "two");
        await _device.EventAsync(_address, SoledadCodes.DeviceRejoined);
        town.Proxy.Reset();

        await Device.UntilAsync(
            async () => await OwnIdAsync() is { } id && id != old && town.Store.FindDeviceKey(_user, DeviceId.Parse(id)) is { IsRevoked: false }, "the new id at the provider");
        await _device.InboxAsync(_address, 2);

        async Task<string?> OwnIdAsync() => (await _device.Client.DevicesAsync(_address)).SingleOrDefault(device => device.IsOwn)?.Id;
    }

    [Fact]
    public async Task Provider_Honest_ChangesNothing()
    {
        await _device.GoOnlineAsync(_address);
        Assert.Empty(await _device.EventsAsync(_address));
        await UnchangedAsync();
    }

    [Fact]
    public async Task Capabilities_Dropped_AreToldAndNobodyLogsIn()
    {
        town.Proxy.Rewrite("GET", "/provider.json", (_, answer) =>
        {
            var info = JsonNode.Parse(answer.Body)!.AsObject();
            info.Remove("bitmask");
            return answer.With(info.ToJsonString());
        });

        await ToldAsync(BonafideErrors.ProviderDowngrade, online: false);
        Leaks.AssertNothingButQuestions(town.Proxy.Requests);
    }

    [Fact]
    public async Task Ca_AnotherNamed_IsToldAndTheOldOneStaysPinned()
    {
        town.Proxy.Rewrite("GET", "/provider.json", (_, answer) =>
        {
            var info = JsonNode.Parse(answer.Body)!.AsObject();
            info["ca_cert_fingerprint"] = "SHA256: " + new string('0', 64);
            return answer.With(info.ToJsonString());
        });

        await ToldAsync(BonafideErrors.CaChanged, online: true);

        town.Proxy.Reset();
        await _device.GoOnlineAsync(_address);
        Assert.Empty(await _device.EventsAsync(_address));
    }

    [Theory]
    [InlineData("api")]
    [InlineData("soledad")]
    public async Task Ca_Swapped_NothingIsSentThere(string host)
    {
        using var mallory = TestAuthority.Create("red.test Root CA");
        using var server = mallory.IssueServer($"{host}.{Town.Domain}");
        await _device.RestartAsync(); // no connection is left over from honest times
        town.Proxy.CertificateFor = name => name == $"{host}.{Town.Domain}" ? server : town.CertificateFor(name);

        await ToldAsync(BonafideErrors.Untrusted, online: false);
        Assert.DoesNotContain(town.Proxy.Requests, request => request.Host == $"{host}.{Town.Domain}");
    }

    [Fact]
    public async Task KeyRecord_Gone_IsToldAndNotMadeAgain()
    {
        town.Proxy.Answer("GET", $"/user-{_user.Value}/keyrecord", ProxiedAnswer.Json(404, """{"error":"document does not exist"}"""));

        await ToldAsync(SoledadCodes.KeysMissing, online: true);
        Leaks.AssertNothingUploaded(town.Proxy.Requests.Where(request => !request.Path.StartsWith("/1/users/", StringComparison.Ordinal)).ToList());
    }

    [Fact]
    public async Task KeyRecord_NewerByAnotherDevice_IsTakenOver_AndAnOlderOneRefused()
    {
        var old = town.Store.FindKeyRecord(_user)!.Body;
        var serial = KeyRecord.Parse(old).Serial;
        await town.ReplaceRecordAsync(_address, NextRecord().ToBytes());

        await _device.GoOnlineAsync(_address);
        Assert.Empty(await _device.EventsAsync(_address));
        await _device.LogoutAsync(_address);
        using (var vault = Vault.Open(_device, _address))
        {
            Assert.Equal((serial + 1, 2U), (vault.Keyset.Serial, vault.Keyset.NewestEpoch.Number));
            _before = vault.Truth();
        }

        await town.ReplaceRecordAsync(_address, old);
        await ToldAsync(SoledadCodes.KeyRecordRollback, online: true);
    }

    [Fact]
    public async Task KeyRecord_NewEpochTakenOver_IsWrittenWithAtOnce()
    {
        await town.ReplaceRecordAsync(_address, NextRecord().ToBytes());
        await _device.GoOnlineAsync(_address);
        town.Proxy.Forget();
        await town.DeliverAsync(_address, "two");
        await _device.InboxAsync(_address, 2);

        // The header of a sealed document is 13 37 01 04, the epoch in four octets, the nonce: in base64url the eleventh character tells the epoch.
        var sent = town.Proxy.Requests.Where(request => request.Headers.Contains(SyncMediaTypes.Put, StringComparison.Ordinal)).Select(request => request.Text).ToList();
        Assert.Contains(sent, text => Regex.IsMatch(text, "EzcBBAAAAA[I-L]"));
        Assert.DoesNotContain(sent, text => Regex.IsMatch(text, "EzcBBAAAAA[E-H]"));
    }

    [Fact]
    public async Task KeyRecord_MadeByTheProvider_IsToldAndNotTakenOver()
    {
        using var master = MasterKey.Derive("mallory's own", KdfProfile.NewSalt(), KdfProfile.A1);
        using var root = SecretBytes.Random(KeysetRecord.RootOctets);
        using var first = Keyset.Create(new string('0', 64), TimeProvider.System.GetUtcNow());
        using var second = first.WithNewEpoch(TimeProvider.System.GetUtcNow());
        using var third = second.WithNewEpoch(TimeProvider.System.GetUtcNow());
        await town.ReplaceRecordAsync(_address, KeysetRecord.Seal(third, root, _user, [KeysetRecord.SealRoot(root, master, _user)]).ToBytes());

        await ToldAsync(SoledadCodes.KeyRecordDamaged, online: true);
    }

    [Fact]
    public async Task KeyRecord_SlotSwappedUnderTheSameSerial_IsTold()
    {
        var honest = KeyRecord.Parse(town.Store.FindKeyRecord(_user)!.Body);
        await town.ReplaceRecordAsync(_address, (honest with { Slots = [honest.Slots[0] with { Ciphertext = honest.Slots[0].Nonce }] }).ToBytes());

        await ToldAsync(SoledadCodes.KeyRecordDamaged, online: true);
    }

    [Theory]
    [InlineData("{\"type\":\"flags\",\"v\":1,\"mbox\":{\"v\":\"B-0\",\"c\":99,\"d\":\"ffffffffffffffff\"}}")]
    [InlineData(null)]
    public async Task Document_PlainOrBareTombstoneForAMail_IsPutAside(string? content)
    {
        string wireId;
        using (var vault = Vault.Open(_device, _address))
        {
            var entry = vault.Ids("flags")[0];
            wireId = vault.WireId(entry);
            await town.PlantAsync(_address, wireId, "evil:9|" + vault.RevOf(entry), content);
        }

        await ToldAsync(SoledadCodes.DocumentRefused, online: true);

        Assert.Single(_before.Inbox);
        using (var vault = Vault.Open(_device, _address))
        {
            Assert.Equal(wireId, Assert.Single(vault.Quarantined()).WireId);
        }

        // The cursor went on: the next sync has nothing to tell, and mail still flows.
        await _device.GoOnlineAsync(_address);
        Assert.Empty(await _device.EventsAsync(_address));
        await town.DeliverAsync(_address, "two");
        await _device.InboxAsync(_address, 2);
    }

    [Fact]
    public async Task Document_SwappedWithAnother_IsPutAside()
    {
        using (var vault = Vault.Open(_device, _address))
        {
            var entry = vault.Ids("flags")[0];
            var stolen = new SealedCodec(vault.Keyset, vault.User, vault.Store.DeviceId).Encode(new Document("another", "evil:9", "{\"type\":\"flags\"}"), 1);
            await town.PlantAsync(_address, vault.WireId(entry), "evil:9|" + vault.RevOf(entry), stolen.Content);
        }

        await ToldAsync(SoledadCodes.DocumentRefused, online: true);
    }

    [Theory]
    [InlineData("target_replica_generation", "9223372036854775807")]
    [InlineData("target_replica_generation", "1099511627776")]
    [InlineData("target_replica_generation", "0")]
    [InlineData("target_replica_transaction_id", "\"T-mallory\"")]
    [InlineData("source_transaction_id", "\"T-mallory\"")]
    [InlineData("source_replica_generation", "4711")]
    public async Task SyncInformation_Impossible_IsProviderInconsistent(string member, string value)
    {
        town.Proxy.Rewrite("GET", $"/user-{_user.Value}/sync-from/", (_, answer) =>
        {
            var info = JsonNode.Parse(answer.Body)!.AsObject();
            info[member] = JsonNode.Parse(value);
            return answer.With(info.ToJsonString());
        });

        await ToldAsync(SoledadCodes.ProviderInconsistent, online: null, TruthComparer.Rejoined);

        // The lie left nothing behind that would keep an honest provider out.
        town.Proxy.Reset();
        await _device.GoOnlineAsync(_address);
        Assert.Empty(await _device.EventsAsync(_address));
        await town.DeliverAsync(_address, "two");
        await _device.InboxAsync(_address, 2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task IncomingItem_Replayed_IsNoSecondMail(bool underAnotherId)
    {
        (string Id, byte[] Octets)? seen = null;
        town.Proxy.Rewrite("GET", $"/incoming/{_user.Value}/", (request, answer) =>
        {
            var id = request.Path[(request.Path.LastIndexOf('/') + 1)..];
            seen = id.Length > 0 ? (id, answer.Body) : seen;
            return answer;
        });
        await _device.GoOnlineAsync(_address);
        await town.DeliverAsync(_address, "two");
        await _device.InboxAsync(_address, 2);
        await Device.UntilAsync(() => Task.FromResult(town.Store.ListIncoming(_user, 0, 1).Count == 0), "the item is removed");

        var (id, octets) = seen!.Value;
        var newId = underAnotherId ? Guid.NewGuid().ToString("n") : id;
        var again = underAnotherId ? IncomingBlob.Build(newId, TimeProvider.System.GetUtcNow(), IncomingBlob.Parse(octets).Message.Span) : octets;
        await town.Store.AddIncomingAsync(_user, newId, again, null, TimeSpan.Zero, CancellationToken.None);
        await Device.UntilAsync(() => Task.FromResult(town.Store.ListIncoming(_user, 0, 1).Count == 0), "the repeated item is removed");

        await _device.InboxAsync(_address, 2);
        await _device.EventAsync(_address, SoledadCodes.IncomingRepeated);
        Assert.Equal(2, (await Vault.TruthAsync(_device, _address)).Inbox.Count);
        Leaks.AssertNoSecrets(town.Proxy.Requests, _secrets);
    }

    [Fact]
    public async Task IncomingItem_ThatIsNoMail_HoldsUpNobody()
    {
        await _device.GoOnlineAsync(_address);
        await town.Store.AddIncomingAsync(_user, "garbage", "no blob at all"u8.ToArray(), null, TimeSpan.Zero, CancellationToken.None);
        await town.DeliverAsync(_address, "two");

        await Device.UntilAsync(async () => (await _device.Client.MailStatusAsync(_address)).Messages == 2, "the honest mail");
        Assert.Contains((await _device.Client.MailStatusAsync(_address)).Incoming, item => item.Id == "garbage" && item.Reason is not null);
    }

    [Fact]
    public async Task Answers_ThatMakeNoSense_AreNamedAndEndNoJob()
    {
        (string Path, string Body)[] nonsense =
        [
            ("/provider.json", "<html>"), ("/provider.json", "null"),
            ("/1/configs.json", ""), ("/1/configs.json", """{"services":null}"""), ("/1/configs.json", """{"services":{"soledad":null,"smtp":"http://evil"}}"""),
            ("/1/configs/soledad-service.json", """{"hosts":{"a":null}}"""), ("/1/configs/soledad-service.json", """{"hosts":{"a":{"hostname":"a b/../?","port":2323}}}"""),
            ("/1/configs/soledad-service.json", """{"hosts":{"a":{"hostname":"[","port":2323}}}"""), ("/1/configs/smtp-service.json", """{"hosts":{"a":{"hostname":"x y","port":25}}}"""),
        ];
        foreach (var (path, body) in nonsense)
        {
            town.Proxy.Reset();
            town.Proxy.Answer("GET", path, ProxiedAnswer.Json(200, body));
            Assert.False((await _device.AuthAsync(_address)).Online, body);
            await _device.EventAsync(_address, BonafideErrors.BadAnswer);
            Assert.DoesNotContain("job-ended", await _device.EventsAsync(_address));
            await _device.LogoutAsync(_address);
        }

        town.Proxy.Reset();
        await _device.GoOnlineAsync(_address);
        await UnchangedAsync();
    }

    /// <summary>The key record that another device of the account would make when it begins a new epoch.</summary>
    private KeyRecord NextRecord()
    {
        using var vault = Vault.Open(_device, _address);
        using var next = vault.Keyset.WithNewEpoch(TimeProvider.System.GetUtcNow());
        return KeysetRecord.Seal(next, vault.Root, _user, KeyRecord.Parse(town.Store.FindKeyRecord(_user)!.Body).Slots);
    }

    /// <summary>Unlocks while the lie stands: it works, the event is there, and the truth is what it was.</summary>
    private async Task ToldAsync(string name, bool? online, TruthComparer? comparer = null)
    {
        var answer = await _device.AuthAsync(_address);

        await _device.EventAsync(_address, name);
        if (online == true)
        {
            await Device.UntilAsync(async () => (await _device.StatusAsync(_address)).LastSync is not null, "a sync in spite of it");
        }

        Assert.False(online == false && answer.Online);
        await UnchangedAsync(comparer);
    }

    private async Task UnchangedAsync(TruthComparer? comparer = null)
    {
        Assert.Equal(_before, await Vault.TruthAsync(_device, _address), comparer ?? TruthComparer.Instance);
        Leaks.AssertNoSecrets(town.Proxy.Requests, _secrets);
    }
}
