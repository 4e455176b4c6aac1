using System.Net;
using System.Text.Json;
using Bitmask.OpenPgp;
using Bitmask.Protocol.Soledad;
using Bitmask.Protocol.Soledad.Leap;

namespace Bitmask.Mail.Pipelines.Tests;

/// <summary>The incoming box of one account at its provider, spoken to over HTTP.</summary>
internal sealed class BoxDouble : HttpMessageHandler
{
    private readonly SortedDictionary<long, (string Id, byte[] Stored)> _items = [];
    private long _seq;

    public static DateTimeOffset Received { get; } = new(2026, 11, 24, 11, 59, 0, TimeSpan.Zero);

    public IEnumerable<string> Ids => _items.Values.Select(item => item.Id);

    /// <summary>Items that the provider can not give out.</summary>
    public HashSet<string> Broken { get; } = [];

    public List<string> Removed { get; } = [];

    /// <summary>How often it was asked for an item that it can not give.</summary>
    public int Asked { get; private set; }

    public bool IsDown { get; set; }

    /// <summary>What the MX does with a mail (security.md A8).</summary>
    public static byte[] Wrap(ReadOnlySpan<byte> mail, OpenPgpCertificate to, string from = "alice@red.test")
    {
        var content = new IncomingContent(mail.ToArray(), new IncomingEnvelope(from, "bob@blue.test", Received, new IncomingAuthentication("pass", null, "none")));
        return MessageEncryptor.Encrypt(content.ToBytes(), [to], Received);
    }

    /// <summary>Puts an OpenPGP message into the box.</summary>
    public string Add(ReadOnlySpan<byte> message)
    {
        var id = Guid.NewGuid().ToString("n");
        return Put(id, IncomingBlob.Build(id, Received, message));
    }

    /// <summary>Puts any octets into the box.</summary>
    public string Put(string id, byte[] stored)
    {
        _items[++_seq] = (id, stored);
        return id;
    }

    public void Clear() => _items.Clear();

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (IsDown)
        {
            throw new HttpRequestException("down");
        }

        var name = request.RequestUri!.Segments[^1].TrimEnd('/');
        if (request.Method == HttpMethod.Get && request.RequestUri.Query.Length > 0)
        {
            var query = System.Web.HttpUtility.ParseQueryString(request.RequestUri.Query);
            var list = _items.Where(item => item.Key > long.Parse(query["after"]!)).Take(int.Parse(query["limit"]!))
                .Select(item => new Dictionary<string, object> { ["id"] = item.Value.Id, ["seq"] = item.Key, ["size"] = item.Value.Stored.Length, ["received"] = Received });
            return Answer(HttpStatusCode.OK, JsonSerializer.SerializeToUtf8Bytes(list));
        }

        var found = _items.FirstOrDefault(item => item.Value.Id == name);
        if (Broken.Contains(name))
        {
            Asked++;
            return Answer(HttpStatusCode.InternalServerError, []);
        }

        if (found.Value.Id is null)
        {
            return Answer(HttpStatusCode.NotFound, []);
        }

        if (request.Method == HttpMethod.Delete)
        {
            _items.Remove(found.Key);
            Removed.Add(name);
            return Answer(HttpStatusCode.OK, []);
        }

        return Answer(HttpStatusCode.OK, found.Value.Stored);
    }

    private static Task<HttpResponseMessage> Answer(HttpStatusCode status, byte[] body)
        => Task.FromResult(new HttpResponseMessage(status) { Content = new ByteArrayContent(body) });
}
