using System.Net;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using Bitmask.Protocol.KeyDirectory;
using Bitmask.Soledad;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Keys.Tests;

/// <summary>Alice's key manager on a store of its own, with a key directory that says what the test wants.</summary>
internal sealed class Desk : HttpMessageHandler
{
    public static readonly EmailAddress AliceAddress = EmailAddress.Parse("alice@red.test");
    public static readonly EmailAddress BobAddress = EmailAddress.Parse("bob@blue.test");
    public static readonly EmailAddress RalfAddress = EmailAddress.Parse("ralf@red.test");

    private readonly string _folder = Directory.CreateTempSubdirectory("bitmask-").FullName;
    private readonly SecretBytes _key = SecretBytes.Random(32);
    private readonly HttpClient _http;
    private HttpClient? _web;

    public Desk(WebDouble? web = null)
    {
        Web = web;
        Store = SoledadStore.Open(Path.Combine(_folder, "soledad.db"), _key, new SoledadOptions { Projections = KeyManager.Projections, Resolvers = KeyManager.ConflictResolvers, Clock = Clock });
        _http = new HttpClient(this, disposeHandler: false);
        Keys = NewKeyManager();
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    public DateTimeOffset Now => Clock.GetUtcNow();

    public SoledadStore Store { get; }

    public KeyManager Keys { get; private set; }

    public Fingerprint? Named { get; set; }

    public bool RandomIds { get; init; }

    public List<Uri> Questions { get; } = [];

    /// <summary>What the rest of the web answers; null for none.</summary>
    public WebDouble? Web { get; }

    /// <summary>What the directory answers; throws to be out of reach.</summary>
    public Func<HttpResponseMessage> Reply { get; set; } = () => new HttpResponseMessage(HttpStatusCode.NotFound) { Content = new StringContent("{}") };

    public KeyManager NewKeyManager() => Keys = new KeyManager(
        Store, _http,
        new KeyManagerOptions
        {
            Address = AliceAddress,
            KeyDirectory = new Uri("https://nicknym.red.test:6425/"),
            OwnKeyFingerprint = () => Named,
            RandomDocumentIds = RandomIds,
            KeyServer = Web?.HasKeyServer == true ? new Uri("https://keys.test/") : null,
        },
        Clock,
        Web is null ? null : _web ??= new HttpClient(Web, disposeHandler: false));

    public OpenPgpCertificate MakeKey(EmailAddress address)
    {
        using var key = OpenPgpSecretKey.Generate(address, Now);
        return key.Certificate;
    }

    public void Publish(EmailAddress address, OpenPgpCertificate certificate) => Publish(address.Address, certificate.ToArmor());

    public void Publish(string address, string armor)
        => Reply = () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(new NicknymReply { Address = address, OpenPgp = armor }.ToBytes()) };

    public void Answer(HttpStatusCode status, string body = "")
        => Reply = () => new HttpResponseMessage(status) { Content = new StringContent(body) };

    public string Level(EmailAddress address) => Keys.List().Single(entry => address.Equals(entry.Address)).Level.Name();

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Questions.Add(request.RequestUri!);
        return Task.FromResult(Reply());
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Keys.Dispose();
            Store.Dispose();
            _http.Dispose();
            _web?.Dispose();
            _key.Dispose();
            Directory.Delete(_folder, recursive: true);
        }

        base.Dispose(disposing);
    }
}
