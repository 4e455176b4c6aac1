using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>The requests of a sync.</summary>
internal sealed class SyncWire(SoledadHttp http, UserId user, SoledadStore store, SyncOptions options, TimeProvider clock)
{
    private const int MaxInfoOctets = 16 * 1024;
    private const int MaxCompactOctets = 256 * 1024;

    // A re-join changes the name.
    private string Path => $"user-{user.Value}/sync-from/{store.ReplicaUid}";

    /// <summary>What both sides know of each other; null when the provider has no database for the account yet.</summary>
    public async Task<SyncInfo?> GetInfoAsync(CancellationToken cancellationToken)
    {
        using var response = await http.SendAsync(HttpMethod.Get, Path, null, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            var error = await SoledadHttp.ReadErrorAsync(response, cancellationToken).ConfigureAwait(false);
            return response.StatusCode == HttpStatusCode.NotFound && error == WireErrors.DatabaseDoesNotExist ? null : throw SoledadHttp.Refusal(response.StatusCode, error);
        }

        var info = SoledadHttp.Parse(
            await SoledadHttp.ReadAsync(response, MaxInfoOctets, cancellationToken).ConfigureAwait(false), SoledadJson.Default.SyncInfo);
        return info is { TargetReplicaGeneration: >= 0, SourceReplicaGeneration: >= 0 } && info.SourceReplicaUid == store.ReplicaUid
            && Revision.IsReplicaUid(info.TargetReplicaUid)
            ? info
            : throw SoledadHttp.Broken("The provider's sync information makes no sense.");
    }

    /// <summary>Sends documents up.</summary>
    public async Task<NewGeneration> PutAsync(SyncHeader header, IReadOnlyList<SyncEntry> entries, CancellationToken cancellationToken)
    {
        using var content = new SyncContent(SyncMediaTypes.Put, header, entries);
        using var response = await http.SendAsync(HttpMethod.Post, Path, content, cancellationToken).ConfigureAwait(false);
        await SoledadHttp.CheckAsync(response, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, async reader =>
        {
            var answer = await reader.ReadNewGenerationAsync(cancellationToken).ConfigureAwait(false);
            return await reader.ReadEntryAsync(cancellationToken).ConfigureAwait(false) is null
                ? answer
                : throw SoledadHttp.Broken("The provider answers an upload with documents.");
        }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks for documents and hands the stream over as it comes.</summary>
    public async Task<T> GetAsync<T>(SyncHeader header, Func<SyncStreamReader, Task<T>> read, CancellationToken cancellationToken)
    {
        using var content = new SyncContent(SyncMediaTypes.Get, header, []);
        using var response = await http.SendAsync(HttpMethod.Post, Path, content, cancellationToken, AcceptCompressed).ConfigureAwait(false);
        await SoledadHttp.CheckAsync(response, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, read, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks for current documents and hands the stream over as it comes.</summary>
    public async Task<T> QueryAsync<T>(DocumentsQuery query, Func<SyncStreamReader, Task<T>> read, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(query, SoledadJson.Default.DocumentsQuery));
        content.Headers.ContentType = SoledadHttp.Json;
        using var response = await http.SendAsync(HttpMethod.Post, $"user-{user.Value}/documents", content, cancellationToken, AcceptCompressed).ConfigureAwait(false);
        await SoledadHttp.CheckAsync(response, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, read, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tells the provider how far it knows us.</summary>
    public async Task RecordAsync(SyncPoint point, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(point, SoledadJson.Default.SyncPoint));
        content.Headers.ContentType = SoledadHttp.Json;
        await http.FetchAsync(HttpMethod.Put, Path, content, MaxInfoOctets, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks the provider to remove what graves stand for; with nothing named it tells how far every device has come.</summary>
    public async Task<CompactAnswer> CompactAsync(IReadOnlyList<CompactItem> items, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(new CompactRequest { Items = items }, SoledadJson.Default.CompactRequest));
        content.Headers.ContentType = SoledadHttp.Json;
        return SoledadHttp.Parse(
            await http.FetchAsync(HttpMethod.Post, $"user-{user.Value}/compact", content, MaxCompactOctets, cancellationToken).ConfigureAwait(false), SoledadJson.Default.CompactAnswer);
    }

    /// <summary>A name that this device does not bear any more need not be waited for.</summary>
    public async Task ForgetAsync(string replicaUid, CancellationToken cancellationToken)
        => await http.FetchAsync(HttpMethod.Delete, $"user-{user.Value}/sync-from/{replicaUid}", null, MaxInfoOctets, cancellationToken).ConfigureAwait(false);

    // Sealed contents are Base64: compressing takes away what that has put on.
    private static void AcceptCompressed(HttpRequestHeaders headers) => headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("br"));

    private async Task<T> ReadAsync<T>(HttpResponseMessage response, Func<SyncStreamReader, Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            Stream stream = new IdleLimitedStream(body, options.IdleLimit, long.MaxValue, clock);
            if (response.Content.Headers.ContentEncoding.Contains("br"))
            {
                stream = new BrotliStream(stream, CompressionMode.Decompress);
            }

            await using (stream.ConfigureAwait(false))
            {
                return await read(new SyncStreamReader(stream)).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is InvalidDataException || (e is InvalidOperationException && e.Source == typeof(BrotliStream).Assembly.GetName().Name))
        {
            throw SoledadHttp.Broken("The provider's answer is not compressed as it says.", e);
        }
        catch (SoledadProtocolException e)
        {
            throw e.IsTransient ? SoledadHttp.Unreachable(e) : SoledadHttp.Broken($"The provider's sync stream is broken: {e.Message}", e);
        }
        catch (Exception e) when (SoledadHttp.IsTransport(e, cancellationToken))
        {
            throw SoledadHttp.Unreachable(e);
        }
    }
}
