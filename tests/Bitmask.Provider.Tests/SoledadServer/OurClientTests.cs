using Bitmask.Primitives;
using Bitmask.Protocol.Keys;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Tests.World;
using Bitmask.Soledad;
using Bitmask.Soledad.Leap;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Provider.Tests.SoledadServer;

/// <summary>Our clients of Soledad and our provider, over TLS, with nothing between them replaced.</summary>
public sealed class OurClientTests
{
    [Fact]
    public async Task TwoSealedDevices_CreateEditMergeDelete_Converge()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var keyset = Keyset.Create(new string('0', 64), DateTimeOffset.UnixEpoch);
        using var laptop = Sealed(alice, keyset);
        using var phone = Sealed(alice, keyset);

        await laptop.CreateAsync("w", Device.Words());
        await laptop.CreateAsync("n", "{\"n\":\"ü\"}");
        Assert.Equal((2, 2L), ((await laptop.SyncAsync()) is var first ? first.Sent : 0, first.AcknowledgedGeneration));
        Assert.Equal(2, (await phone.SyncAsync()).Received);
        Assert.Equal("{\"n\":\"ü\"}", phone["n"]);

        await laptop.EditAsync("w", Device.Words("ape"));
        await phone.EditAsync("w", Device.Words("bee"));
        await phone.DeleteAsync("n");
        await laptop.SyncAsync();
        var merging = await phone.SyncAsync();
        await laptop.SyncAsync();

