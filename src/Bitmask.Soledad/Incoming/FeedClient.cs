using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>How the feed is listened to.</summary>
public sealed record FeedOptions
{
    /// <summary>First wait after the connection broke; doubles each time.</summary>
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait.</summary>
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>A connection that says nothing for so long is dead; the provider speaks every 30 s.</summary>
    public TimeSpan IdleLimit { get; set; } = TimeSpan.FromSeconds(90);

    /// <summary>Chance for the waits, so that not all devices come back at the same moment.</summary>
    public Random Chance { get; set; } = Random.Shared;
}

/// <summary>
/// Listens to the account's feed (server-sent events): when another device has synced or mail has arrived, it says so at once. A broken
/// connection is made anew after a growing wait, and taken up with <c>Last-Event-ID</c>, so that the provider says only what was missed. What the feed says is a hint to
/// sync, nothing more.
/// </summary>
/// <param name="http">A client whose handler trusts the provider's CA and nothing else, without an own timeout for bodies; borrowed.</param>
/// <param name="soledad">Base address of the provider's Soledad.</param>
/// <param name="user">The account.</param>
/// <param name="token">Gives a token that is valid now.</param>
/// <param name="clock">The clock.</param>
/// <param name="options">Waits.</param>
public sealed class FeedClient(
    HttpClient http, Uri soledad, UserId user, Func<CancellationToken, Task<string>> token, TimeProvider clock, FeedOptions? options = null)
{
    private const int MaxEventOctets = 16 * 1024;
    private const int MaxEventId = 256;
    private readonly SoledadHttp _http = new(http, soledad, user, token, clock);
    private readonly FeedOptions _options = options ?? new FeedOptions();

    /// <summary>Why there is no connection now; null while there is one.</summary>
    public SoledadException? Failure { get; private set; }

    /// <summary>Raised when the connection fails, with the reason and the wait until the next attempt.</summary>
    public event Action<SoledadException, TimeSpan>? Waiting;

    /// <summary>The news, until cancelled. The first comes at once after each connection: when nothing was missed, the one that was the latest before.</summary>
    public async IAsyncEnumerable<FeedEvent> ListenAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var place = new Place();
        for (var failures = 0; ; failures++)
        {
            var connection = ConnectAsync(place, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (connection.ConfigureAwait(false))
            {
                while (await NextAsync(connection, cancellationToken).ConfigureAwait(false) is { } news)
                {
                    (failures, Failure) = (0, null);
                    yield return news;
                }
            }

            cancellationToken.ThrowIfCancellationRequested();
            var delay = Delay(failures);
            Waiting?.Invoke(Failure!, delay);
            await Task.Delay(delay, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<FeedEvent?> NextAsync(IAsyncEnumerator<FeedEvent> connection, CancellationToken cancellationToken)
    {
        try
        {
            if (await connection.MoveNextAsync().ConfigureAwait(false))
            {
                return connection.Current;
            }

            Failure = new SoledadException(SoledadCodes.Unavailable, "The provider ended the feed.", isTransient: true);
        }
        catch (SoledadException e)
        {
            Failure = e;
        }
        catch (Exception e) when (SoledadHttp.IsTransport(e, cancellationToken) || e is InvalidDataException)
        {
            Failure = SoledadHttp.Unreachable(e);
        }

        return null;
    }

    private async IAsyncEnumerable<FeedEvent> ConnectAsync(Place place, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var known = place is { Id.Length: > 0 and <= MaxEventId } && place.Id.All(static c => c is > ' ' and <= '~') ? place.Latest : null;
        using var response = await _http.SendAsync(
            HttpMethod.Get, $"user-{user.Value}/feed", null, cancellationToken,
            headers =>
            {
                headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
                if (known is not null)
                {
                    headers.TryAddWithoutValidation("Last-Event-ID", place.Id);
                }
            }).ConfigureAwait(false);
        await SoledadHttp.CheckAsync(response, cancellationToken).ConfigureAwait(false);
        if (known is not null)
        {
            // Who listens hears that there is a connection again; what is newer comes by itself.
            yield return known;
        }

        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var stream = new IdleLimitedStream(body, _options.IdleLimit, MaxEventOctets, clock);
        await using (stream.ConfigureAwait(false))
        {
            var events = SseParser.Create(stream);
            await foreach (var item in events.EnumerateAsync(cancellationToken).ConfigureAwait(false))
            {
                stream.EventEnded();
                place.Id = events.LastEventId;
                if (item.EventType == "change" && Parse(item.Data) is { } news)
                {
                    yield return place.Latest = news;
                }
            }
        }
    }

    private static FeedEvent? Parse(string data)
    {
        try
        {
            return JsonSerializer.Deserialize(data, SoledadJson.Default.FeedEvent);
        }
        catch (JsonException)
        {
            return null; // an event of a newer provider: not for us
        }
    }

    private TimeSpan Delay(int failures)
    {
        var full = Math.Min(_options.FirstDelay.TotalSeconds * Math.Pow(2, Math.Min(failures, 16)), _options.LongestDelay.TotalSeconds);
        return TimeSpan.FromSeconds(full * (0.5 + _options.Chance.NextDouble() / 2));
    }

    /// <summary>Where in the feed this client is.</summary>
    private sealed class Place
    {
        public FeedEvent? Latest { get; set; }

        public string Id { get; set; } = "";
    }
}
