using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad.Tests.Sync;

/// <summary>
/// A Soledad server of a hundred lines in memory, by the same rules and with the same stream code as the real one, and with strings
/// attached: a test can make it lie.
/// </summary>
internal sealed partial class FakeProvider : HttpMessageHandler
{
    private readonly Dictionary<(string Source, string SyncId, string Id), long> _seen = [];
    private List<(string Id, string TransactionId)> _log = [];
    private Dictionary<string, (SyncVersion Version, long Generation)> _documents = [];
    private Dictionary<string, (long Generation, string TransactionId)> _sources = [];
    private int _era;

    public string Uid { get; set; } = "5e12e25e12e25e12e25e12e25e12e25e";

    public bool HasDatabase { get; set; } = true;

    public List<string> Requests { get; } = [];

    public List<string> Contents { get; } = [];

    // The lies.
    public Func<SyncInfo, SyncInfo> Info { get; set; } = static info => info;

    public Func<NewGeneration, NewGeneration> UploadAnswer { get; set; } = static answer => answer;

    public Func<NewGeneration, NewGeneration> DownloadHead { get; set; } = static head => head;

    public Func<SyncEntry, SyncEntry> Entry { get; set; } = static entry => entry;

    public Func<string, string> DownloadText { get; set; } = static text => text;

    /// <summary>Which documents are kept back from a replica.</summary>
    public Func<string, string, bool> Withholds { get; set; } = static (_, _) => false;

    public HttpStatusCode? AlwaysAnswer { get; set; }

    /// <summary>Called with every request.</summary>
    public Action? Asked { get; set; }

    /// <summary>The queries for documents, in order.</summary>
    public List<DocumentsQuery> Queries { get; } = [];

    /// <summary>Ends a download or a query after so many octets, as a broken line does.</summary>
    public int? CutAfter { get; set; }

    public bool Compresses { get; set; }

    public int? FailUploadsAfter { get; set; }

    /// <summary>Takes in so many documents of the next upload, then dies: how LEAP's provider leaves a part behind.</summary>
    public int? DieAfterEntries { get; set; }

    public IReadOnlyDictionary<string, (SyncVersion Version, long Generation)> Documents => _documents;

    private long Generation => _log.Count;

    private string TransactionId => _log.Count == 0 ? "" : _log[^1].TransactionId;

    /// <summary>Writes a document as the provider itself could.</summary>
    public void Plant(string id, string rev, string? content)
    {
        Log(id);
        _documents[id] = (new SyncVersion(Revision.Parse(rev), content), Generation);
    }

    /// <summary>What a backup holds.</summary>
    public Action Backup()
    {
        var (log, documents, sources, acknowledged, compacted) = (_log.ToList(), _documents.ToDictionary(), _sources.ToDictionary(), _acknowledged.ToDictionary(), _compacted);
        return () =>
        {
            (_log, _documents, _sources, _acknowledged, _compacted) = (log.ToList(), documents.ToDictionary(), sources.ToDictionary(), acknowledged.ToDictionary(), compacted);
            _era++;
        };
    }

    /// <summary>Begins again with an empty database of another name.</summary>
    public void Replace(string uid)
    {
        (Uid, HasDatabase, _log, _documents, _sources, _acknowledged, _compacted) = (uid, false, [], [], [], [], 0);
        _era++;
    }

    public SyncClient Client(SoledadStore store, IDocumentCodec codec, SyncOptions? options = null)
        => new(store, codec, new HttpClient(this, disposeHandler: false), new Uri("https://soledad.test"), Devices.Alice, _ => Task.FromResult("secret"), TimeProvider.System, options);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Assert.Equal(SoledadAuthorization.Format(Devices.Alice, "secret"), request.Headers.GetValues("Authorization").Single());
        var source = request.RequestUri!.Segments[^1];
        var kind = request.Content?.Headers.ContentType?.ToString();
        Requests.Add($"{request.Method} {(source is "documents" or "compact" ? source : kind)}".TrimEnd());
        Asked?.Invoke();
        if (AlwaysAnswer is { } status)
        {
            return new HttpResponseMessage(status) { Content = new StringContent("<html>no</html>") };
        }

