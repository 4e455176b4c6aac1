using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Soledad.Leap;
using Bitmask.Testing;

namespace Bitmask.Soledad.Tests.Sync;

/// <summary>
/// Two of our LEAP clients against the recorded answers of the original server: after every step each holds what the original client
/// held. Where ours differs on purpose: arrived mail lies in its own table, and the two forgeries are refused.
/// </summary>
public sealed class TranscriptTests : IDisposable
{
    private const string VectorFile = "soledad/sync_transcript.json";
    private static readonly string[] Forged = ["m-0", "m-2"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly Dictionary<string, SoledadStore> _stores = [];
    private readonly JsonDocument _transcript = Vectors.Read(VectorFile);

    public void Dispose()
    {
        foreach (var store in _stores.Values)
        {
            store.Dispose();
        }

        _transcript.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Client_RecordedServer_ReachesTheRecordedStates()
    {
        using var secret = new SecretBytes(Convert.FromHexString(_transcript.RootElement.GetProperty("remote_secret_hex").GetString()!));
        using var recorded = new RecordedProvider();
        var isForged = false;
        var cases = 0;
        foreach (var step in _transcript.RootElement.GetProperty("steps").EnumerateArray())
        {
            var title = step.GetProperty("title").GetString()!;
            var http = step.GetProperty("http").EnumerateArray().ToList();
            var after = step.GetProperty("after");
            isForged |= title.Contains("forgery (", StringComparison.Ordinal);
            if (http.Count == 0)
            {
                await WriteAsync("A", after);
                await WriteAsync("B", after);
            }
            else
            {
                recorded.Load(http, isCopied: title.Contains("rolled back", StringComparison.Ordinal));
                var report = await SyncAsync(http[0].GetProperty("request").GetProperty("url").GetString()!.EndsWith('a') ? "A" : "B", secret, recorded);
                Assert.Equal(!title.Contains("rolled back", StringComparison.Ordinal), report.IsComplete);
                Assert.Equal(title.Contains("forgery (", StringComparison.Ordinal) ? 2 : 0, report.Quarantined);
            }

            AssertState(title, "A", after, []);
            AssertState(title, "B", after, isForged ? Forged : []);
            cases++;
        }

        Vectors.Report(VectorFile, cases);
    }

    private SoledadStore Store(string name)
    {
        if (!_stores.TryGetValue(name, out var store))
        {
            using var key = SecretBytes.Random(32);
            var uid = new string(char.ToLowerInvariant(name[0]), 32);
            store = _stores[name] = SoledadStore.Open(Path.Combine(_folder.FullName, name), key, new SoledadOptions { ReplicaUid = uid, KeepsConflicts = true });
            LeapIncomingBox.SetUpAsync(store).GetAwaiter().GetResult();
        }

        return store;
    }

    /// <summary>A step without HTTP: writes here until the recorded revisions are reached.</summary>
    private async Task WriteAsync(string name, JsonElement after)
    {
        foreach (var (id, rev, json) in Documents(after, name).Where(d => d.Id != "mx-1"))
        {
            var target = Revision.Parse(rev);
            for (var current = Store(name).Read(r => r.Get(id)); current?.Rev != rev; current = Store(name).Read(r => r.Get(id)))
            {
                Assert.True(current is null || target.IsNewerThan(Revision.Parse(current.Rev)), $"{id} {current?.Rev} can not become {rev}");
                await Store(name).WriteAsync(tx =>
                {
                    if (json is null)
                    {
                        tx.Delete(id, current!.Rev);
                    }
                    else
                    {
                        tx.Put(id, current is { IsDeleted: true } ? null : current?.Rev, json);
                    }
                });
            }
        }
    }

    private async Task<SyncReport> SyncAsync(string name, SecretBytes secret, RecordedProvider recorded)
    {
        var user = UserId.Parse(_transcript.RootElement.GetProperty("user_uuid").GetString()!);
        var token = _transcript.RootElement.GetProperty("token").GetString()!;
        using var client = new SyncClient(
            Store(name), new LeapCodec(secret, TimeProvider.System), new HttpClient(recorded, disposeHandler: false), new Uri("https://soledad.test"), user,
            _ => Task.FromResult(token), TimeProvider.System, new SyncOptions { MaxRounds = 1, FollowsRecording = true });
        return await client.SyncAsync();
    }

    private void AssertState(string title, string name, JsonElement after, string[] refused)
    {
        var store = Store(name);
        var expected = Documents(after, name).ToDictionary(d => d.Id);
        foreach (var document in expected.Values.Where(d => !refused.Contains(d.Id)))
        {
            var actual = document.Id == "mx-1" ? new LeapIncomingBox(store).List().Single() : store.Read(r => r.Get(document.Id));
            Assert.True(document == actual, $"{title}: {name} holds {actual} instead of {document}");
        }

        foreach (var id in refused)
        {
            Assert.Equal("a", store.Read(r => r.Get(id))!.Rev[..1]);
            Assert.False(store.Read(r => r.Get(id))!.IsDeleted);
        }

        Assert.Equal(expected.Keys.Except(["mx-1"]).Order(), store.Read(r => r.Sql.Query("SELECT doc_id FROM document", static row => row.GetText(0))).Order());
        var conflicts = after.GetProperty(name).GetProperty("conflicts").EnumerateArray().Select(Document).ToList();
        Assert.Equal(conflicts, expected.Keys.SelectMany(id => store.Read(r => r.Conflicts(id))));
        foreach (var known in after.GetProperty(name).GetProperty("sync_log").EnumerateArray())
        {
            Assert.Equal((known[1].GetInt64(), known[2].GetString()!), store.Read(r => r.GetSync(known[0].GetString()!)));
        }
    }

    private static IEnumerable<Document> Documents(JsonElement after, string name) => after.GetProperty(name).GetProperty("documents").EnumerateArray().Select(Document);

    private static Document Document(JsonElement row) => new(row[0].GetString()!, row[1].GetString()!, row[2].GetString());

    /// <summary>Gives the recorded answers of one step; what the server remembers of us is put in from what we really sent.</summary>
    private sealed class RecordedProvider : HttpMessageHandler
    {
        private readonly Dictionary<string, (long Generation, string TransactionId)> _sources = [];
        private Dictionary<string, JsonElement> _answers = [];
        private bool _isCopied;

        public void Load(List<JsonElement> http, bool isCopied)
        {
            _isCopied = isCopied;
            _answers = http.ToDictionary(
                e => Kind(e.GetProperty("request").GetProperty("method").GetString()!, e.GetProperty("request").GetProperty("headers").TryGetProperty("content-type", out var type) ? type.GetString() : null),
                e => e.GetProperty("response"));
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var source = request.RequestUri!.Segments[^1];
            var kind = Kind(request.Method.Method, request.Content?.Headers.ContentType?.ToString());
            using var body = new MemoryStream();
            await (request.Content?.CopyToAsync(body, cancellationToken) ?? Task.CompletedTask);
            body.Position = 0;
            if (kind == "PUT")
            {
                var point = JsonSerializer.Deserialize(body, SoledadJson.Default.SyncPoint)!;
                _sources[source] = (point.Generation, point.TransactionId);
                return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("{\"ok\": true}") };
            }

            if (kind == "POST put")
            {
                var reader = new SyncStreamReader(body);
                await reader.ReadHeaderAsync(cancellationToken);
                while (await reader.ReadEntryAsync(cancellationToken) is { } entry)
                {
                    _sources[source] = (entry.Generation, entry.TransactionId);
                }
            }

            var answer = _answers[kind];
            var text = answer.GetProperty("body").GetString()!;
            var status = (HttpStatusCode)answer.GetProperty("status").GetInt32();
            return new HttpResponseMessage(status)
            {
                Content = new StringContent(kind == "GET" && status == HttpStatusCode.OK && !_isCopied ? Remember(text, source) : text, Encoding.ASCII),
            };
        }

        private static string Kind(string method, string? type) => method == "POST" ? string.Create(CultureInfo.InvariantCulture, $"POST {type![^3..]}") : method;

        private string Remember(string text, string source)
        {
            var info = JsonNode.Parse(text)!;
            var (generation, transactionId) = _sources.GetValueOrDefault(source, (0, ""));
            info["source_replica_generation"] = generation;
            info["source_transaction_id"] = transactionId;
            return info.ToJsonString();
        }
    }
}
