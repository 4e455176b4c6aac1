using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>
/// The blob requests of one account (LEAP's resources with our additions). It moves stored octets and knows no keys. Everything the provider says is
/// taken as a claim: whether octets are the right ones shows when they are decrypted.
/// </summary>
/// <param name="http">A client whose handler trusts the provider's CA and nothing else; borrowed.</param>
/// <param name="soledad">Base address of the provider's Soledad.</param>
/// <param name="user">The account.</param>
/// <param name="token">Gives a token that is valid now.</param>
/// <param name="clock">For the limit on a line that stands still.</param>
public sealed class BlobClient(HttpClient http, Uri soledad, UserId user, Func<CancellationToken, Task<string>> token, TimeProvider? clock = null)
{
    private readonly SoledadHttp _http = new(http, soledad, user, token, clock);
    private readonly string _path = $"blobs/{user.Value}/";

    /// <summary>How many octets the provider has of a blob, and whether that is all; null when it has none.</summary>
    /// <exception cref="SoledadException">The provider can not be reached or refuses.</exception>
    internal async Task<(long Octets, bool IsWhole)?> HeadAsync(string name, CancellationToken cancellationToken)
    {
        using var response = await _http.SendAsync(HttpMethod.Head, PathOf(name), null, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        await SoledadHttp.CheckAsync(response, cancellationToken).ConfigureAwait(false);
        return response.StatusCode == HttpStatusCode.OK
            ? (Offset(response) ?? response.Content.Headers.ContentLength ?? -1, true)
            : (Offset(response) ?? throw SoledadHttp.Broken("The provider does not say how much of an upload it has."), false);
    }

    /// <summary>Uploads a blob, or the rest of one. The status is the answer: 200 stored, 409 there is one or it does not go on from here, 507 no room.</summary>
    internal async Task<HttpStatusCode> PutAsync(string name, HttpContent content, long from, long total, CancellationToken cancellationToken)
    {
        if (from > 0)
        {
            content.Headers.TryAddWithoutValidation("Content-Range", BlobWire.ContentRange(from, total - from, total));
        }

        using var response = await _http.SendAsync(HttpMethod.Put, PathOf(name), content, cancellationToken, isLong: true).ConfigureAwait(false);
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Conflict or HttpStatusCode.InsufficientStorage))
        {
            await SoledadHttp.CheckAsync(response, cancellationToken).ConfigureAwait(false);
            throw SoledadHttp.Broken("The provider took less of a blob than it was sent.");
        }