        Assert.Equal((1, true), (merging.Conflicts, merging.IsComplete));
        Assert.Equal(Device.Words("ape", "bee"), laptop["w"]);
        Assert.Equal(laptop.Store.Read(r => r.Get("w")), phone.Store.Read(r => r.Get("w")));
        Assert.Null(laptop["n"]);
        var quiet = await laptop.SyncAsync();
        Assert.Equal((0, 0, 0), (quiet.Sent, quiet.Received, quiet.Events.Count));
    }

    [Fact]
    public async Task SealedDevice_OfAFullAccount_IsToldSo_AndLosesNothing()
    {
        await using var provider = await TestProvider.StartAsync(change: static settings => settings with { MaxMessageBytes = 65_536, QuotaOctets = 100_000 });
        using var alice = await Person.SealedAsync(provider);
        using var keyset = Keyset.Create(new string('0', 64), DateTimeOffset.UnixEpoch);
        using var laptop = Sealed(alice, keyset);
        await laptop.CreateAsync("first", $$"""{"body":"{{new string('x', 40_000)}}"}""");
        await laptop.SyncAsync();
        await laptop.CreateAsync("second", $$"""{"body":"{{new string('y', 40_000)}}"}""");

        var refused = await Assert.ThrowsAsync<SoledadException>(() => laptop.SyncAsync());
        Assert.Equal(SoledadCodes.QuotaExceeded, refused.Code);
        Assert.NotNull(laptop["second"]);

        await laptop.DeleteAsync("first"); // both go in one upload: what counts is what they leave
        Assert.True((await laptop.SyncAsync()).IsComplete);
        using var phone = Sealed(alice, keyset);
        await phone.SyncAsync();
        Assert.Null(phone["first"]);
        Assert.Equal(laptop["second"], phone["second"]);
    }

    [Fact]
    public async Task SealedDevice_ManyAndLargeDocuments_ArriveWhole()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var keyset = Keyset.Create(new string('0', 64), DateTimeOffset.UnixEpoch);
        using var laptop = Sealed(alice, keyset);
        using var phone = Sealed(alice, keyset);
        var large = $$"""{"body":"{{new string('x', 12 * 1024 * 1024)}}"}""";
        await laptop.Store.WriteAsync(tx => Enumerable.Range(0, 300).ToList().ForEach(i => tx.Create($"n{i}", $$"""{"i":{{i}}}""")));
        await laptop.CreateAsync("large", large);

        Assert.Equal(301, (await laptop.SyncAsync()).Sent);
        Assert.Equal(301, (await phone.SyncAsync()).Received);

        Assert.True(large == phone["large"]);
        Assert.Equal("{\"i\":299}", phone["n299"]);
    }

    [Fact]
    public async Task SealedDevice_ProviderRestarts_GoesOn()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var keyset = Keyset.Create(new string('0', 64), DateTimeOffset.UnixEpoch);
        using var laptop = Sealed(alice, keyset);
        await laptop.CreateAsync("a", "{}");
        await laptop.SyncAsync();
        await laptop.CreateAsync("b", "{}");
        await provider.StopAsync();
        Assert.True((await Assert.ThrowsAsync<SoledadException>(() => laptop.SyncAsync())).IsTransient);
        await provider.StartHostAsync();

        var report = await laptop.SyncAsync();

        Assert.Equal((1, 2L, true), (report.Sent, report.AcknowledgedGeneration, report.IsComplete));
    }

    [Fact]
    public async Task LeapDevices_Documents_Converge()
    {
        await using var provider = await TestProvider.StartAsync();
        using var leo = await Person.LeapAsync(provider);
        using var secret = SecretBytes.Random(512);
        using var laptop = new Device(leo, _ => new LeapCodec(secret, TimeProvider.System));
        using var phone = new Device(leo, _ => new LeapCodec(secret, TimeProvider.System));
        await LeapIncomingBox.SetUpAsync(laptop.Store);
        await LeapIncomingBox.SetUpAsync(phone.Store);
        await laptop.CreateAsync("D-1", "{\"n\": 1}");
        await laptop.SyncAsync();
        await phone.SyncAsync();
        Assert.Equal("{\"n\": 1}", phone["D-1"]);

        await phone.DeleteAsync("D-1");
        await phone.SyncAsync();
        await laptop.SyncAsync();
        Assert.True(laptop.Store.Read(r => r.Get("D-1"))!.IsDeleted);
    }

    [Fact]
    public async Task KeyRecord_NewDevice_GetsTheKeysAndNobodyOverwritesBlindly()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var master = MasterKey.Derive(Person.Password, KdfProfile.NewSalt(), KdfProfile.A1);
        using var root = SecretBytes.Random(KeysetRecord.RootOctets);
        using var keyset = Keyset.Create(new string('0', 64), DateTimeOffset.UnixEpoch);
        var client = new KeyRecordClient(provider.Soledad, provider.Soledad.BaseAddress!, alice.Id, _ => Task.FromResult(alice.Token));
        Assert.Equal(SoledadCodes.KeysMissing, (await Assert.ThrowsAsync<SoledadException>(() => client.FetchAsync())).Code);

        var record = KeysetRecord.Seal(keyset, root, alice.Id, [KeysetRecord.SealRoot(root, master, alice.Id)]);
        var first = await client.CreateAsync(record);
        var fetched = await client.FetchAsync();
        using var newRoot = KeysetRecord.OpenRoot(fetched.Record, alice.Id, master);
        using var opened = KeysetRecord.Open(fetched.Record, alice.Id, newRoot, knownSerial: 0);
        Assert.Equal(keyset.IdKey.Span, opened.IdKey.Span);

        using var next = opened.WithOwnKey(Fingerprint.Parse(new string('A', 40)));
        await client.ReplaceAsync(KeysetRecord.Seal(next, root, alice.Id, record.Slots), fetched.ETag);
        Assert.Equal(SoledadCodes.KeyRecordChanged, (await Assert.ThrowsAsync<SoledadException>(() => client.ReplaceAsync(record, first))).Code);
        Assert.Equal(SoledadCodes.KeyRecordChanged, (await Assert.ThrowsAsync<SoledadException>(() => client.CreateAsync(record))).Code);
        Assert.Equal(2, (await client.FetchAsync()).Record.Serial);
    }

    [Fact]
    public async Task IncomingBox_ArrivedMail_IsListedFetchedAndRemoved()
    {
        await using var provider = await TestProvider.StartAsync();
        using var bob = await Person.SealedAsync(provider, "bob", withKey: true);
        var message = Post.Mail("someone@outside.test", bob.Address);
        await Post.ToExchangerAsync(provider, "someone@outside.test", [bob.Address], message);
        var box = new IncomingBoxClient(provider.Soledad, provider.Soledad.BaseAddress!, bob.Id, _ => Task.FromResult(bob.Token));

        var item = Assert.Single(await box.ListAsync());
        var content = IncomingContent.Parse(bob.Decrypt(await box.GetAsync(item.Id)));
        Assert.True(content.Content.Span.EndsWith(message));
        Assert.Empty(await box.ListAsync(after: item.Seq));

        await box.DeleteAsync(item.Id);
        await box.DeleteAsync(item.Id);
        Assert.Empty(await box.ListAsync());
        Assert.Null(await box.GetAsync(item.Id));
    }

    [Fact]
    public async Task Feed_OtherDeviceSyncs_SaysSo()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var keyset = Keyset.Create(new string('0', 64), DateTimeOffset.UnixEpoch);
        using var laptop = Sealed(alice, keyset);
        await laptop.CreateAsync("a", "{}");
        await laptop.SyncAsync();
        var feed = new FeedClient(provider.Soledad, provider.Soledad.BaseAddress!, alice.Id, laptop.Token, TimeProvider.System);
        await using var news = feed.ListenAsync().GetAsyncEnumerator();

        Assert.True(await news.MoveNextAsync());
        Assert.Equal(1, news.Current.Generation);
        var next = news.MoveNextAsync().AsTask();
        await laptop.CreateAsync("b", "{}");
        await laptop.SyncAsync();
        Assert.True(await next);
        Assert.Equal(2, news.Current.Generation);
    }

    [Fact]
    public async Task Feed_TakenUpAgain_SaysOnlyWhatWasMissed()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var keyset = Keyset.Create(new string('0', 64), DateTimeOffset.UnixEpoch);
        using var laptop = Sealed(alice, keyset);
        await laptop.CreateAsync("a", "{}");
        await laptop.SyncAsync();
        var named = new NamedEvents();
        var http = provider.Client(provider.Soledad.BaseAddress!.ToString(), between: named.Over);
        var clock = new FakeTimeProvider();
        var feed = new FeedClient(http, http.BaseAddress!, alice.Id, laptop.Token, clock, new FeedOptions { FirstDelay = TimeSpan.FromMinutes(1) });
        using var broken = new SemaphoreSlim(0);
        feed.Waiting += (_, _) => broken.Release();
        await using var news = feed.ListenAsync().GetAsyncEnumerator();
        Assert.Equal(1, await NextAsync());

        // Nothing happens while it is away: what it knew is said again by itself, and nothing comes from the provider until there is something.
        var next = NextAsync();
        await ReturnAsync(null);
        Assert.Equal(1, await next);
        await laptop.CreateAsync("b", "{}");
        await laptop.SyncAsync();
        Assert.Equal(2, await NextAsync());

        next = NextAsync();
        await ReturnAsync("c");
        Assert.Equal(2, await next);
        Assert.Equal(3, await NextAsync());
        Assert.Equal([null, "1.", "2."], named.Ids.Select(static id => id?[..2]));

        async Task<long> NextAsync()
        {
            Assert.True(await news.MoveNextAsync());
            return news.Current.Generation;
        }

        async Task ReturnAsync(string? meanwhile)
        {
            await provider.RestartAsync();
            Assert.True(await broken.WaitAsync(TimeSpan.FromMinutes(1)));
            if (meanwhile is not null)
            {
                await laptop.CreateAsync(meanwhile, "{}");
                await laptop.SyncAsync();
            }

            // Just after the event the client begins to wait. Once it asks, time stands: no request is to be given up.
            for (var asked = named.Ids.Count; named.Ids.Count == asked;)
            {
                clock.Advance(TimeSpan.FromMinutes(1));
                await Task.Delay(10);
            }
        }
    }

    [Fact]
    public async Task DeviceKey_Request_BecomesACertificate()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var keyset = Keyset.Create(new string('0', 64), DateTimeOffset.UnixEpoch);
        using var laptop = Sealed(alice, keyset);
        using var key = await DeviceCertificateKey.LoadOrCreateAsync(laptop.Store);

        using var response = await alice.ApiAsync(HttpMethod.Post, "/1/smtp_cert", Person.Content(key.CreateSigningRequest(), "application/pkcs10"));
        await key.SaveCertificateAsync(await response.Content.ReadAsStringAsync());

        using var certificate = key.Certificate();
        Assert.True(certificate!.HasPrivateKey);
        Assert.DoesNotContain(alice.Login, certificate.Subject, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Which event each request for the feed named as its last.</summary>
    private sealed class NamedEvents : DelegatingHandler
    {
        public List<string?> Ids { get; } = [];

        public NamedEvents Over(HttpMessageHandler inner)
        {
            InnerHandler = inner;
            return this;
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Ids.Add(request.Headers.TryGetValues("Last-Event-ID", out var ids) ? ids.Single() : null);
            return base.SendAsync(request, cancellationToken);
        }
    }

    private static Device Sealed(Person person, Keyset keyset) => new(person, device => new SealedCodec(keyset, person.Id, device));
}
