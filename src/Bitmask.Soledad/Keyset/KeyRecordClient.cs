using System.Net;
using System.Net.Http.Headers;
using Bitmask.Primitives;
using Bitmask.Protocol.Keys;

namespace Bitmask.Soledad;

/// <summary>A key record as the provider has it.</summary>
/// <param name="Record">The record.</param>
/// <param name="ETag">Its revision at the provider, to be given when it is replaced.</param>
public sealed record FetchedKeyRecord(KeyRecord Record, string ETag);

/// <summary>
/// Fetches and replaces the account's key record at the provider. It never makes keys: a missing record is an error with recovery
/// choices (security.md A3). A change needs the revision it is based on, so two devices never overwrite each other.
/// </summary>
/// <param name="http">A client whose handler trusts the provider's CA and nothing else; borrowed.</param>
/// <param name="soledad">Base address of the provider's Soledad.</param>
/// <param name="user">The account.</param>
/// <param name="token">Gives a token that is valid now.</param>
/// <param name="clock">For the limit on a line that stands still.</param>
public sealed class KeyRecordClient(HttpClient http, Uri soledad, UserId user, Func<CancellationToken, Task<string>> token, TimeProvider? clock = null)
{
    private readonly SoledadHttp _http = new(http, soledad, user, token, clock);
    private readonly string _path = $"user-{user.Value}/keyrecord";

    /// <summary>Fetches the record.</summary>
    /// <exception cref="SoledadException">There is none (<see cref="SoledadCodes.KeysMissing"/>), it is malformed
    /// (<see cref="SoledadCodes.KeyRecordDamaged"/>), or the provider can not be reached.</exception>
    public async Task<FetchedKeyRecord> FetchAsync(CancellationToken cancellationToken = default)
    {
        using var response = await _http.SendAsync(HttpMethod.Get, _path, null, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            throw new SoledadException(
                SoledadCodes.KeysMissing,
                "The provider has no key record for this account. No keys were made: use another device of the account, the recovery kit, or ask the provider to bring the record back.");
        }

        await SoledadHttp.CheckAsync(response, cancellationToken).ConfigureAwait(false);
        var body = await SoledadHttp.ReadAsync(response, KeyRecord.MaxOctets, cancellationToken).ConfigureAwait(false);
        try
        {
            var etag = response.Headers.ETag?.Tag ?? throw SoledadHttp.Broken("The provider does not say which revision the key record has.");
            return new FetchedKeyRecord(KeyRecord.Parse(body), etag);
        }
        catch (KeysProtocolException e)
        {
            throw new SoledadException(SoledadCodes.KeyRecordDamaged, $"The provider's key record can not be read: {e.Message} Nothing was changed, no keys were made.", inner: e);
        }
    }

    /// <summary>Stores the first record of a new account.</summary>
    /// <exception cref="SoledadException">There is one already (<see cref="SoledadCodes.KeyRecordChanged"/>).</exception>
    public Task<string> CreateAsync(KeyRecord record, CancellationToken cancellationToken = default)
        => PutAsync(record, static headers => headers.IfNoneMatch.Add(EntityTagHeaderValue.Any), cancellationToken);

    /// <summary>Replaces the record that has the given revision.</summary>
    /// <returns>The new revision.</returns>
    /// <exception cref="SoledadException">Another device was first (<see cref="SoledadCodes.KeyRecordChanged"/>): fetch again and redo the change.</exception>
    public Task<string> ReplaceAsync(KeyRecord record, string etag, CancellationToken cancellationToken = default)
        => PutAsync(record, headers => headers.IfMatch.Add(new EntityTagHeaderValue(etag)), cancellationToken);

    private async Task<string> PutAsync(KeyRecord record, Action<HttpRequestHeaders> condition, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(record);
        using var content = new ByteArrayContent(record.ToBytes());
        content.Headers.ContentType = SoledadHttp.Json;
        using var response = await _http.SendAsync(HttpMethod.Put, _path, content, cancellationToken, condition).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.PreconditionFailed)
        {
            throw new SoledadException(SoledadCodes.KeyRecordChanged, "The key record was changed by another device meanwhile.");
        }

        await SoledadHttp.CheckAsync(response, cancellationToken).ConfigureAwait(false);
        return response.Headers.ETag?.Tag ?? throw SoledadHttp.Broken("The provider does not say which revision the key record has now.");
    }
}
