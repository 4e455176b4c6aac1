using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>
/// Requests to the provider's Soledad: authorisation, bounded bodies, and every failure as a <see cref="SoledadException"/>. A request, or an answer, that
/// does not move for <see cref="StallLimit"/> is given up; so the client needs no limit of its own, which would also end what is slow but moves.
/// </summary>
internal sealed class SoledadHttp(HttpClient http, Uri soledad, UserId user, Func<CancellationToken, Task<string>> token, TimeProvider? clock = null)
{
    /// <summary>How long nothing may move.</summary>
    public static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(90);

    private const int MaxErrorOctets = 16 * 1024;
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly Uri _base = soledad.AbsolutePath.EndsWith('/') ? soledad : new Uri(soledad + "/");

    /// <summary>Without a charset: LEAP's servers compare the exact text.</summary>
    public static MediaTypeHeaderValue Json => new("application/json");

    /// <summary>
    /// Sends and returns the answer whatever its status is; its body is not read yet. When the session has ended and there is another, it is sent once
    /// more, if its body can be: an ended session costs nobody a failure (security.md B2). All that goes to a provider shares one connection, but for what is
    /// <paramref name="isLong"/>: a connection of its own spares its octets the frames and windows of HTTP/2, and the others the wait.
    /// </summary>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken, Action<HttpRequestHeaders>? headers = null, bool isLong = false)
    {
        var used = await token(cancellationToken).ConfigureAwait(false);
        var response = await SendAsync(method, path, content, used, headers, isLong, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.Unauthorized || content is not (null or ByteArrayContent or SyncContent))
        {
            return response;
        }

        string renewed;
        try
        {
            renewed = await token(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            response.Dispose();
            throw;
        }

        if (renewed == used)
        {
            return response;
        }

        response.Dispose();
        return await SendAsync(method, path, content, renewed, headers, isLong, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends and reads the body of a successful answer.</summary>
    public async Task<byte[]> FetchAsync(HttpMethod method, string path, HttpContent? content, int maxOctets, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(method, path, content, cancellationToken).ConfigureAwait(false);
        await CheckAsync(response, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, maxOctets, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Passes when the provider agreed; else throws what it said.</summary>
    public static async Task CheckAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw Refusal(response.StatusCode, await ReadErrorAsync(response, cancellationToken).ConfigureAwait(false));
        }
    }

    /// <summary>The description inside an error answer; null when it has none that is known.</summary>
    public static async Task<WireError?> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            var body = await ReadAsync(response, MaxErrorOctets, cancellationToken).ConfigureAwait(false);
            return WireErrors.Find(JsonSerializer.Deserialize(body, SoledadJson.Default.ErrorAnswer)?.Error);
        }
        catch (Exception e) when (e is JsonException or SoledadException { Code: SoledadCodes.BrokenAnswer })
        {
            return null; // HTML, text, nothing: the status has to do
        }
    }

    /// <summary>Reads a whole body, but not more than the limit.</summary>
    public static async Task<byte[]> ReadAsync(HttpResponseMessage response, int maxOctets, CancellationToken cancellationToken)
    {
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                using var body = new MemoryStream();
                var piece = new byte[16 * 1024];
                for (int read; (read = await stream.ReadAsync(piece, cancellationToken).ConfigureAwait(false)) > 0;)
                {
                    if (body.Length + read > maxOctets)
                    {
                        throw Broken("The provider's answer is too large.");
                    }

                    body.Write(piece, 0, read);
                }

                return body.ToArray();
            }
        }
        catch (Exception e) when (IsTransport(e, cancellationToken))
        {
            throw Unreachable(e);
        }
    }

    /// <summary>Reads a JSON answer.</summary>
    public static T Parse<T>(byte[] body, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw Broken("The provider's answer is empty.");
        }
        catch (JsonException e)
        {
            throw Broken("The provider's answer is not the expected JSON.", e);
        }
    }

    /// <summary>Whether this is the network's fault: no connection, broken connection (which the platform tells in two ways), no answer in time.</summary>
    public static bool IsTransport(Exception exception, CancellationToken cancellationToken)
        => exception is HttpRequestException or SocketException or (IOException and not SoledadException and not Sqlite.DatabaseException)
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    public static SoledadException Unreachable(Exception inner)
        => new(SoledadCodes.Unavailable, "The provider can not be reached; trying again later.", isTransient: true, inner);

    public static SoledadException Broken(string message, Exception? inner = null)
        => new(SoledadCodes.BrokenAnswer, message, isTransient: true, inner);

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? content, string used, Action<HttpRequestHeaders>? headers, bool isLong, CancellationToken cancellationToken)
    {
        using var watch = new StallWatch(StallLimit, _clock, cancellationToken);
        var request = new HttpRequestMessage(method, new Uri(_base, path))
        {
            Content = content is null ? null : new WatchedContent(content, watch.Moved),
            Version = isLong ? HttpVersion.Version11 : HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        request.Headers.TryAddWithoutValidation("Authorization", SoledadAuthorization.Format(user, used));
        headers?.Invoke(request.Headers);
        try
        {
            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, watch.Token).ConfigureAwait(false);
            response.Content = new UnstalledContent(response.Content, StallLimit, _clock);
            return response;
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.SecureConnectionError && e.InnerException is AuthenticationException)
        {
            throw new SoledadException(SoledadCodes.Untrusted, $"The certificate of {_base.Host} is not trusted; nothing was sent. Somebody may be in between.", inner: e);
        }
        catch (Exception e) when (IsTransport(e, cancellationToken))
        {
            throw Unreachable(e);
        }
    }

    /// <summary>What the provider said, as what it means.</summary>
    public static SoledadException Refusal(HttpStatusCode status, WireError? error)
    {
        if (status == HttpStatusCode.Unauthorized || error == WireErrors.Unauthorized)
        {
            return new SoledadException(SoledadCodes.Unauthorized, "The provider does not accept the session any more; log in again.");
        }

        if (error == WireErrors.InvalidGeneration)
        {
            return new RejoinNeededException(RejoinReason.AwayTooLong, "The provider does not keep any more what changed since this device was there last. Nothing here was changed.");
        }

        if (error == WireErrors.InvalidTransactionId || error == WireErrors.InvalidReplicaUid)
        {
            return new RejoinNeededException(RejoinReason.UnknownState, $"The provider does not know the state that it had told before ({error.Description}). Nothing here was changed.");
        }

        if (error == WireErrors.QuotaExceeded)
        {
            return new SoledadException(SoledadCodes.QuotaExceeded, "The account has no room at the provider. What is not there yet stays here; delete something to make room.");
        }

        if ((int)status >= 500 || status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout)
        {
            return new SoledadException(SoledadCodes.Unavailable, $"The provider has no time now (status {(int)status}); trying again later.", isTransient: true);
        }

        return status == HttpStatusCode.NotFound
            ? new SoledadException(SoledadCodes.NotFound, $"The provider does not have it ({error?.Description ?? "not found"}).")
            : new SoledadException(SoledadCodes.Refused, $"The provider refused: {error?.Description ?? "status " + (int)status}.");
    }
}
