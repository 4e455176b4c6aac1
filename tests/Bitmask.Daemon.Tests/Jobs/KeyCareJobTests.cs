using System.Net;
using Bitmask.Daemon.Accounts;
using Bitmask.Daemon.Jobs;
using Bitmask.Keys;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using Bitmask.Protocol.KeyDirectory;
using Bitmask.Soledad;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Daemon.Tests.Jobs;

public sealed class KeyCareJobTests : IDisposable
{
    private static readonly EmailAddress Alice = EmailAddress.Parse("alice@red.test");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));
    private readonly Provider _provider = new();
    private readonly HttpClient _http;
    private readonly SecretBytes _key = SecretBytes.Random(32);
    private readonly SoledadStore _store;
    private readonly KeyManager _keys;
    private readonly AccountEvents _events;
    private readonly KeyCareJob _job;
    private OpenPgp.OpenPgpCertificate? _uploaded;
    private bool _refused;

    public KeyCareJobTests()
    {
        _http = new HttpClient(_provider);
        _store = SoledadStore.Open(Path.Combine(_folder.FullName, "soledad.db"), _key, new SoledadOptions { Projections = KeyManager.Projections, Resolvers = KeyManager.ConflictResolvers, Clock = _clock });
        _keys = new KeyManager(_store, _http, new KeyManagerOptions { Address = Alice, KeyDirectory = new Uri("https://nicknym.red.test:6425/") }, _clock);
        _events = new AccountEvents(_clock);
        _job = new KeyCareJob(_keys, _store, _events, UploadAsync, _clock, new Random(3));
    }

    public void Dispose()
    {
        _keys.Dispose();
        _store.Dispose();
        _http.Dispose();
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task WorkAsync_OwnKeyShown_QuietAndAskedOnceADay()
    {
        var own = await _keys.CreateOwnKeyAsync((_, _) => Task.CompletedTask, TestContext.Current.CancellationToken);
        _provider.Shown = own.ToArmor();

        await _job.WorkAsync(TestContext.Current.CancellationToken);
        await _job.WorkAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, _provider.Questions);
        Assert.Empty(_events.Latest());
        _clock.Advance(TimeSpan.FromHours(25));
        await _job.WorkAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, _provider.Questions);
    }

    [Fact]
    public async Task WorkAsync_AnotherKeyShown_Alarm()
    {
        await _keys.CreateOwnKeyAsync((_, _) => Task.CompletedTask, TestContext.Current.CancellationToken);
        using var forged = OpenPgpSecretKey.Generate(Alice, _clock.GetUtcNow());
        _provider.Shown = forged.Certificate.ToArmor();

        await _job.WorkAsync(TestContext.Current.CancellationToken);

        var alarm = Assert.Single(_events.Latest());
        Assert.Equal(KeyCareJob.Alarm, alarm.Name);
        Assert.Contains(forged.Fingerprint.Value, alarm.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WorkAsync_DirectoryDown_AskedAgainNextRound()
    {
        await _keys.CreateOwnKeyAsync((_, _) => Task.CompletedTask, TestContext.Current.CancellationToken);
        _provider.IsDown = true;

        await _job.WorkAsync(TestContext.Current.CancellationToken);
        await _job.WorkAsync(TestContext.Current.CancellationToken);

        Assert.Equal(2, _provider.Questions);
        Assert.Empty(_events.Latest());
    }

    [Fact]
    public async Task WorkAsync_OwnKeyNearItsEnd_RenewedAndUploadedAsOftenAsItTakes()
    {
        await _keys.CreateOwnKeyAsync((_, _) => Task.CompletedTask, TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromDays(700));
        _refused = true;

        await _job.WorkAsync(TestContext.Current.CancellationToken);
        Assert.Equal("own-key-not-uploaded", Assert.Single(_events.Latest()).Name);
        _refused = false;
        await _job.WorkAsync(TestContext.Current.CancellationToken);

        Assert.Equal(_clock.GetUtcNow() + KeyManager.RenewedFor, _uploaded!.Expires);
    }

    private Task UploadAsync(CancellationToken cancellationToken)
    {
        _uploaded = _refused ? throw new IOException("The connection broke.") : ((OwnKey.Present)_keys.OwnKey()).Key.Certificate;
        return Task.CompletedTask;
    }

    private sealed class Provider : HttpMessageHandler
    {
        public string? Shown { get; set; }

        public bool IsDown { get; set; }

        public int Questions { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Questions++;
            return Task.FromResult(IsDown ? new HttpResponseMessage(HttpStatusCode.ServiceUnavailable)
                : Shown is null ? new HttpResponseMessage(HttpStatusCode.NotFound)
                : new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(new NicknymReply { Address = Alice.Address, OpenPgp = Shown }.ToBytes()) });
        }
    }
}