        return response.StatusCode;
    }

    /// <summary>Asks for a part of a blob; null when there is no such blob. The answer's body is not read yet; disposing it ends the request.</summary>
    /// <exception cref="SoledadException">Among others <see cref="SoledadCodes.BlobDamaged"/> when the provider has another size of it.</exception>
    internal async Task<HttpResponseMessage?> GetAsync(string name, long from, long octets, long total, bool isLong, CancellationToken cancellationToken)
    {
        var response = await _http.SendAsync(HttpMethod.Get, PathOf(name), null, cancellationToken, headers => headers.Range = new RangeHeaderValue(from, from + octets - 1), isLong).ConfigureAwait(false);
        try
        {
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                response.Dispose();
                return null;
            }

            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                throw WrongSize(name);
            }

            await SoledadHttp.CheckAsync(response, cancellationToken).ConfigureAwait(false);
            var range = response.Content.Headers.ContentRange;
            return response.StatusCode == HttpStatusCode.PartialContent && range?.From == from && range.Length == total && range.To == from + octets - 1 ? response : throw WrongSize(name);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>Puts a blob into the provider's trash. True also when it was not there.</summary>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        using var response = await _http.SendAsync(HttpMethod.Delete, PathOf(name), null, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.NotFound)
        {
            await SoledadHttp.CheckAsync(response, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a blob out of the provider's trash; false when it is not there either.</summary>
    public async Task<bool> UndeleteAsync(string name, CancellationToken cancellationToken = default)
    {
        using var response = await _http.SendAsync(HttpMethod.Post, PathOf(name) + "?undelete=true", null, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }

        await SoledadHttp.CheckAsync(response, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>All names that the provider has, or has in its trash, as they come.</summary>
    public async IAsyncEnumerable<string> ListAsync(bool trash = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var response = await _http.SendAsync(HttpMethod.Get, trash ? _path + "?deleted=true" : _path, null, cancellationToken).ConfigureAwait(false);
        await SoledadHttp.CheckAsync(response, cancellationToken).ConfigureAwait(false);
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            var names = JsonSerializer.DeserializeAsyncEnumerable(body, SoledadJson.Default.String, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (names.ConfigureAwait(false))
            {
                while (await NextAsync(names, cancellationToken).ConfigureAwait(false))
                {
                    yield return BlobName.IsValid(names.Current) ? names.Current! : throw SoledadHttp.Broken("The provider's list of blobs makes no sense.");
                }
            }
        }
    }

    /// <summary>Uploads small blobs in one request; of each the status that it alone would have got.</summary>
    internal async Task<Dictionary<string, int>> PutManyAsync(BlobBatchContent content, CancellationToken cancellationToken)
    {
        var statuses = new Dictionary<string, int>(StringComparer.Ordinal);
        await foreach (var (frame, _) in ExchangeAsync(content, cancellationToken).ConfigureAwait(false))
        {
            statuses[frame.Name] = frame.Status;
        }

        return statuses;
    }

    /// <summary>Fetches small blobs in one request, as they come; those that are missing come without octets.</summary>
    internal IAsyncEnumerable<(BlobFrame Frame, byte[] Octets)> GetManyAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes([.. names], SoledadJson.Default.ListString));
        content.Headers.ContentType = SoledadHttp.Json;
        return ExchangeAsync(content, cancellationToken);
    }

    private async IAsyncEnumerable<(BlobFrame Frame, byte[] Octets)> ExchangeAsync(HttpContent content, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await _http.SendAsync(HttpMethod.Post, _path + "batch", content, cancellationToken).ConfigureAwait(false);
        await SoledadHttp.CheckAsync(response, cancellationToken).ConfigureAwait(false);
        var reader = PipeReader.Create(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), new StreamPipeReaderOptions(bufferSize: 64 * 1024));
        try
        {
            while (await ReadFrameAsync(reader, cancellationToken).ConfigureAwait(false) is var (frame, octets))
            {
                yield return (frame, octets);
            }
        }
        finally
        {
            await reader.CompleteAsync().ConfigureAwait(false);
        }
    }

    private static async Task<(BlobFrame Frame, byte[] Octets)?> ReadFrameAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        BlobFrame? frame = null;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                var buffer = read.Buffer;
                if (frame is null && BlobFrame.TryRead(ref buffer, out frame) && frame is null)
                {
                    reader.AdvanceTo(buffer.Start);
                    return null;
                }

                if (frame is { } known && buffer.Length >= known.Octets)
                {
                    var octets = buffer.Slice(0, known.Octets).ToArray();
                    reader.AdvanceTo(buffer.GetPosition(known.Octets));
                    return (known, octets);
                }

                reader.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted)
                {
                    throw SoledadHttp.Broken("The provider's batch of blobs was cut.");
                }
            }
        }
        catch (SoledadProtocolException e)
        {
            throw SoledadHttp.Broken("The provider's batch of blobs makes no sense.", e);
        }
        catch (Exception e) when (SoledadHttp.IsTransport(e, cancellationToken))
        {
            throw SoledadHttp.Unreachable(e);
        }
    }

    private static async Task<bool> NextAsync(IAsyncEnumerator<string?> names, CancellationToken cancellationToken)
    {
        try
        {
            return await names.MoveNextAsync().ConfigureAwait(false);
        }
        catch (JsonException e)
        {
            throw SoledadHttp.Broken("The provider's list of blobs makes no sense.", e);
        }
        catch (Exception e) when (SoledadHttp.IsTransport(e, cancellationToken))
        {
            throw SoledadHttp.Unreachable(e);
        }
    }

    private static long? Offset(HttpResponseMessage response)
        => response.Headers.TryGetValues(BlobWire.UploadOffset, out var values) && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var offset) ? offset : null;

    private static SoledadException WrongSize(string name) => new(SoledadCodes.BlobDamaged, $"The provider has something else under the name of blob {name}.");

    private string PathOf(string name) => BlobName.IsValid(name) ? _path + name : throw new ArgumentException("Not the name of a blob.", nameof(name));
}
