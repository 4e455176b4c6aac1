using System.Net;
using System.Text.Json;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad.Tests.Sync;

/// <content>What it may forget: by the rules of the real provider, whose tests have the details.</content>
internal sealed partial class FakeProvider
{
    private Dictionary<string, long> _acknowledged = [];
    private long _compacted;

    /// <summary>The names that are waited for.</summary>
    public IReadOnlyCollection<string> Sources => _acknowledged.Keys;

    /// <summary>Whether it lies about a document it was asked to remove.</summary>
    public Func<string, bool> KeepsAnyway { get; set; } = static _ => false;

    private long Horizon => _acknowledged.Count == 0 ? 0 : _acknowledged.Values.Min();

    /// <summary>A name that nobody came under for half a year.</summary>
    public void Forget(string source) => _acknowledged.Remove(source);

    private void Acknowledge(string source, SyncHeader header)
        => _acknowledged[source] = header.Backfill ? _acknowledged.GetValueOrDefault(source) : header.LastKnownGeneration;

    private HttpResponseMessage ForgetSource(string source)
    {
        Forget(source);
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("{\"ok\": true}") };
    }

    private HttpResponseMessage Compact(MemoryStream body)
    {
        var (removed, kept) = (new List<string>(), new List<string>());
        foreach (var item in CompactRequest.Parse(body.ToArray()).Items)
        {
            if (_documents.TryGetValue(item.Id, out var stored))
            {
                if (stored.Version.Revision.ToString() != item.Rev || stored.Generation > Horizon || KeepsAnyway(item.Id))
                {
                    kept.Add(item.Id);
                    continue;
                }

                _documents.Remove(item.Id);
                _compacted = Math.Max(_compacted, stored.Generation);
            }

            removed.Add(item.Id);
        }

        var answer = new CompactAnswer { Removed = removed, Kept = kept, Horizon = Horizon };
        return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(JsonSerializer.Serialize(answer, SoledadJson.Default.CompactAnswer)) };
    }
}
