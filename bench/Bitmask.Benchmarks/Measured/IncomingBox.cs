using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bitmask.Keys;
using Bitmask.Mail;
using Bitmask.Mail.Pipelines;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Protocol.Soledad.Leap;
using Bitmask.Soledad;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bitmask.Benchmarks.Measured;

/// <summary>
/// A thousand mails of 15 KB that came while the device was off, encrypted and signed by a sender who is known, and encrypted again by the provider: both
/// layers opened, the signature checked, the mail filed in the store on the disk, with the daemon's full-text work beside it. The box answers from memory.
/// </summary>
internal static class IncomingBox
{
    private const int Mails = 1000;
    private const int Octets = 15_000;
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private static readonly UserId User = new("0123456789abcdef0123456789abcdef");

    public static async Task RunAsync()
    {
        var measured = new Measurement($"{Mails} mails of 15 KB: open, verify, file");
        for (var round = 0; round < 4; round++)
        {
            await RoundAsync(round > 0 ? measured : new Measurement("warm-up"));
        }

        Console.WriteLine(measured.Line());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Mails / measured.Seconds:f0} mails/s; the goal is 300"));
    }

    private static async Task RoundAsync(Measurement measured)
    {
        var folder = Directory.CreateTempSubdirectory("bitmask-bench-");
        using var key = SecretBytes.Random(32);
        var (alice, bob) = (EmailAddress.Parse("alice@red.test"), EmailAddress.Parse("bob@blue.test"));
        using var sender = OpenPgpSecretKey.Generate(alice, Now);
        using var box = new Box();
        using var http = new HttpClient(box, disposeHandler: false);
        var projection = new MailProjection();
        using (var store = SoledadStore.Open(Path.Combine(folder.FullName, "store.db"), key, new SoledadOptions { Projections = [projection, .. MailProjection.ForBlobs(TimeProvider.System), .. KeyManager.Projections], Resolvers = [.. MailProjection.Resolvers, .. KeyManager.ConflictResolvers] }))
        using (var account = new MailAccount(store, projection, new MailAccountOptions { Address = bob, DigestKey = key }))
        using (var keys = new KeyManager(store, http, new KeyManagerOptions { Address = bob, KeyDirectory = new Uri("https://nicknym.test:6425/") }))
        using (var pipeline = new IncomingPipeline(
            store, account, keys, new IncomingBoxClient(http, new Uri("https://soledad.test/"), User, _ => Task.FromResult("token")), TimeProvider.System, NullLogger<IncomingPipeline>.Instance))
        {
            await account.CreateStandardMailboxesAsync();
            var own = await keys.CreateOwnKeyAsync((_, _) => Task.CompletedTask);
            await keys.ImportAsync(sender.Certificate, alice);
            for (var i = 0; i < Mails; i++)
            {
                box.Add(Wrap(Mail(i, own, sender), own));
            }

            using var stop = new CancellationTokenSource();
            var indexing = Task.Run(() => account.Index.RunAsync(stop.Token));
            await measured.RunAsync(async () =>
            {
                var report = await pipeline.WorkAsync();
                if (report.Filed != Mails)
                {
                    throw new InvalidOperationException($"Filed {report.Filed}.");
                }
            });
            await stop.CancelAsync();
            await indexing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        folder.Delete(recursive: true);
    }

    private static byte[] Mail(int i, OpenPgpCertificate to, OpenPgpSecretKey by)
    {
        var entity = new StringBuilder("Content-Type: text/plain; charset=utf-8; hp=\"cipher\"\r\nSubject: Mail ").Append(i).Append("\r\n\r\n");
        while (entity.Length < Octets)
        {
            entity.Append(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))).Append(entity.Length % 70 < 9 ? "\r\n" : " ");
        }

        var armor = Encoding.ASCII.GetString(MessageSigner.EncryptAndSign(Encoding.ASCII.GetBytes(entity.ToString()), [to], by, Now));
        return Encoding.ASCII.GetBytes(
            $"From: alice@red.test\r\nTo: bob@blue.test\r\nSubject: [...]\r\nMessage-ID: <{i}@red.test>\r\nMIME-Version: 1.0\r\n"
            + "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=x\r\n\r\n--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
            + $"\r\n--x\r\nContent-Type: application/octet-stream\r\n\r\n{armor.ReplaceLineEndings("\r\n")}\r\n--x--\r\n");
    }

    private static byte[] Wrap(byte[] mail, OpenPgpCertificate to)
        => MessageEncryptor.Encrypt(new IncomingContent(mail, new IncomingEnvelope("alice@red.test", "bob@blue.test", Now, null)).ToBytes(), [to], Now);

    /// <summary>The incoming box at the provider.</summary>
    private sealed class Box : HttpMessageHandler
    {
        private readonly List<(string Id, byte[] Stored)> _items = [];

        public void Add(byte[] message)
        {
            var id = Guid.NewGuid().ToString("n");
            _items.Add((id, IncomingBlob.Build(id, Now, message)));
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var name = request.RequestUri!.Segments[^1].TrimEnd('/');
            var query = System.Web.HttpUtility.ParseQueryString(request.RequestUri.Query);
            var body = query["after"] is { } after
                ? JsonSerializer.SerializeToUtf8Bytes(_items.Select((item, i) => new Dictionary<string, object> { ["id"] = item.Id, ["seq"] = i + 1, ["size"] = item.Stored.Length, ["received"] = Now })
                    .Skip(int.Parse(after, CultureInfo.InvariantCulture)).Take(int.Parse(query["limit"]!, CultureInfo.InvariantCulture)))
                : _items.Find(item => item.Id == name).Stored;
            return Task.FromResult(new HttpResponseMessage(body is null ? HttpStatusCode.NotFound : HttpStatusCode.OK) { Content = new ByteArrayContent(body ?? []) });
        }
    }
}