        using var body = new MemoryStream();
        await (request.Content?.CopyToAsync(body, cancellationToken) ?? Task.CompletedTask);
        body.Position = 0;
        return request.Method.Method switch
        {
            "GET" => HasDatabase ? Json(Info(ReadInfo(source))) : Error(WireErrors.DatabaseDoesNotExist),
            "PUT" => Record(source, body),
            "DELETE" => ForgetSource(source),
            _ when source == "compact" => Compact(body),
            _ when kind == SyncMediaTypes.Put => await UploadAsync(source, body),
            _ when kind == SyncMediaTypes.Get => await DownloadAsync(source, body),
            _ when source == "documents" => await QueryAsync(body),
            _ => Error(WireErrors.BadRequest),
        };
    }

    private static HttpResponseMessage Json(SyncInfo info)
        => new(HttpStatusCode.OK) { Content = new StringContent(JsonSerializer.Serialize(info, SoledadJson.Default.SyncInfo)) };

    private static HttpResponseMessage Error(WireError error)
        => new((HttpStatusCode)error.Status) { Content = new StringContent($$"""{"error": "{{error.Description}}"}""") };

    private static async Task<string> TextAsync(NewGeneration head, IEnumerable<SyncEntry> entries)
    {
        using var stream = new MemoryStream();
        var writer = new SyncStreamWriter(stream);
        await writer.WriteNewGenerationAsync(head);
        foreach (var entry in entries)
        {
            await writer.WriteEntryAsync(entry);
        }

        await writer.CompleteAsync();
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private SyncInfo ReadInfo(string source)
    {
        _acknowledged.TryAdd(source, 0);
        var (generation, transactionId) = _sources.GetValueOrDefault(source, (0, ""));
        return new SyncInfo
        {
            TargetReplicaUid = Uid,
            TargetReplicaGeneration = Generation,
            TargetReplicaTransactionId = TransactionId,
            SourceReplicaUid = source,
            SourceReplicaGeneration = generation,
            SourceTransactionId = transactionId,
        };
    }

    private HttpResponseMessage Record(string source, Stream body)
    {
        var point = JsonSerializer.Deserialize(body, SoledadJson.Default.SyncPoint)!;
        if (CheckSource(source, point.Generation, point.TransactionId) is { } error)
        {
            return Error(error);
        }

        _sources[source] = (point.Generation, point.TransactionId);
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("{\"ok\": true}") };
    }

    /// <summary>The check of the real provider: a generation that never was, or had another transaction id.</summary>
    private WireError? CheckHeader(string source, SyncHeader header)
    {
        var error = CheckHeader(header);
        if (error is null)
        {
            Acknowledge(source, header);
        }

        return error;
    }

    private WireError? CheckHeader(SyncHeader header) => header.LastKnownGeneration == 0 ? null
        : header.LastKnownGeneration > _log.Count || header.LastKnownGeneration < _compacted ? WireErrors.InvalidGeneration
        : _log[(int)header.LastKnownGeneration - 1].TransactionId != header.LastKnownTransactionId ? WireErrors.InvalidTransactionId
        : null;

    private WireError? CheckSource(string source, long generation, string transactionId)
    {
        try
        {
            SyncDecision.CheckSource(_sources.GetValueOrDefault(source, (0, "")), generation, transactionId);
            return null;
        }
        catch (SoledadProtocolException e)
        {
            return e.Error;
        }
    }

    private async Task<HttpResponseMessage> UploadAsync(string source, Stream body)
    {
        if (FailUploadsAfter-- == 0)
        {
            throw new HttpRequestException("The line is dead.");
        }

        var reader = new SyncStreamReader(body);
        var header = await reader.ReadHeaderAsync();
        if (!HasDatabase && !header.Ensure)
        {
            return Error(WireErrors.DatabaseDoesNotExist);
        }

        if (CheckHeader(source, header) is { } refused)
        {
            return Error(refused);
        }

        HasDatabase = true;
        while (await reader.ReadEntryAsync() is { } entry)
        {
            if (DieAfterEntries-- == 0)
            {
                throw new HttpRequestException("The provider died.");
            }

            if (CheckSource(source, entry.Generation, entry.TransactionId) is { } error)
            {
                return Error(error);
            }

            Take(source, header.SyncId!, entry);
        }

        var answer = UploadAnswer(new NewGeneration { Generation = Generation, TransactionId = TransactionId, ReplicaUid = header.Ensure ? Uid : null });
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(await TextAsync(answer, [])) };
    }

    private void Take(string source, string syncId, SyncEntry entry)
    {
        Contents.Add(entry.Content ?? "");
        var current = _documents.TryGetValue(entry.Id, out var stored) ? stored.Version : null;
        var decided = SyncDecision.Decide(current, [], new SyncVersion(Revision.Parse(entry.Rev), entry.Content), saveConflict: false, Uid);
        if (decided.Store is { } store)
        {
            Log(entry.Id);
            _documents[entry.Id] = (store, Generation);
        }

        if (decided.State is SyncState.Inserted or SyncState.Converged)
        {
            _seen[(source, syncId, entry.Id)] = _documents[entry.Id].Generation;
        }

        _sources[source] = (entry.Generation, entry.TransactionId);
    }

    private async Task<HttpResponseMessage> DownloadAsync(string source, Stream body)
    {
        var header = await new SyncStreamReader(body).ReadHeaderAsync();
        if (CheckHeader(source, header) is { } refused)
        {
            return Error(refused);
        }

        var entries = _documents
            .Where(d => !Withholds(source, d.Key) && d.Value.Generation > header.LastKnownGeneration && _seen.GetValueOrDefault((source, header.SyncId!, d.Key)) != d.Value.Generation)
            .OrderBy(d => d.Value.Generation)
            .Select(d => Entry(new SyncEntry
            {
                Id = d.Key,
                Rev = d.Value.Version.Revision.ToString(),
                Generation = d.Value.Generation,
                TransactionId = _log[(int)d.Value.Generation - 1].TransactionId,
                Content = d.Value.Version.Json,
            })).ToList();
        var head = DownloadHead(new NewGeneration { Generation = Generation, TransactionId = TransactionId, NumberOfChanges = entries.Count });
        return await StreamAsync(head, entries);
    }

    private async Task<HttpResponseMessage> QueryAsync(MemoryStream body)
    {
        var query = DocumentsQuery.Parse(body.ToArray());
        Queries.Add(query);
        var entries = _documents
            .Where(d => d.Value.Generation < (query.Below ?? long.MaxValue) && d.Value.Generation > (query.Above ?? -1)
                && (d.Value.Version.Json?.Length ?? 0) >= (query.MinContentOctets ?? 0) && (d.Value.Version.Json?.Length ?? 0) <= (query.MaxContentOctets ?? long.MaxValue)
                && (query.Ids is null || query.Ids.Contains(d.Key)))
            .OrderByDescending(d => d.Value.Generation)
            .Take(query.Limit ?? int.MaxValue)
            .Select(d => Entry(new SyncEntry
            {
                Id = d.Key,
                Rev = d.Value.Version.Revision.ToString(),
                Generation = d.Value.Generation,
                TransactionId = _log[(int)d.Value.Generation - 1].TransactionId,
                Content = query.Content == false ? null : d.Value.Version.Json,
            })).ToList();
        return await StreamAsync(new NewGeneration { Generation = Generation, TransactionId = TransactionId, NumberOfChanges = entries.Count, ReplicaUid = Uid }, entries);
    }

    private async Task<HttpResponseMessage> StreamAsync(NewGeneration head, IEnumerable<SyncEntry> entries)
    {
        var octets = Encoding.UTF8.GetBytes(DownloadText(await TextAsync(head, entries)));
        if (Compresses)
        {
            using var compressed = new MemoryStream();
            await using (var brotli = new BrotliStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            {
                await brotli.WriteAsync(octets);
            }

            octets = compressed.ToArray();
        }

        var content = new ByteArrayContent(octets, 0, Math.Min(octets.Length, CutAfter ?? int.MaxValue));
        if (Compresses)
        {
            content.Headers.ContentEncoding.Add("br");
        }

        return new HttpResponseMessage(HttpStatusCode.OK) { Content = content };
    }

    private void Log(string id) => _log.Add((id, $"T-{_era:x8}{_log.Count + 1:x24}"));
}
