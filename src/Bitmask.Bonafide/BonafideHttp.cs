using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bitmask.Protocol.Bonafide;

namespace Bitmask.Bonafide;

/// <summary>An answer of the API, read whole.</summary>
internal sealed record BonafideAnswer(int Status, byte[] Body, IReadOnlyList<string> Cookies, string? ETag)
{
    public T Read<T>(JsonTypeInfo<T> type)
    {
        try
        {
            return BonafideJson.Read(Body, type, BonafideHttp.MaxAnswerOctets, "The answer");
        }
        catch (FormatException e)
        {
            throw new BonafideException(BonafideErrors.BadAnswer, "The provider gave an answer that this program does not understand.", inner: e);
        }
    }

    /// <summary>What the provider says is wrong; empty when it says nothing readable.</summary>
    public ApiError Error()
    {
        try
        {
            return BonafideJson.Read(Body, BonafideJson.Default.ApiError, BonafideHttp.MaxAnswerOctets, "The answer");
        }
        catch (FormatException)
        {
            return new ApiError();
        }
    }

    public void ThrowIfBad()
    {
        switch (Status)
        {
            case >= 200 and < 300:
                return;
            case 401:
                throw new BonafideException(BonafideErrors.SessionExpired, "The provider asks to log in again.");
            case 403 when Error().Error == "fresh_login_needed":
                throw new BonafideException(BonafideErrors.FreshLoginNeeded, "The provider asks for a login with the passphrase before it does this.");
            case 403 when Error().Error == "device_revoked":
                throw BonafideClient.Removed();
            case 412:
                throw new BonafideException(BonafideErrors.KeyRecordChanged, "Another device changed the account's keys meanwhile.", "Nothing was changed here; try again.");
            case 429 or >= 500:
                throw new BonafideException(BonafideErrors.Unavailable, $"The provider is out of service for now (status {Status}).", BonafideErrors.AgainLater);
            default:
                throw new BonafideException(BonafideErrors.Refused, $"The provider refused the request (status {Status}).");
        }
    }
}

/// <summary>Sends one request at a time and turns everything that fails on the way into a <see cref="BonafideException"/>.</summary>
internal sealed class BonafideHttp : IDisposable
{
    public const int MaxAnswerOctets = 512 * 1024;

    private readonly HttpClient _http;

    public BonafideHttp(HttpMessageHandler handler)
    {
        // LEAP's client waits 30 s, too.
        _http = new HttpClient(handler, disposeHandler: false) { Timeout = TimeSpan.FromSeconds(30), MaxResponseContentBufferSize = MaxAnswerOctets };
    }

    public void Dispose() => _http.Dispose();

    public async Task<BonafideAnswer> SendAsync(
        HttpMethod method, Uri uri, HttpContent? content = null, string? token = null, string? cookie = null, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(method, uri) { Content = content };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (token is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", SessionToken.ToApiHeader(token));
        }

        if (cookie is not null)
        {
            request.Headers.TryAddWithoutValidation("Cookie", cookie);
        }

        try
        {
            using var response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            var cookies = response.Headers.TryGetValues("Set-Cookie", out var values) ? values.Select(v => v.Split(';')[0]).ToList() : [];
            return new BonafideAnswer((int)response.StatusCode, body, cookies, response.Headers.ETag?.Tag);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.SecureConnectionError || e.InnerException is AuthenticationException)
        {
            throw new BonafideException(
                BonafideErrors.Untrusted, $"The certificate of {uri.Host} is not trusted.", "Somebody may be in between, or a root is missing in trusted_roots.", e);
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.InvalidResponse)
        {
            throw new BonafideException(BonafideErrors.BadAnswer, $"{uri.Host} gave an answer that is too big or no HTTP.", inner: e);
        }
        catch (HttpRequestException e)
        {
            throw new BonafideException(BonafideErrors.Unavailable, $"The provider can not be reached at {uri.Host}.", BonafideErrors.AgainLater, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BonafideException(BonafideErrors.Unavailable, $"{uri.Host} did not answer in time.", BonafideErrors.AgainLater, e);
        }
    }

    public static HttpContent Form(IEnumerable<KeyValuePair<string, string>> fields) => new FormUrlEncodedContent(fields);

    public static HttpContent Json<T>(T body, JsonTypeInfo<T> type)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }
}
