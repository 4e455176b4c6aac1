using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Bitmask.Testing;

/// <summary>The blob surface of a provider, in memory: whole and resumed uploads, ranges, batches, the trash. Tests turn it into a bad one.</summary>
public sealed class BlobShelf : HttpMessageHandler
{
    private readonly Lock _lock = new();

    /// <summary>What is stored, by name. Tests may change it.</summary>
    public Dictionary<string, byte[]> Stored { get; } = [];

    /// <summary>What is in the trash.</summary>
    public Dictionary<string, byte[]> Trash { get; } = [];

    /// <summary>What every request was: method, and the name or <c>batch</c>.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>Answers in the shelf's place, or null to let it answer. May throw.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage?>? Instead { get; set; }

    /// <summary>What came of uploads that were cut.</summary>
    public Dictionary<string, byte[]> Begun { get; } = [];

    /// <summary>The next uploads and downloads of single blobs are cut after so many octets; 0 for none.</summary>
    public int CutAfter { get; set; }

    /// <summary>Octets of single blobs that were moved, in both directions.</summary>
    public long Moved { get; private set; }

    /// <summary>Octets that fit; beyond, uploads are refused with 507.</summary>
    public long Room { get; set; } = long.MaxValue;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var name = request.RequestUri!.Segments[^1].TrimEnd('/');
        lock (_lock)
        {
            Requests.Add($"{request.Method} {name}");
        }

        if (Instead?.Invoke(request) is { } answer)
        {
            return answer;
        }

        var body = request.Content is null ? [] : request.Method == HttpMethod.Put ? await ReceiveAsync(name, request.Content) : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        lock (_lock)
        {
            return name == "batch" ? Batch(request, body)
                : request.Method == HttpMethod.Get && request.RequestUri.Segments.Length == 3 ? List(request)
                : request.Method == HttpMethod.Put ? Answer(Take(name, body, request.Content!.Headers.ContentRange?.From ?? 0, request.Content.Headers.ContentRange?.Length ?? body.Length))
                : request.Method == HttpMethod.Post ? Answer(Trash.Remove(name, out var undeleted) && Stored.TryAdd(name, undeleted) ? 200 : 404)
                : !Stored.TryGetValue(name, out var stored) ? request.Method == HttpMethod.Head && Begun.TryGetValue(name, out var begun) ? Offset(begun.Length) : Answer(404)
                : request.Method == HttpMethod.Delete ? Delete(name)
                : Give(request, stored);
        }
    }

    private static HttpResponseMessage Answer(int status, byte[]? body = null) => new((HttpStatusCode)status) { Content = new ByteArrayContent(body ?? []) };

    /// <summary>The whole body, or an exception after as much of it as comes before the cut.</summary>
    private async Task<byte[]> ReceiveAsync(string name, HttpContent content)
    {
        using var body = new MemoryStream();
        var stream = await content.ReadAsStreamAsync();
        using var cut = CutAfter > 0 ? new CuttingStream(stream, CutAfter) : stream;
        try
        {
            await cut.CopyToAsync(body);
            Moved += body.Length;
            return body.ToArray();
        }
        catch (IOException e)
        {
            lock (_lock)
            {
                Moved += body.Length;
                Begun[name] = [.. Begun.GetValueOrDefault(name, []), .. body.ToArray()];
            }

            throw new HttpRequestException("cut", e);
        }
    }

    private HttpResponseMessage List(HttpRequestMessage request)
        => Answer(200, JsonSerializer.SerializeToUtf8Bytes((request.RequestUri!.Query.Contains("deleted=true", StringComparison.Ordinal) ? Trash : Stored).Keys));

    private HttpResponseMessage Delete(string name)
    {
        Stored.Remove(name, out var octets);
        Trash[name] = octets!;
        return Answer(200);
    }

    private static HttpResponseMessage Offset(int octets)
    {
        var answer = Answer(204);
        answer.Headers.Add("Upload-Offset", octets.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return answer;
    }

    private HttpResponseMessage Give(HttpRequestMessage request, byte[] stored)
    {
        if (request.Method == HttpMethod.Head)
        {
            return Answer(200, stored);
        }

        var (from, to) = request.Headers.Range?.Ranges.Single() is { } range ? ((int)range.From!, (int)range.To!) : (0, stored.Length - 1);
        if (to >= stored.Length)
        {
            return Answer(416);
        }

        var answer = Answer(206, stored[from..(to + 1)]);
        Moved += Math.Min(to + 1 - from, CutAfter > 0 ? CutAfter : int.MaxValue);
        if (CutAfter > 0)
        {
            answer.Content = new StreamContent(new CuttingStream(new MemoryStream(stored[from..(to + 1)]), CutAfter));
        }

        answer.Content.Headers.ContentRange = new ContentRangeHeaderValue(from, to, stored.Length);
        return answer;
    }

    private int Take(string name, byte[] octets, long from, long total)
    {
        if (Stored.ContainsKey(name) || from != Begun.GetValueOrDefault(name, []).Length || total != from + octets.Length)
        {
            return 409;
        }

        octets = [.. Begun.GetValueOrDefault(name, []), .. octets];

        if (Stored.Values.Sum(static blob => (long)blob.Length) + octets.Length > Room)
        {
            return 507;
        }

        Stored[name] = octets;
        Begun.Remove(name);
        return 200;
    }

    /// <summary>Frames: u8 length of name, name, u16be status, u32be octets, the octets; a zero octet at the end.</summary>
    private HttpResponseMessage Batch(HttpRequestMessage request, byte[] body)
    {
        var answer = new MemoryStream();
        if (request.Content!.Headers.ContentType!.MediaType == "application/json")
        {
            foreach (var name in JsonSerializer.Deserialize<string[]>(body)!)
            {
                Frame(answer, name, Stored.TryGetValue(name, out var stored) ? 200 : 404, stored ?? []);
            }
        }
        else
        {
            for (var at = 0; body[at] != 0;)
            {
                var name = Encoding.ASCII.GetString(body, at + 1, body[at]);
                at += 3 + body[at];
                var octets = (int)BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(at));
                Frame(answer, name, Take(name, body[(at + 4)..(at + 4 + octets)], 0, octets), []);
                at += 4 + octets;
            }
        }

        answer.WriteByte(0);
        return Answer(200, answer.ToArray());
    }

    private static void Frame(MemoryStream output, string name, int status, byte[] octets)
    {
        Span<byte> numbers = stackalloc byte[6];
        BinaryPrimitives.WriteUInt16BigEndian(numbers, (ushort)status);
        BinaryPrimitives.WriteUInt32BigEndian(numbers[2..], (uint)octets.Length);
        output.WriteByte((byte)name.Length);
        output.Write(Encoding.ASCII.GetBytes(name));
        output.Write(numbers);
        output.Write(octets);
    }
}
